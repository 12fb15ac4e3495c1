namespace OutreachRelay.Configuration;

/// <summary>Who hears of alerts beside the log and the metrics.</summary>
/// <param name="Webhook">Where each alert is posted: https, or http on this machine or a private network; <see langword="null"/>: nowhere.</param>
/// <param name="Repeat">How often the webhook hears again of an alert that lasts.</param>
public sealed record AlertsModel(Uri? Webhook, TimeSpan Repeat)
{
    // The path of such a URL is often all that is needed to post there: it is a secret.
    public override string ToString() => $"alerts to {Webhook?.Host ?? "nobody"}";
}
