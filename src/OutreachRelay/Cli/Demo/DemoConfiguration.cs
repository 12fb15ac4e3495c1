using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OutreachRelay.Cli.Demo;

/// <summary>The configuration of the demo, as a user would write it, in a directory of its own.</summary>
internal static class DemoConfiguration
{
    private static readonly string[] Domains = ["acme-mail.example", "acme-team.example", "getacme.example", "tryacme.example"];
    private static readonly string[] People = ["Ann Archer", "Ben Baker", "Chloé Carter"];

    /// <summary>Writes <c>relay.toml</c> and <c>senders.csv</c>.</summary>
    /// <returns>The configuration file's path and the port on which the relay will take mail.</returns>
    public static (string Path, int SmtpPort) Write(string directory, DemoUpstream first, DemoUpstream second)
    {
        var (smtp, http) = (FreePort(), FreePort());
        var rows = Domains.SelectMany(domain => People.Select(person => $"{person.Split(' ')[0].ToLowerInvariant().Replace('é', 'e')}@{domain},{person}"));
        File.WriteAllText(Path.Combine(directory, "senders.csv"), "address,display_name\n" + string.Join('\n', rows) + "\n");
        var path = Path.Combine(directory, "relay.toml");
        File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $"""
            [relay]
            hostname = "relay.example.com"
            data_dir = "data"
            min_free_space = "16MiB"

            [[listener]]
            address = "127.0.0.1:{smtp}"

            [http]
            address = "127.0.0.1:{http}"

            [[client]]
            name = "acme"
            networks = ["127.0.0.1/32"]
            default_direction = "cold"

            [[direction]]
            client = "acme"
            name = "cold"
            pool = "acme-cold"
            upstreams = ["{first.Name}", "{second.Name}"]

            [[pool]]
            name = "acme-cold"
            senders = "senders.csv"
            daily_limit = 50

            [policy]
            preflight = "off"

            [[upstream]]
            name = "{first.Name}"
            type = "smtp"
            host = "127.0.0.1"
            port = {first.Port}
            tls = "none"
            tier = 1

            [[upstream]]
            name = "{second.Name}"
            type = "smtp"
            host = "127.0.0.1"
            port = {second.Port}
            tls = "none"
            tier = 2

            """));
        return (path, smtp);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
