using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>What a notification says to people, where nothing in it is for programs.</summary>
internal static partial class ReportWords
{
    // Of the decoded text: the reason stands at the beginning, and the rest is what came back.
    private const int MaxText = 16 * 1024;

    // Warnings of many programs, in English and German.
    private static readonly string[] DelayWords =
    [
        "warning message only", "this is a warning", "has been delayed", "delivery delayed", "delay in delivery", "not yet been delivered", "has not been delivered yet",
        "not been delivered for", "will be retried", "will keep trying", "will continue to try", "will continue trying", "still being retried", "still trying", "do not need to resend",
        "wird weiter versucht", "verzögert", "weitere zustellversuche",
    ];

    /// <summary>The first text that is not empty, plain before HTML, up to the message that it returns.</summary>
    /// <returns>Its lines, or <see langword="null"/> when there is none.</returns>
    public static string? Read(List<MessagePart> parts)
    {
        var part = parts.Find(static part => part.MediaType == "text/plain" && !Lines.IsBlank(part.Content.Span)) ?? parts.Find(static part => part.IsText);
        if (part is null)
            return null;
        var text = part.DecodeText(MaxText);
        if (part.MediaType == "text/html")
            text = WebUtility.HtmlDecode(Tags().Replace(Unshown().Replace(text, ""), " "));
        var lines = new StringBuilder(text.Length);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (IsField(line))
                break;
            lines.Append(line.Trim()).Append('\n');
        }
        return lines.Length == 0 ? null : lines.ToString();
    }

    /// <summary>Makes a reason of lines: the codes are looked for where replies stand.</summary>
    public static DiagnosticCode ToReason(string lines, BounceOptions options)
    {
        var (reply, enhanced) = StatusCodes.Find(lines);
        return new DiagnosticCode("", FieldText.Clean(lines, options.MaxValueLength), reply, enhanced);
    }

    /// <summary>Whether the lines say that somebody goes on trying.</summary>
    public static bool TellDelay(string lines) => DelayWords.Any(words => lines.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>The first address in the lines that is no mail system's.</summary>
    public static ReportAddress? FindRecipient(string lines)
    {
        foreach (var match in Address().EnumerateMatches(lines))
        {
            var address = lines.AsSpan(match.Index, match.Length).TrimEnd('.').ToString();
            if (!ReportHeader.IsDaemon(address) && ReportAddress.Parse(Encoding.UTF8.GetBytes(address)) is { } found)
                return found;
        }
        return null;
    }

    // Where the header section of what came back begins.
    private static bool IsField(ReadOnlySpan<char> line)
    {
        foreach (var name in (ReadOnlySpan<string>)["Return-Path:", "Received:", "Message-ID:", "DKIM-Signature:", "MIME-Version:"])
        {
            if (line.StartsWith(name, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    [GeneratedRegex("<[^<>]*>", RegexOptions.NonBacktracking)]
    private static partial Regex Tags();

    [GeneratedRegex("<(style|script|head)[ >].*?</(style|script|head)>", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Unshown();

    [GeneratedRegex("[A-Za-z0-9_.+=/-]+@[A-Za-z0-9.-]+", RegexOptions.NonBacktracking)]
    private static partial Regex Address();
}
