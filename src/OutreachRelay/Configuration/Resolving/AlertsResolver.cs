using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves <c>[alerts]</c>.</summary>
internal sealed class AlertsResolver(Resolution resolution)
{
    private static readonly TimeSpan DefaultRepeat = TimeSpan.FromHours(1);

    public AlertsModel Resolve(AlertsConfig? alerts) => new(
        alerts?.Webhook is { } webhook ? HookUrl.Resolve(resolution, webhook, "alerts") : null, alerts?.Repeat?.Value ?? DefaultRepeat);
}
