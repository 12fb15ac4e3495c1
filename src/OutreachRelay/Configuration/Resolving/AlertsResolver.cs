using System.Net;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves <c>[alerts]</c>.</summary>
internal sealed class AlertsResolver(Resolution resolution)
{
    private const int LongestUrl = 2048;

    private static readonly TimeSpan DefaultRepeat = TimeSpan.FromHours(1);

    public AlertsModel Resolve(AlertsConfig? alerts) =>
        new(alerts?.Webhook is { } webhook ? ResolveWebhook(webhook) : null, alerts?.Repeat?.Value ?? DefaultRepeat);

    private Uri? ResolveWebhook(Setting<TextOrSecret> webhook)
    {
        var text = webhook.Value.Text;
        if (webhook.Value.Secret is { } reference && !resolution.TryRequire(new Setting<SecretReference>(reference, webhook.Place), out text))
            return null;
        if (FindProblem(text!, out var url) is not { } problem)
            return url;
        resolution.Problems.Error(webhook.Place, problem);
        return null;
    }

    // The text is not shown: it may be a secret.
    private static string? FindProblem(string text, out Uri? url)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out url) || text.Length > LongestUrl || url.Host.Length == 0
            || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0 || url.Fragment.Length > 0)
            return "expected a URL such as \"https://hooks.example.com/outreach\", without user and fragment";
        // A name is looked at when it is resolved.
        if (url.Scheme == Uri.UriSchemeHttp && IPAddress.TryParse(url.IdnHost, out var address) && AddressReaches.Of(address) != AddressReach.Private)
            return "alerts must not cross the internet in plaintext; expected https, or an address that is loopback or private";
        return null;
    }
}
