using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Outcome.Webhooks;

/// <summary>A request as a provider would send it: signed for a time, with what is to be sent.</summary>
internal sealed record Signed(string Upstream, byte[] Body, (string Name, string Value)[] Headers);

/// <summary>Makes requests of all providers, signed with keys of the test's own.</summary>
internal sealed class Provider : IDisposable
{
    public const string Topic = "arn:aws:sns:eu-west-1:123456789012:ses-events";
    public const string CertificateUrl = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-01d088a6f77103d0fe307c0069e40ed6.pem";

    private const string MailgunKey = "test-signing-key";
    private const string PostmarkLogin = "postmark:correct horse";
    private static readonly byte[] ResendKey = "a key of thirty-two octets or so"u8.ToArray();

    private readonly ECDsa _sendGrid = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly RSA _sns = RSA.Create(2048);

    public Provider(TimeProvider time)
    {
        Authority = new TestAuthority(time);
        SnsPem = Authority.Issue("sns.amazonaws.com", key: _sns).CertificatePem + Authority.IntermediatePem;
    }

    public TestAuthority Authority { get; }

    /// <summary>What is at <see cref="CertificateUrl"/>.</summary>
    public string SnsPem { get; }

    public string SendGridKey => Convert.ToBase64String(_sendGrid.ExportSubjectPublicKeyInfo());

    public WebhookModel ModelOf(WebhookKind kind, params string[] others) => new(kind, [.. others, kind switch
    {
        WebhookKind.SendGrid => SendGridKey,
        WebhookKind.Mailgun => MailgunKey,
        WebhookKind.Ses => Topic,
        WebhookKind.Postmark => PostmarkLogin,
        _ => "whsec_" + Convert.ToBase64String(ResendKey),
    }]);

    /// <summary>One event of a delivery of the mail with our token, as each provider tells it.</summary>
    public Signed Delivered(WebhookKind kind, string token, DateTimeOffset now, string id = "1") => kind switch
    {
        WebhookKind.SendGrid => SendGrid($$"""[{"email":"to@y.example","event":"delivered","sg_event_id":"{{id}}","timestamp":{{now.ToUnixTimeSeconds()}},"orid":"{{token}}"}]""", now),
        WebhookKind.Mailgun => Mailgun(
            $$$"""{"id":"{{{id}}}","event":"delivered","timestamp":{{{now.ToUnixTimeSeconds()}}},"recipient":"to@y.example","user-variables":{"orid":"{{{token}}}"}}""", now, token: id),
        WebhookKind.Ses => Ses(
            $$$"""{"eventType":"Delivery","mail":{"messageId":"0102-{{{id}}}","tags":{"orid":["{{{token}}}"]}},"delivery":{"timestamp":"{{{now:O}}}","recipients":["to@y.example"]}}""", now),
        WebhookKind.Postmark => Postmark(
            $$$"""{"RecordType":"Delivery","MessageID":"m-{{{id}}}","Recipient":"to@y.example","DeliveredAt":"{{{now:O}}}","Metadata":{"orid":"{{{token}}}"}}"""),
        _ => Resend(
            $$$"""{"type":"email.delivered","created_at":"{{{now:O}}}","data":{"email_id":"e-{{{id}}}","to":["to@y.example"],"headers":[{"name":"X-Outreach-Id","value":"{{{token}}}"}]}}""", now, id),
    };

    public Signed SendGrid(string body, DateTimeOffset now) => SendGrid(Encoding.UTF8.GetBytes(body), now);

    public Signed SendGrid(byte[] body, DateTimeOffset now)
    {
        var timestamp = Seconds(now);
        var signature = _sendGrid.SignData([.. Encoding.ASCII.GetBytes(timestamp), .. body], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return new Signed("sendgrid", body,
            [("X-Twilio-Email-Event-Webhook-Signature", Convert.ToBase64String(signature)), ("X-Twilio-Email-Event-Webhook-Timestamp", timestamp)]);
    }

    public Signed Mailgun(string data, DateTimeOffset now, string token = "1", string key = MailgunKey)
    {
        var (timestamp, padded) = (Seconds(now), token.PadLeft(50, '0'));
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(timestamp + padded)));
        return new Signed("mailgun", Encoding.UTF8.GetBytes(
            $$$"""{"signature":{"timestamp":"{{{timestamp}}}","token":"{{{padded}}}","signature":"{{{signature}}}"},"event-data":{{{data}}}}"""), []);
    }

    public Signed Postmark(string body, string login = PostmarkLogin) => new("postmark", Encoding.UTF8.GetBytes(body),
        [("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(login)))]);

    public Signed Resend(string body, DateTimeOffset now, string id = "msg_1")
    {
        var octets = Encoding.UTF8.GetBytes(body);
        var signature = HMACSHA256.HashData(ResendKey, (byte[])[.. Encoding.ASCII.GetBytes($"{id}.{Seconds(now)}."), .. octets]);
        return new Signed("resend", octets, [("svix-id", id), ("svix-timestamp", Seconds(now)), ("svix-signature", "v1,bm9wZQ== v1," + Convert.ToBase64String(signature))]);
    }

    public Signed Ses(string message, DateTimeOffset now, string version = "2", string? subject = null) =>
        Sns(new JsonObject { ["Type"] = "Notification", ["Message"] = message, ["Subject"] = subject }, now, version);

    /// <summary>A message of SNS; members that are not given are as they usually are.</summary>
    public Signed Sns(JsonObject given, DateTimeOffset now, string version = "2")
    {
        var message = new JsonObject
        {
            ["Type"] = "Notification",
            ["MessageId"] = Guid.NewGuid().ToString(),
            ["TopicArn"] = Topic,
            ["Message"] = "{}",
            ["Timestamp"] = now.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["SignatureVersion"] = version,
            ["SigningCertURL"] = CertificateUrl,
        };
        foreach (var (name, value) in given.ToList())
        {
            if (value is not null)
                message[name] = value.DeepClone();
        }
        string[] names = (string?)message["Type"] == "Notification"
            ? ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
            : ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
        var toSign = string.Concat(names.Where(message.ContainsKey).Select(name => $"{name}\n{message[name]}\n"));
        var algorithm = version == "1" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;
        message["Signature"] = Convert.ToBase64String(_sns.SignData(Encoding.UTF8.GetBytes(toSign), algorithm, RSASignaturePadding.Pkcs1));
        return new Signed("ses", Encoding.UTF8.GetBytes(message.ToJsonString(new JsonSerializerOptions())),
            [("x-amz-sns-message-type", (string)message["Type"]!), ("x-amz-sns-message-id", (string)message["MessageId"]!)]);
    }

    public void Dispose()
    {
        _sendGrid.Dispose();
        _sns.Dispose();
        Authority.Dispose();
    }

    private static string Seconds(DateTimeOffset time) => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
