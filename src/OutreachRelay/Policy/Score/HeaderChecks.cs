using System.Collections.Immutable;
using System.Text;

namespace OutreachRelay.Policy.Score;

/// <summary>Checks of header fields.</summary>
internal static class HeaderChecks
{
    // What programs put before a subject that they answer or pass on, in several languages.
    private static readonly string[] Prefixes = ["re:", "fw:", "fwd:", "aw:", "wg:", "antw:", "sv:", "rv:", "tr:", "vs:"];

    /// <summary>One of the fields is missing or blank.</summary>
    public static ScoreCheck Missing(ImmutableArray<string> names)
    {
        ImmutableArray<(string Name, byte[] Octets)> fields = [.. names.Select(static name => (name, Encoding.ASCII.GetBytes(name)))];
        return message => fields.FirstOrDefault(field => !message.HasField(field.Octets)).Name;
    }

    /// <summary>The subject is nothing but white space.</summary>
    public static string? EmptySubject(ScoredMessage message) => string.IsNullOrWhiteSpace(message.Subject) ? "subject" : null;

    public static ScoreCheck LongSubject(int characters) => message =>
        message.Subject.Length > characters ? $"subject: {message.Subject.Length} characters" : null;

    /// <summary>The subject says that the message answers another one, and no field names that one (RFC 5322 §3.6.4, §3.6.5).</summary>
    public static string? FalseReply(ScoredMessage message)
    {
        var prefix = Array.Find(Prefixes, prefix => message.Subject.AsSpan().TrimStart().StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
        return prefix is null || message.HasField("In-Reply-To"u8) || message.HasField("References"u8) ? null : TextChecks.Place("subject", message.Subject);
    }

    /// <summary>Nothing tells how to be mailed no more: neither a field (RFC 2369 §3.2), nor the relay's own, nor one of the words in text or links.</summary>
    public static ScoreCheck NoUnsubscribe(ImmutableArray<string> words) => message =>
        message.AddsUnsubscribe || message.HasField("List-Unsubscribe"u8) || words.Any(word => Mentions(message, word)) ? null : "header, text and links";

    private static bool Mentions(ScoredMessage message, string word) =>
        message.Text?.Contains(word, StringComparison.OrdinalIgnoreCase) == true
        || message.Html?.Text.Contains(word, StringComparison.OrdinalIgnoreCase) == true
        || message.Links.Any(link => link.Target.Contains(word, StringComparison.OrdinalIgnoreCase));
}
