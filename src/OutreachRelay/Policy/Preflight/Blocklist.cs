using System.Globalization;
using System.Net;
using System.Net.Sockets;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Policy.Preflight;

/// <summary>Reads the answers of DNS block lists (RFC 5782).</summary>
internal static class Blocklist
{
    /// <summary>An address as it is asked for: octets, or nibbles of an IPv6 address, the last first (RFC 5782 §2.1, §2.4).</summary>
    public static string Reverse(IPAddress address)
    {
        var octets = address.GetAddressBytes().Reverse();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? string.Join('.', octets)
            : string.Join('.', octets.SelectMany(static octet => new[] { Nibble(octet & 0xF), Nibble(octet >> 4) }));
    }

    public static PreflightCheck Decide(ListFacts facts)
    {
        var check = new PreflightCheck(PreflightKind.Blocklist, facts.Name, "none", PreflightStanding.Good, $"{facts.List} does not list {facts.Listed}");
        if (facts.Answer.Status == DnsStatus.TemporaryError)
            return check with { Result = "temperror", Standing = PreflightStanding.Temporary, Reason = $"{facts.List} does not answer: {facts.Answer.Detail}" };
        var codes = facts.Answer.Records.Select(static record => record.Address!).ToList();
        if (codes.Count == 0)
            return check;
        if (codes.Find(static code => !IsListing(code)) is { } error)
        {
            return check with
            {
                Result = "permerror",
                Standing = PreflightStanding.Note,
                Reason = $"{facts.List} answers {error}, which is no listing: it does not serve us, or is gone",
                Remedy = "ask it from a resolver of your own ([dns].servers), register with it, or take it out of the configuration",
            };
        }
        return check with
        {
            Result = "fail",
            Standing = PreflightStanding.Bad,
            Reason = $"{facts.List} lists {facts.Listed} ({string.Join(", ", codes)})",
            Remedy = $"find out at {facts.List} why {facts.Listed} is listed, end the cause, and ask for its removal",
        };
    }

    // RFC 5782 §2.1: a listing is an address in 127.0.0.0/8; any other comes from a wildcard where the list once was. In 127.255.255.0/24 lists
    // tell of errors (a resolver that they do not serve), and 127.0.0.1 is what filters and portals answer to every question.
    private static bool IsListing(IPAddress code) =>
        code.GetAddressBytes() is [127, var second, var third, var last]
        && (second, third) is not (255, 255) && (second, third, last) is not (0, 0, 1);

    private static string Nibble(int value) => value.ToString("x", CultureInfo.InvariantCulture);
}
