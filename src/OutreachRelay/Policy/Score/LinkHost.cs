using System.Buffers;

namespace OutreachRelay.Policy.Score;

/// <summary>The host that a link names.</summary>
internal static class LinkHost
{
    /// <summary>Characters of a link's target that are looked at.</summary>
    public const int MaxTarget = 2048;

    private static readonly SearchValues<char> HostEnds = SearchValues.Create("/?#\\ \t\r\n");

    // Endings by which a name without scheme is taken for a host: what else has a dot may be a file.
    private static readonly string[] KnownEndings =
        ["com", "org", "net", "de", "at", "ch", "eu", "uk", "fr", "nl", "it", "es", "pl", "io", "ai", "co", "us", "info", "biz", "app", "dev", "cloud"];

    /// <summary>The host of a target with a scheme, or that begins with <c>//</c> or <c>www.</c>; in lower case, empty when there is none.</summary>
    public static string Of(string target)
    {
        var rest = target.AsSpan();
        var authority = rest.IndexOf("//");
        if (authority >= 0 && (authority == 0 || rest[..authority].EndsWith(":")))
            rest = rest[(authority + 2)..];
        else if (!rest.StartsWith("www.", StringComparison.OrdinalIgnoreCase))
            return "";
        var end = rest.IndexOfAny(HostEnds);
        rest = end < 0 ? rest : rest[..end];
        rest = rest[(rest.LastIndexOf('@') + 1)..];
        // An IPv6 literal has colons of its own.
        var port = rest is ['[', ..] ? -1 : rest.IndexOf(':');
        return (port < 0 ? rest : rest[..port]).TrimEnd('.').ToString().ToLowerInvariant();
    }

    /// <summary>The host that a link's text claims to lead to; empty when it does not read like an address.</summary>
    public static string Claimed(string text)
    {
        text = text.Trim();
        if (text.Length > 253 || text.Contains(' ') || text.Contains('@'))
            return "";
        if (Of(text) is { Length: > 0 } host)
            return host.Contains('.') ? host : "";
        var bare = Of("//" + text);
        return bare.LastIndexOf('.') is > 0 and var dot && KnownEndings.Contains(bare[(dot + 1)..]) ? bare : "";
    }

    /// <summary>Whether one host may stand for the other: equal but for subdomains.</summary>
    public static bool AreRelated(string one, string other) => Registered(one) == Registered(other);

    // The last two labels; three where the last but one is as short as in co.uk.
    private static string Registered(string host)
    {
        var labels = host.Split('.');
        var count = labels is [.., _, { Length: <= 3 }, { Length: 2 }] ? 3 : 2;
        return string.Join('.', labels.TakeLast(count));
    }
}
