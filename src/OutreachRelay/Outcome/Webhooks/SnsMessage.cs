using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>A message of Amazon SNS as it comes over HTTP, and what is signed of it.</summary>
/// <remarks>Sources: AWS, "Parsing Amazon SNS message formats" and "Verifying the signatures of Amazon SNS messages".</remarks>
internal sealed partial record SnsMessage(string Type, string MessageId, string TopicArn, string Message, string Timestamp, string SigningCertUrl, string Signature)
{
    public const string Notification = "Notification", SubscriptionConfirmation = "SubscriptionConfirmation", UnsubscribeConfirmation = "UnsubscribeConfirmation";

    public string? Subject { get; private init; }
    public string? SubscribeUrl { get; private init; }
    public string? Token { get; private init; }

    /// <summary>1: SHA-1, as all topics had once; 2: SHA-256.</summary>
    public string SignatureVersion { get; private init; } = "1";

    /// <summary>The region of the topic, such as <c>eu-west-1</c>.</summary>
    public string Region => TopicArn.Split(':') is { Length: 6 } parts ? parts[3] : "";

    /// <summary>Reads the members that are signed; <see langword="null"/> when one that must be there is not.</summary>
    public static SnsMessage? Read(JsonElement json)
    {
        if (json.Text("Type") is not (Notification or SubscriptionConfirmation or UnsubscribeConfirmation) || json.Text("MessageId") is not { } id
            || json.Text("TopicArn") is not { } topic || json.Text("Message") is not { } message || json.Text("Timestamp") is not { } timestamp
            || json.Text("SigningCertURL") is not { } url || json.Text("Signature") is not { } signature)
            return null;
        return new SnsMessage(json.Text("Type")!, id, topic, message, timestamp, url, signature)
        {
            // An empty subject is signed as one, a missing one is not.
            Subject = json.Member("Subject") is { ValueKind: JsonValueKind.String } subject ? subject.GetString() : null,
            SubscribeUrl = json.Text("SubscribeURL"),
            Token = json.Text("Token"),
            SignatureVersion = json.Text("SignatureVersion") ?? "1",
        };
    }

    /// <summary>The octets that the signature is over: names and values in an order that AWS says, each with a line feed.</summary>
    public byte[] ToSign()
    {
        (string Name, string? Value)[] parts = Type == Notification
            ? [("Message", Message), ("MessageId", MessageId), ("Subject", Subject), ("Timestamp", Timestamp), ("TopicArn", TopicArn), ("Type", Type)]
            : [("Message", Message), ("MessageId", MessageId), ("SubscribeURL", SubscribeUrl), ("Timestamp", Timestamp), ("Token", Token), ("TopicArn", TopicArn), ("Type", Type)];
        return Encoding.UTF8.GetBytes(string.Concat(parts.Where(static part => part.Value is not null).Select(static part => $"{part.Name}\n{part.Value}\n")));
    }

    /// <summary>Whether a topic is named as AWS does.</summary>
    public static bool IsTopic(string arn) => ArnForm().IsMatch(arn);

    /// <summary>A URL that this message may have us fetch: at the SNS of its topic's region, by HTTPS at the usual port; else <see langword="null"/>.</summary>
    public Uri? OwnUrl(string? url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps || !uri.IsDefaultPort || uri.UserInfo.Length > 0)
            return null;
        return uri.IdnHost == $"sns.{Region}.amazonaws.com" || uri.IdnHost == $"sns.{Region}.amazonaws.com.cn" ? uri : null;
    }

    [GeneratedRegex("^arn:aws(-[a-z-]+)?:sns:[a-z0-9-]{1,32}:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\\.fifo)?$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex ArnForm();
}
