using System.Globalization;
using System.Text;

namespace OutreachRelay.FunctionalTests.Relay;

/// <summary>An upstream of type smtp on loopback.</summary>
/// <param name="Keys">Further lines of its table.</param>
internal sealed record UpstreamConfig(string Name, int Port, int Tier = 1, string Keys = "", string Tls = "none", string Host = "127.0.0.1");

/// <summary>The configuration of one test, written as TOML. A property stands for what tests vary; the rest is the same for all.</summary>
internal sealed record RelayConfig
{
    public const string User = "crm";
    public const string Password = "correct horse battery";
    public const string ApiToken = "tr0ub4dor-and-three";

    public required IReadOnlyList<UpstreamConfig> Upstreams { get; init; }

    public IReadOnlyList<string> Senders { get; init; } = ["anna@one.example", "ben@two.example", "cleo@three.example"];

    /// <summary>Relative to the configuration file, or absolute.</summary>
    public string DataDirectory { get; init; } = "data";

    /// <summary>Whether 127.0.0.1 may submit without AUTH.</summary>
    public bool TrustLoopback { get; init; } = true;

    /// <summary>From where else may be submitted without AUTH.</summary>
    public IReadOnlyList<string> Networks { get; init; } = [];

    public int Connections { get; init; } = 2000;

    public int ConnectionsPerAddress { get; init; } = 500;

    public string MinFreeSpace { get; init; } = "1MiB";
    public string Retry { get; init; } = """["1s", "1s", "1s"]""";
    public string ProbeInterval { get; init; } = "30s";
    public string InDoubt { get; init; } = "retry";
    public string InDoubtWait { get; init; } = "1s";
    public int DailyLimit { get; init; } = 1_000_000;

    /// <summary>Further lines of <c>[relay]</c>.</summary>
    public string RelayKeys { get; init; } = "";

    /// <summary>Further lines of the listener's table.</summary>
    public string ListenerKeys { get; init; } = "";

    /// <summary>Further lines of <c>[http]</c>, and its tokens.</summary>
    public string HttpKeys { get; init; } = "";

    /// <summary>Further lines of <c>[delivery]</c>.</summary>
    public string DeliveryKeys { get; init; } = "";

    /// <summary>Further lines of the client's table.</summary>
    public string ClientKeys { get; init; } = "";

    /// <summary>Further lines of the pool's table.</summary>
    public string PoolKeys { get; init; } = "";

    public string Preflight { get; init; } = "off";

    /// <summary>Of the direction; <c>add</c> needs <c>public_url</c> in <see cref="HttpKeys"/>.</summary>
    public string Unsubscribe { get; init; } = "off";

    public bool UnsubscribeMailto { get; init; }

    /// <summary>Whole tables at the end of the file.</summary>
    public string More { get; init; } = "";

    public string ToToml(int port, int httpPort)
    {
        var toml = new StringBuilder();
        toml.Append(CultureInfo.InvariantCulture, $"""
            [relay]
            hostname = "relay.example"
            data_dir = "{DataDirectory}"
            min_free_space = "{MinFreeSpace}"
            {RelayKeys}

            [[listener]]
            address = "127.0.0.1:{port}"
            tls = "none"
            max_connections = {Connections}
            max_connections_per_address = {ConnectionsPerAddress}
            {ListenerKeys}

            [http]
            address = "127.0.0.1:{httpPort}"
            {HttpKeys}

            [delivery]
            retry = {Retry}
            probe_interval = "{ProbeInterval}"
            in_doubt = "{InDoubt}"
            in_doubt_wait = "{InDoubtWait}"
            {DeliveryKeys}

            [[client]]
            name = "crm"
            username = "{User}"
            password = "env:CRM_SMTP_PASSWORD"
            networks = [{string.Join(", ", Networks.Concat(TrustLoopback ? ["127.0.0.1/32"] : []).Select(network => $"\"{network}\""))}]
            default_direction = "cold"
            {ClientKeys}

            [[direction]]
            client = "crm"
            name = "cold"
            pool = "pool"
            upstreams = [{string.Join(", ", Upstreams.Select(u => $"\"{u.Name}\""))}]
            unsubscribe = "{Unsubscribe}"
            unsubscribe_mailto = {(UnsubscribeMailto ? "true" : "false")}

            [[pool]]
            name = "pool"
            senders = "senders.csv"
            daily_limit = {DailyLimit}
            domain_daily_limit = {DailyLimit}
            spread = "off"
            window = "always"
            gap = "0s"
            {PoolKeys}

            [policy]
            preflight = "{Preflight}"
            preflight_interval = "1s"

            """);
        foreach (var upstream in Upstreams)
        {
            toml.Append(CultureInfo.InvariantCulture, $"""

                [[upstream]]
                name = "{upstream.Name}"
                type = "smtp"
                host = "{upstream.Host}"
                port = {upstream.Port}
                tls = "{upstream.Tls}"
                tier = {upstream.Tier}
                {upstream.Keys}

                """);
        }
        return toml.Append(More).ToString();
    }

    public string ToCsv() =>
        "address,display_name\n" + string.Concat(Senders.Select(address => $"{address},{address[..address.IndexOf('@')]}\n"));
}
