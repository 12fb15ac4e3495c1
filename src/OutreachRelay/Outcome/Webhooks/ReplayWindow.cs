using System.Globalization;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>How old a signed request may be. Within the window a repetition has no effect; beyond it, it may no longer be known, and is refused.</summary>
internal static class ReplayWindow
{
    /// <summary>Where it is not told whether a repetition is signed anew; providers go on for up to a day.</summary>
    public static readonly TimeSpan Day = TimeSpan.FromHours(24);

    /// <param name="unixSeconds">When it was signed, as the provider writes it.</param>
    /// <param name="window">Before and after now.</param>
    public static WebhookResult Judge(string unixSeconds, DateTimeOffset now, TimeSpan window) =>
        long.TryParse(unixSeconds, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= uint.MaxValue
            ? Judge(DateTimeOffset.FromUnixTimeSeconds(seconds), now, window)
            : WebhookResult.Forged;

    public static WebhookResult Judge(DateTimeOffset signed, DateTimeOffset now, TimeSpan window) =>
        (now - signed).Duration() <= window ? WebhookResult.Accepted : WebhookResult.Stale;
}
