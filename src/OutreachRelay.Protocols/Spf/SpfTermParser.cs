using System.Net;
using System.Net.Sockets;

namespace OutreachRelay.Protocols.Spf;

/// <summary>Parses one directive (RFC 7208 §5, ABNF in §12).</summary>
internal static class SpfTermParser
{
    /// <returns><see langword="null"/> when the term is malformed or names no mechanism.</returns>
    public static SpfDirective? Parse(ReadOnlySpan<char> term)
    {
        var rest = term;
        var qualifier = ReadQualifier(ref rest);
        var end = rest.IndexOfAny(':', '/');
        var name = end < 0 ? rest : rest[..end];
        rest = rest[name.Length..];
        if (FindMechanism(name) is not { } mechanism)
            return null;

        var directive = new SpfDirective(qualifier, mechanism, term.ToString());
        return mechanism switch
        {
            SpfMechanism.All => rest.IsEmpty ? directive : null,
            SpfMechanism.Include or SpfMechanism.Exists => rest.IsEmpty ? null : WithDomain(directive, rest),
            SpfMechanism.Ptr => WithDomain(directive, rest),
            SpfMechanism.Ip4 or SpfMechanism.Ip6 => WithNetwork(directive, rest),
            _ => WithPrefixes(directive, rest),
        };
    }

    private static SpfResult ReadQualifier(ref ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty || !"+-?~".Contains(rest[0]))
            return SpfResult.Pass;
        var mark = rest[0];
        rest = rest[1..];
        return mark switch
        {
            '+' => SpfResult.Pass,
            '-' => SpfResult.Fail,
            '~' => SpfResult.SoftFail,
            _ => SpfResult.Neutral,
        };
    }

    private static SpfMechanism? FindMechanism(ReadOnlySpan<char> name)
    {
        Span<char> lower = stackalloc char[8];
        if (name.ToLowerInvariant(lower) < 0)
            return null;
        return lower[..name.Length] switch
        {
            "all" => SpfMechanism.All,
            "include" => SpfMechanism.Include,
            "a" => SpfMechanism.A,
            "mx" => SpfMechanism.Mx,
            "ptr" => SpfMechanism.Ptr,
            "ip4" => SpfMechanism.Ip4,
            "ip6" => SpfMechanism.Ip6,
            "exists" => SpfMechanism.Exists,
            _ => null,
        };
    }

    private static SpfDirective? WithDomain(SpfDirective directive, ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty)
            return directive;
        return rest[0] == ':' && MacroString.TryParseDomain(rest[1..], out var domain) ? directive with { Domain = domain } : null;
    }

    // dual-cidr-length: /n, //n or /n//n at the end. A slash before may be part of the domain-spec.
    private static SpfDirective? WithPrefixes(SpfDirective directive, ReadOnlySpan<char> rest)
    {
        var (prefix4, prefix6) = (32, 128);
        if (TryCutPrefix(ref rest, "//", out var digits) && !TryReadPrefix(digits, 128, out prefix6))
            return null;
        if (TryCutPrefix(ref rest, "/", out digits) && !TryReadPrefix(digits, 32, out prefix4))
            return null;
        return WithDomain(directive with { Prefix4 = prefix4, Prefix6 = prefix6 }, rest);
    }

    private static bool TryCutPrefix(ref ReadOnlySpan<char> rest, string slashes, out ReadOnlySpan<char> digits)
    {
        var start = rest.LastIndexOfAnyExceptInRange('0', '9') + 1;
        digits = rest[start..];
        if (digits.IsEmpty || !rest[..start].EndsWith(slashes))
            return false;
        rest = rest[..(start - slashes.Length)];
        return true;
    }

    private static SpfDirective? WithNetwork(SpfDirective directive, ReadOnlySpan<char> rest)
    {
        if (rest is not [':', ..])
            return null;
        rest = rest[1..];
        var isIp4 = directive.Mechanism == SpfMechanism.Ip4;
        var prefix = isIp4 ? 32 : 128;
        var slash = rest.IndexOf('/');
        if (slash >= 0)
        {
            if (!TryReadPrefix(rest[(slash + 1)..], prefix, out prefix))
                return null;
            rest = rest[..slash];
        }
        if ((isIp4 ? ReadIp4(rest) : ReadIp6(rest)) is not { } network)
            return null;
        return isIp4 ? directive with { Network = network, Prefix4 = prefix } : directive with { Network = network, Prefix6 = prefix };
    }

    // No leading zero: ip4-cidr-length and ip6-cidr-length.
    private static bool TryReadPrefix(ReadOnlySpan<char> digits, int max, out int prefix)
    {
        prefix = 0;
        if (digits.Length is 0 or > 3 || (digits.Length > 1 && digits[0] == '0'))
            return false;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit(digit))
                return false;
            prefix = (prefix * 10) + (digit - '0');
        }
        return prefix <= max;
    }

    // The base library also takes "1.2.3", octal and hexadecimal numbers; the ABNF does not.
    private static IPAddress? ReadIp4(ReadOnlySpan<char> text)
    {
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            if (++parts > 4 || !TryReadPrefix(text[range], 255, out _))
                return null;
        }
        return parts == 4 ? IPAddress.Parse(text) : null;
    }

    // The base library also takes brackets, ports and scopes.
    private static IPAddress? ReadIp6(ReadOnlySpan<char> text) =>
        text.IndexOfAnyExcept("0123456789abcdefABCDEF:.") < 0
        && IPAddress.TryParse(text, out var address)
        && address.AddressFamily == AddressFamily.InterNetworkV6 ? address : null;
}
