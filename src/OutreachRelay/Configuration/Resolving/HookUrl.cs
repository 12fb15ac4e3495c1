using System.Net;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Reads URLs to which something is posted, which may stand in the configuration or outside of it: a path is often a secret.</summary>
internal static class HookUrl
{
    private const int LongestUrl = 2048;

    /// <param name="what">What is posted there, for the error.</param>
    /// <returns><see langword="null"/> when it was reported as an error.</returns>
    public static Uri? Resolve(Resolution resolution, Setting<TextOrSecret> setting, string what)
    {
        var text = setting.Value.Text;
        if (setting.Value.Secret is { } reference && !resolution.TryRequire(new Setting<SecretReference>(reference, setting.Place), out text))
            return null;
        if (FindProblem(text!, what, out var url) is not { } problem)
            return url;
        resolution.Problems.Error(setting.Place, problem);
        return null;
    }

    // The text is not shown: it may be a secret.
    private static string? FindProblem(string text, string what, out Uri? url)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out url) || text.Length > LongestUrl || url.Host.Length == 0
            || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0 || url.Fragment.Length > 0)
            return "expected a URL such as \"https://hooks.example.com/outreach\", without user and fragment";
        // A name is looked at when it is resolved.
        if (url.Scheme == Uri.UriSchemeHttp && IPAddress.TryParse(url.IdnHost, out var address) && AddressReaches.Of(address) != AddressReach.Private)
            return $"{what} must not cross the internet in plaintext; expected https, or an address that is loopback or private";
        return null;
    }
}
