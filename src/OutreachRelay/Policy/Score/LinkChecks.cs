using System.Collections.Immutable;

namespace OutreachRelay.Policy.Score;

/// <summary>Checks of where links lead.</summary>
internal static class LinkChecks
{
    /// <summary>A link shows one host and leads to another.</summary>
    public static string? Mismatch(ScoredMessage message)
    {
        foreach (var link in message.Links)
        {
            if (LinkHost.Claimed(link.Text) is { Length: > 0 } claimed && link.Host is { Length: > 0 } host && !LinkHost.AreRelated(claimed, host))
                return TextChecks.Place("link", $"{claimed} leads to {host}");
        }
        return null;
    }

    /// <summary>A link leads to one of the hosts, or to one below them.</summary>
    public static ScoreCheck Hosts(ImmutableArray<string> hosts) => message =>
    {
        foreach (var link in message.Links)
        {
            var host = link.Host;
            if (hosts.Any(listed => host.EndsWith(listed, StringComparison.Ordinal) && (host.Length == listed.Length || host[^(listed.Length + 1)] == '.')))
                return TextChecks.Place("link", host);
        }
        return null;
    };

    public static ScoreCheck Count(int links) => message => message.Links.Length > links ? $"{message.Links.Length} links" : null;
}
