using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>Amazon SES by way of SNS: one event a message, signed with a certificate of Amazon's, from a topic of ours.</summary>
/// <remarks>
/// Anybody's topic bears a valid signature of Amazon's, so the topic is asked for first, before anything is fetched: it is what the upstream's
/// secrets name. Source: AWS, "Verifying the signatures of Amazon SNS messages".
/// </remarks>
internal sealed class SesWebhook(SnsCertificates certificates, Func<Uri, CancellationToken, Task<byte[]?>> fetch) : IWebhookKind
{
    private const string TypeField = "x-amz-sns-message-type", IdField = "x-amz-sns-message-id";

    // Subscriptions are confirmed by hand, and seldom.
    private const int MostConfirmed = 256;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _confirmed = [];

    public async ValueTask<WebhookResult> VerifyAsync(WebhookRequest request, JsonElement json, CancellationToken cancel)
    {
        if (SnsMessage.Read(json) is not { } message || request.Header(TypeField) != message.Type || request.Header(IdField) != message.MessageId
            || !request.Secrets.Contains(message.TopicArn))
            return WebhookResult.Forged;
        if (message.OwnUrl(message.SigningCertUrl) is not { } url || !url.AbsolutePath.EndsWith(".pem", StringComparison.Ordinal) || url.Query.Length > 0)
            return WebhookResult.Forged;
        if (message.SignatureVersion is not ("1" or "2") || !IsBase64(message.Signature, out var signature))
            return WebhookResult.Forged;
        var (certificate, result) = await certificates.FindAsync(url, cancel);
        if (certificate is null)
            return result;
        using var key = certificate.GetRSAPublicKey();
        var algorithm = message.SignatureVersion == "1" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;
        if (key?.VerifyData(message.ToSign(), signature, algorithm, RSASignaturePadding.Pkcs1) != true)
            return WebhookResult.Forged;
        if (json.Time("Timestamp") is not { } time)
            return WebhookResult.Forged;
        var inTime = ReplayWindow.Judge(time, request.Now, ReplayWindow.Day);
        return inTime == WebhookResult.Accepted && message.Type == SnsMessage.SubscriptionConfirmation ? await ConfirmAsync(message, cancel) : inTime;
    }

    public ImmutableArray<OutcomeEvent> Read(WebhookRequest request, JsonElement json, ReplyRules rules)
    {
        var envelope = SnsMessage.Read(json)!;
        // SNS itself speaks: of subscriptions, or to try the topic.
        if (envelope.Type != SnsMessage.Notification || envelope.Message.StartsWith("Successfully validated SNS topic", StringComparison.Ordinal))
            return [];
        try
        {
            using var message = JsonDocument.Parse(envelope.Message, WebhookReceiver.JsonOptions);
            return SesEvents.Read(request, message.RootElement, envelope.MessageId);
        }
        catch (JsonException)
        {
            return [EventDraft.Unknown(request, json, envelope.MessageId)];
        }
    }

    // Once: a message that comes again finds it done.
    private async Task<WebhookResult> ConfirmAsync(SnsMessage message, CancellationToken cancel)
    {
        if (message.OwnUrl(message.SubscribeUrl) is not { } url || message.Token is not { } token)
            return WebhookResult.Forged;
        lock (_gate)
        {
            if (_confirmed.Contains(token))
                return WebhookResult.Accepted;
        }
        if (await fetch(url, cancel) is null)
            return WebhookResult.Unavailable;
        lock (_gate)
        {
            if (_confirmed.Count >= MostConfirmed)
                _confirmed.Clear();
            _confirmed.Add(token);
        }
        return WebhookResult.Accepted;
    }

    private static bool IsBase64(string text, out byte[] octets)
    {
        octets = new byte[Math.Min(text.Length, 2048)];
        var isRead = Convert.TryFromBase64String(text, octets, out var length);
        octets = octets[..length];
        return isRead;
    }
}
