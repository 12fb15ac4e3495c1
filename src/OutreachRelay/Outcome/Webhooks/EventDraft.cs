using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>What readers of all providers make events with.</summary>
internal static class EventDraft
{
    // Ours has 24 characters; a provider may bring back anything.
    private const int LongestCorrelation = 64;
    private const int LongestId = 256;

    // The rule of conf/replies/general.toml for words such as "no such user" without an enhanced code.
    private const string UnknownInWords = "address-unknown-in-words";

    /// <summary>An event that is not understood, kept as it came.</summary>
    /// <param name="key">Its key where it has one; else it is known by what it says.</param>
    public static OutcomeEvent Unknown(WebhookRequest request, JsonElement element, string? key = null)
    {
        var raw = element.GetRawText();
        return new OutcomeEvent
        {
            Kind = OutcomeKind.Unknown,
            Time = request.Now,
            Upstream = request.Upstream,
            DedupKey = key ?? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(raw))),
            Reason = raw,
        };
    }

    /// <summary>Reads one event; one that cannot be read is unknown, and the others of its batch count.</summary>
    public static OutcomeEvent Guard(WebhookRequest request, JsonElement element, Func<OutcomeEvent?> read, string? key = null)
    {
        try
        {
            return read() ?? Unknown(request, element, key);
        }
        catch (InvalidOperationException)
        {
            // Text that is none: half of a surrogate pair.
            return Unknown(request, element, key);
        }
    }

    /// <summary>Our id, if it can be one.</summary>
    public static string? Correlation(string? text) =>
        text is { Length: > 0 and <= LongestCorrelation } && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? text : null;

    /// <summary>A provider's id, if it can be one.</summary>
    public static string? Id(string? text) => text is { Length: > 0 and <= LongestId } && text.All(static c => c is > ' ' and <= '~') ? text : null;

    /// <summary>A Message-ID without its brackets.</summary>
    public static string? MessageId(string? text) => Id(text?.Trim().TrimStart('<').TrimEnd('>'));

    /// <summary>Which kind of bounce a refusal for good is, by its enhanced code, else by what the rules say of its text.</summary>
    /// <param name="status">As told; may be empty or say nothing.</param>
    /// <param name="unclear">What it is when neither tells.</param>
    public static OutcomeKind Bounce(int code, string? status, string? text, ReplyRules rules, OutcomeKind unclear = OutcomeKind.BouncedSoft)
    {
        var enhanced = Enhanced(status) is { IsNone: false } told ? told : FindEnhanced(text);
        return (enhanced.Class, enhanced.Subject, enhanced.Detail) switch
        {
            (4, _, _) => OutcomeKind.BouncedSoft,
            (5, 1, 7 or 8) => OutcomeKind.Blocked,
            (5, 1, > 0) or (5, 2, 1) or (5, 7, 17 or 18) => OutcomeKind.BouncedHard,
            (5, 2, > 0) => OutcomeKind.BouncedSoft,
            (5, 7, _) => OutcomeKind.Blocked,
            _ => ByRules(code, enhanced, text, rules) ?? unclear,
        };
    }

    /// <summary>The status in its usual form, or empty.</summary>
    public static string Status(string? status, string? text = null) =>
        (Enhanced(status) is { IsNone: false } told ? told : FindEnhanced(text)).ToString();

    /// <summary>The reply code with which a text begins; 0 for none.</summary>
    public static int CodeOf(string? text)
    {
        var start = text.AsSpan().TrimStart();
        if (start.StartsWith("smtp;", StringComparison.OrdinalIgnoreCase))
            start = start[5..].TrimStart();
        return start.Length >= 3 && start[0] is >= '2' and <= '5' && char.IsAsciiDigit(start[1]) && char.IsAsciiDigit(start[2])
            && (start.Length == 3 || !char.IsAsciiLetterOrDigit(start[3]))
                ? int.Parse(start[..3], System.Globalization.CultureInfo.InvariantCulture)
                : 0;
    }

    // A transient code within a refusal for good: the provider has given up.
    private static OutcomeKind? ByRules(int code, EnhancedStatusCode enhanced, string? text, ReplyRules rules)
    {
        var basic = code == 0 ? CodeOf(text) : code;
        var verdict = rules.Classify(null, SmtpStage.Rcpt, basic is >= 400 and < 500 or 552 ? basic : 550, enhanced, text);
        return verdict.Bounce switch
        {
            // To a reply these words alone would be too little; here the provider says the same.
            _ when verdict.RuleId == UnknownInWords => OutcomeKind.BouncedHard,
            ReplyBounce.Hard => OutcomeKind.BouncedHard,
            ReplyBounce.Blocked => OutcomeKind.Blocked,
            ReplyBounce.Soft => OutcomeKind.BouncedSoft,
            _ => null,
        };
    }

    private static EnhancedStatusCode Enhanced(string? text)
    {
        Span<byte> octets = stackalloc byte[16];
        return text is { Length: > 0 and <= 16 } && Encoding.UTF8.TryGetBytes(text, octets, out var length)
            && EnhancedStatusCode.TryParse(octets[..length], out var code, out _) ? code : default;
    }

    // After the basic code, where RFC 2034 §4 puts it.
    private static EnhancedStatusCode FindEnhanced(string? text)
    {
        var rest = text.AsSpan().TrimStart();
        if (rest.StartsWith("smtp;", StringComparison.OrdinalIgnoreCase))
            rest = rest[5..].TrimStart();
        if (CodeOf(text) != 0)
            rest = rest[3..].TrimStart(" -");
        var end = rest.IndexOf(' ');
        return Enhanced((end < 0 ? rest : rest[..end]) is { Length: <= 16 } word ? word.ToString() : null);
    }
}
