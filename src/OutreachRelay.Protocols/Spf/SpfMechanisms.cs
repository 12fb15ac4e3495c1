using System.Net;
using System.Net.Sockets;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Protocols.Spf;

/// <summary>Matches the client's address against the mechanisms that ask about addresses and names (RFC 7208 §5).</summary>
internal sealed class SpfMechanisms(IDnsResolver dns, IPAddress client, CancellationToken cancel)
{
    /// <summary>RFC 7208 §4.6.4: the most names of one MX or PTR answer.</summary>
    private const int MaxNames = 10;

    private readonly DnsType _addressType = client.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.AAAA;
    private DnsAnswer? _reverse;

    /// <returns>Whether it matches, and whether its first lookup was void.</returns>
    public async Task<(SpfMatch Match, bool IsVoid)> MatchAsync(SpfDirective directive, string target) => directive.Mechanism switch
    {
        SpfMechanism.All => (new SpfMatch(true), false),
        SpfMechanism.Ip4 or SpfMechanism.Ip6 => (new SpfMatch(directive.Covers(directive.Network!, client)), false),
        SpfMechanism.A => await MatchAddressAsync(directive, target),
        SpfMechanism.Mx => await MatchExchangersAsync(directive, target),
        SpfMechanism.Ptr => await MatchReverseAsync(target),
        _ => await MatchExistsAsync(target),
    };

    /// <summary>
    /// The value of <c>%{p}</c> (RFC 7208 §7.3): a name of the client that points back to it; best the domain itself, then one below it.
    /// </summary>
    public async Task<string> FindValidatedNameAsync(string domain)
    {
        string? below = null, other = null;
        foreach (var name in await ReverseNamesAsync())
        {
            var isBelow = IsWithin(name, domain);
            if ((isBelow ? below : other) is not null || !await PointsBackAsync(name))
                continue;
            if (isBelow && name.Length == domain.Length)
                return name;
            if (isBelow)
                below = name;
            else
                other = name;
        }
        return below ?? other ?? "unknown";
    }

    private async Task<(SpfMatch, bool)> MatchAddressAsync(SpfDirective directive, string name)
    {
        var answer = await dns.ResolveAsync(name, _addressType, cancel);
        return (Compare(directive, answer), answer.IsVoid);
    }

    private async Task<(SpfMatch, bool)> MatchExistsAsync(string name)
    {
        // RFC 7208 §5.7: an A record, whatever the client's family.
        var answer = await dns.ResolveAsync(name, DnsType.A, cancel);
        return (answer.Status == DnsStatus.TemporaryError ? SpfMatch.TempError(answer.Detail) : new SpfMatch(!answer.IsVoid), answer.IsVoid);
    }

    private async Task<(SpfMatch, bool)> MatchExchangersAsync(SpfDirective directive, string name)
    {
        var answer = await dns.ResolveAsync(name, DnsType.MX, cancel);
        if (answer.Status == DnsStatus.TemporaryError)
            return (SpfMatch.TempError(answer.Detail), false);
        if (answer.Records.Count > MaxNames)
            return (SpfMatch.PermError("more than ten MX records"), false);
        foreach (var exchanger in answer.Records)
        {
            // RFC 7505: the null MX names no host.
            if (exchanger.Target.Length == 0)
                continue;
            var match = Compare(directive, await dns.ResolveAsync(exchanger.Target, _addressType, cancel));
            if (match.Matches || match.Error is not null)
                return (match, false);
        }
        return (default, answer.IsVoid);
    }

    // RFC 7208 §5.5: an error of DNS is no match, and no error of the check.
    private async Task<(SpfMatch, bool)> MatchReverseAsync(string target)
    {
        foreach (var name in await ReverseNamesAsync())
        {
            if (IsWithin(name, target) && await PointsBackAsync(name))
                return (new SpfMatch(true), false);
        }
        return (default, _reverse!.IsVoid);
    }

    private async Task<IEnumerable<string>> ReverseNamesAsync()
    {
        _reverse ??= await dns.ResolveAsync(MacroValues.ReverseName(client), DnsType.PTR, cancel);
        return _reverse.Records.Take(MaxNames).Select(record => record.Target);
    }

    private async Task<bool> PointsBackAsync(string name)
    {
        var answer = await dns.ResolveAsync(name, _addressType, cancel);
        return answer.Records.Any(record => client.Equals(record.Address));
    }

    private SpfMatch Compare(SpfDirective directive, DnsAnswer answer)
    {
        if (answer.Status == DnsStatus.TemporaryError)
            return SpfMatch.TempError(answer.Detail);
        foreach (var record in answer.Records)
        {
            if (directive.Covers(record.Address!, client))
                return new SpfMatch(true);
        }
        return default;
    }

    private static bool IsWithin(string name, string domain) =>
        name.EndsWith(domain, StringComparison.OrdinalIgnoreCase)
        && (name.Length == domain.Length || name[^(domain.Length + 1)] == '.');
}
