using System.Globalization;
using System.Text.Json;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Suppression;

/// <summary>Suppressions in words.</summary>
public static class SuppressionText
{
    private static readonly SmtpReply[] Replies = [.. Enum.GetValues<SuppressionReason>().Select(static reason =>
        new SmtpReply(550, 5, 7, 1, $"The recipient is suppressed: {Of(reason)}"))];

    /// <summary>The word that options, files and JSON use: <c>hard_bounce</c>.</summary>
    public static string Word(SuppressionReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());

    /// <summary>The reason of that word, or <see langword="null"/>.</summary>
    public static SuppressionReason? Parse(string? word)
    {
        foreach (var reason in Enum.GetValues<SuppressionReason>())
        {
            if (Word(reason) == word)
                return reason;
        }
        return null;
    }

    /// <summary>What RCPT is answered (RFC 3463 §3.8: 5.7.1, delivery not authorised). Who asks is the client itself, so it may know why.</summary>
    public static SmtpReply Reply(SuppressionRecord suppression) => Replies[(int)suppression.Reason];

    /// <summary>Why an entry was dropped, for its event.</summary>
    public static string Event(SuppressionRecord suppression) =>
        string.Create(CultureInfo.InvariantCulture, $"its recipient is suppressed for {suppression.Scope}: {Of(suppression.Reason)}, since {suppression.At.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}");

    private static string Of(SuppressionReason reason) => reason switch
    {
        SuppressionReason.HardBounce => "hard bounce",
        SuppressionReason.Complaint => "complaint",
        SuppressionReason.OptOut => "opt-out",
        SuppressionReason.Manual => "by hand",
        SuppressionReason.Import => "imported",
        SuppressionReason.Provider => "by the provider",
        SuppressionReason.SoftBounce => "quarantine after soft bounces",
        _ => "erased",
    };
}
