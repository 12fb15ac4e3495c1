using System.Globalization;
using System.Net;

namespace OutreachRelay.Protocols.Dns;

/// <summary>What resolv.conf(5) says about servers and patience. Search lists and sorting are not for a mail server.</summary>
public sealed record ResolvConf(IReadOnlyList<IPEndPoint> Servers, TimeSpan Timeout, int Attempts)
{
    public const string Path = "/etc/resolv.conf";

    // The bounds of the C library.
    private const int MaxServers = 3, MaxTimeout = 30, MaxAttempts = 5, MaxLength = 64 * 1024;

    private const int Port = 53;

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static ResolvConf Load(string path = Path)
    {
        using var file = File.OpenText(path);
        var text = new char[MaxLength];
        return Parse(text.AsSpan(0, file.ReadBlock(text)));
    }

    /// <summary>
    /// Reads the text of a file. Lines that make no sense are passed over, as the C library does; without a server it is this host.
    /// </summary>
    public static ResolvConf Parse(ReadOnlySpan<char> text)
    {
        var servers = new List<IPEndPoint>();
        var (timeout, attempts) = (5, 2);
        foreach (var line in text.EnumerateLines())
        {
            var rest = line;
            switch (NextWord(ref rest))
            {
                case "nameserver" when servers.Count < MaxServers && IPAddress.TryParse(NextWord(ref rest), out var address):
                    servers.Add(new IPEndPoint(address, Port));
                    break;
                case "options":
                    ReadOptions(rest, ref timeout, ref attempts);
                    break;
            }
        }
        if (servers.Count == 0)
            servers.Add(new IPEndPoint(IPAddress.Loopback, Port));
        return new ResolvConf(servers, TimeSpan.FromSeconds(timeout), attempts);
    }

    private static void ReadOptions(ReadOnlySpan<char> rest, ref int timeout, ref int attempts)
    {
        for (var option = NextWord(ref rest); !option.IsEmpty; option = NextWord(ref rest))
        {
            if (option.StartsWith("timeout:"))
                timeout = ReadNumber(option["timeout:".Length..], MaxTimeout) ?? timeout;
            else if (option.StartsWith("attempts:"))
                attempts = ReadNumber(option["attempts:".Length..], MaxAttempts) ?? attempts;
        }
    }

    private static int? ReadNumber(ReadOnlySpan<char> digits, int max) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Clamp(number, 1, max) : null;

    private static ReadOnlySpan<char> NextWord(ref ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart(" \t");
        var end = rest.IndexOfAny(' ', '\t');
        var word = end < 0 ? rest : rest[..end];
        rest = rest[word.Length..];
        return word;
    }
}
