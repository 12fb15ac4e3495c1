using System.Globalization;
using OutreachRelay.FunctionalTests.Clients;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.Tests;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>A relay as it stands on a network: beside the plain port one with STARTTLS, one with TLS from the start, and the same behind a balancer.</summary>
public sealed class NetworkRelay : IAsyncLifetime
{
    private readonly TestAuthority _authority = new(TimeProvider.System);

    public NetworkRelay() : this(500) { }

    internal NetworkRelay(int connectionsPerAddress)
    {
        Relay = new RelayProcess(new RelayConfig { Upstreams = [new("sink", Sink.Port)], TrustLoopback = false, ConnectionsPerAddress = connectionsPerAddress, More = Listeners() });
        Issue("first.example");
        File.WriteAllText(RootFile, _authority.RootPem);
    }

    public int StartTlsPort { get; } = FreePort.Next();

    public int ImplicitPort { get; } = FreePort.Next();

    /// <summary>Behind a balancer on 127.0.0.1.</summary>
    public int ProxiedPort { get; } = FreePort.Next();

    /// <summary>The same, with TLS from the start.</summary>
    public int ProxiedTlsPort { get; } = FreePort.Next();

    /// <summary>Behind a balancer that is elsewhere.</summary>
    public int ForeignPort { get; } = FreePort.Next();

    internal SinkServer Sink { get; } = new();

    internal RelayProcess Relay { get; }

    internal string RootFile => Beside("root.pem");

    internal ClientTls Tls(bool isImplicit) => new(isImplicit, RootFile);

    /// <summary>Puts another certificate in place; a running relay reads it at SIGHUP.</summary>
    internal void Issue(string name, int days = 30)
    {
        var (certificate, key) = _authority.Issue(name, days);
        File.WriteAllText(Beside("tls.pem"), certificate + _authority.IntermediatePem);
        File.WriteAllText(Beside("tls.key"), key);
        File.SetUnixFileMode(Beside("tls.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public async ValueTask InitializeAsync() => await Relay.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Relay.DisposeAsync();
        await Sink.DisposeAsync();
        _authority.Dispose();
    }

    private string Beside(string name) => Path.Combine(Path.GetDirectoryName(Relay.ConfigFile)!, name);

    private string Listeners() => Listener(StartTlsPort, "starttls") + Listener(ImplicitPort, "implicit")
        + Listener(ProxiedPort, "none", "127.0.0.0/8") + Listener(ProxiedTlsPort, "implicit", "127.0.0.0/8") + Listener(ForeignPort, "none", "10.0.0.5")
        + """

            [[client]]
            name = "branch"
            networks = ["192.0.2.0/24", "2001:db8::/32"]
            default_direction = "cold"

            [[direction]]
            client = "branch"
            name = "cold"
            pool = "branch"
            upstreams = ["sink"]
            unsubscribe = "off"

            [[pool]]
            name = "branch"

            [[sender]]
            pool = "branch"
            address = "dora@four.example"

            """;

    private static string Listener(int port, string tls, string? proxy = null) => string.Create(CultureInfo.InvariantCulture, $"""

        [[listener]]
        address = "127.0.0.1:{port}"
        tls = "{tls}"
        {(tls == "none" ? "" : "certificate = \"tls.pem\"\nkey = \"file:tls.key\"")}
        {(proxy is null ? "" : $"proxy_protocol_from = [\"{proxy}\"]")}
        max_connections = 5000
        max_connections_per_address = 500

        """);
}
