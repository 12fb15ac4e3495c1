using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OutreachRelay.Protocols.Spf;

/// <summary>What the macro letters stand for (RFC 7208 §7.2).</summary>
internal sealed record MacroValues
{
    public required string LocalPart { get; init; }

    public required string SenderDomain { get; init; }

    /// <summary>The domain whose record is being evaluated.</summary>
    public required string Domain { get; init; }

    public required IPAddress Client { get; init; }

    public required string Helo { get; init; }

    public required string Receiver { get; init; }

    public required DateTimeOffset Now { get; init; }

    public string ValidatedName { get; init; } = "unknown";

    public string Of(char letter) => letter switch
    {
        's' => $"{LocalPart}@{SenderDomain}",
        'l' => LocalPart,
        'o' => SenderDomain,
        'd' => Domain,
        'i' => Dotted(Client),
        'p' => ValidatedName,
        'v' => Client.AddressFamily == AddressFamily.InterNetwork ? "in-addr" : "ip6",
        'h' => Helo,
        'c' => Client.ToString(),
        'r' => Receiver,
        't' => Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        _ => "",
    };

    /// <summary>The name under which the address has its PTR records (RFC 1035 §3.5, RFC 3596 §2.5).</summary>
    public static string ReverseName(IPAddress address)
    {
        var parts = Dotted(address).Split('.');
        Array.Reverse(parts);
        return string.Join('.', parts) + (address.AddressFamily == AddressFamily.InterNetwork ? ".in-addr.arpa" : ".ip6.arpa");
    }

    // RFC 7208 §7.3: an IPv6 address is its 32 nibbles with dots between.
    private static string Dotted(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return address.ToString();
        var text = new StringBuilder(63);
        foreach (var digit in Convert.ToHexString(address.GetAddressBytes()))
            text.Append(text.Length > 0 ? "." : "").Append(digit);
        return text.ToString();
    }
}
