using System.Globalization;
using System.Net;
using System.Net.Sockets;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Configuration.Reading;

/// <summary>Values that name something on a network: endpoints, networks, hosts, domains, mailboxes, URLs.</summary>
internal static class Addresses
{
    public static readonly Func<TomlValue, Parsed<IPEndPoint>> EndPoint =
        Values.Of(ParseEndPoint, "an address and port such as \"127.0.0.1:2525\"");
    public static readonly Func<TomlValue, Parsed<IPNetwork>> Network =
        Values.Of(ParseNetwork, "a network such as \"10.0.0.0/8\" or an address");
    public static readonly Func<TomlValue, Parsed<IPAddress>> Address = Values.Of(
        text => TryAddress(text, out var address) ? address : Fail<IPAddress>("an address such as \"192.0.2.25\"", text), "an address in quotes");
    public static readonly Func<TomlValue, Parsed<string>> Host = Values.Of(ParseHost, "a host name or an address in quotes");
    public static readonly Func<TomlValue, Parsed<string>> HostName = Values.Of(ParseHostName, "a host name in quotes");
    public static readonly Func<TomlValue, Parsed<string>> Domain = Values.Of(ParseDomain, "a domain in quotes");
    public static readonly Func<TomlValue, Parsed<Mailbox>> Mailbox = Values.Of(ParseMailbox, "an address in quotes");
    public static readonly Func<TomlValue, Parsed<Uri>> WebUrl = Values.Of(ParseUrl, "a URL in quotes");

    public static Parsed<Mailbox> ParseMailbox(string text) =>
        Protocols.Smtp.Mailbox.TryParse(text, out var mailbox, out var error)
            ? mailbox
            : Parsed<Mailbox>.Fail($"expected an address such as jane@example.com: {error}");

    // IPEndPoint.Parse takes "1" for 0.0.0.1 and needs no port.
    private static Parsed<IPEndPoint> ParseEndPoint(string text)
    {
        var colon = text.LastIndexOf(':');
        var host = colon > 0 ? text[..colon] : "";
        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        return TryAddress(bracketed ? host[1..^1] : host, out var address)
            && bracketed == (address.AddressFamily == AddressFamily.InterNetworkV6)
            && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? new IPEndPoint(address, port)
                : Fail<IPEndPoint>("an address and port such as \"127.0.0.1:2525\" or \"[::1]:2525\"", text);
    }

    private static Parsed<IPNetwork> ParseNetwork(string text)
    {
        var slash = text.IndexOf('/');
        if (!TryAddress(slash < 0 ? text : text[..slash], out var address))
            return Fail<IPNetwork>("a network such as \"10.0.0.0/8\" or an address", text);
        var longest = address.GetAddressBytes().Length * 8;
        var length = longest;
        if (slash >= 0 && !TryPrefix(text.AsSpan(slash + 1), longest, out length))
            return Parsed<IPNetwork>.Fail($"expected a prefix length from 0 to {longest} behind the slash");
        if (length >= 96 && address.IsIPv4MappedToIPv6)
            (address, length) = (address.MapToIPv4(), length - 96);
        var first = Mask(address, length);
        return first.Equals(address)
            ? new IPNetwork(address, length)
            : Parsed<IPNetwork>.Fail($"bits are set behind the prefix; expected \"{first}/{length}\" or \"{address}\"");
    }

    private static bool TryPrefix(ReadOnlySpan<char> text, int longest, out int length) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out length) && length <= longest;

    private static IPAddress Mask(IPAddress address, int length)
    {
        var octets = address.GetAddressBytes();
        for (var i = 0; i < octets.Length; i++)
            octets[i] &= (byte)(0xFF << Math.Clamp(8 * (i + 1) - length, 0, 8));
        return new IPAddress(octets);
    }

    private static Parsed<string> ParseHost(string text)
    {
        var bare = text.StartsWith('[') && text.EndsWith(']') ? text[1..^1] : text;
        return TryAddress(bare, out var address) ? address.ToString() : ParseHostName(text);
    }

    private static Parsed<string> ParseHostName(string text)
    {
        var ascii = text.Length is > 0 and <= 255 ? Protocols.Smtp.Mailbox.ToAsciiDomain(text) : null;
        return ascii is { Length: <= 253 } && ascii.Split('.').All(IsLabel) && !char.IsAsciiDigit(ascii[^1])
            ? ascii
            : Fail<string>("a host name such as \"relay.example.com\"", text);
    }

    private static Parsed<string> ParseDomain(string text) =>
        text.Contains('@') || text.Length > 255 || Protocols.Smtp.Mailbox.Create("x", text, out _) is not { } mailbox
            ? Fail<string>("a domain such as \"example.com\"", text)
            : mailbox.AsciiDomain;

    private static Parsed<Uri> ParseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme is "https" or "http") && text.Length <= 255
            && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0
                ? url
                : Parsed<Uri>.Fail("expected a URL such as \"https://relay.example.com\", without user, query or fragment");

    private static Parsed<T> Fail<T>(string expected, string text) => Parsed<T>.Fail($"expected {expected}, found {Shown.Text(text)}");

    // IPAddress.Parse takes "1" and octal numbers; written back, only the usual form is the same.
    private static bool TryAddress(string text, out IPAddress address) =>
        IPAddress.TryParse(text, out address!)
        && (address.AddressFamily == AddressFamily.InterNetworkV6 ? !text.AsSpan().ContainsAny('%', '[') : address.ToString() == text);

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63
        && label[0] != '-' && label[^1] != '-'
        && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
