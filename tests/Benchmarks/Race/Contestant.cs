using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.Protocols.Dkim;

namespace OutreachRelay.Benchmarks.Race;

/// <summary>A mail server that takes from smtp-source and gives to a sink of its own.</summary>
/// <param name="ProcessId">The parent of all its processes.</param>
/// <param name="Compiles">Whether its code is compiled while it runs.</param>
internal sealed record Contestant(string Name, int Port, int ProcessId, bool Compiles, CountingSink Sink, IAsyncDisposable Server) : IAsyncDisposable
{
    private const int Domains = 100;

    /// <summary>By how much fewer messages it gets in a round, so that all rounds take about as long.</summary>
    public int Divisor { get; init; } = 1;

    /// <summary>Whether processes of its work leave the tree under it, so that nobody can tell what they use.</summary>
    public bool LosesChildren { get; init; }

    /// <summary>Asks for its metrics; <see langword="null"/> when it has none.</summary>
    public Func<Task<string>>? ReadMetricsAsync { get; init; }

    private const string Scored = "\n[score]\ntag_at = 4.0\nhold_at = 50.0\nrefuse_at = 90.0\n";

    /// <summary>The relay with 1,200 senders in 100 domains, none of which runs into a limit, with suppression looked up and content scored.</summary>
    /// <param name="signs">Whether each message is signed with an RSA key of 2,048 bits.</param>
    /// <param name="program">The <c>outreach-relay.dll</c> of an earlier build; <see langword="null"/> for the one that was built with this benchmark.</param>
    /// <param name="data">Its data directory; <see langword="null"/> for one beside its configuration, among the temporary files.</param>
    public static async Task<Contestant> StartRelayAsync(bool signs, string? program = null, string? data = null)
    {
        var sink = await CountingSink.StartAsync();
        using var keys = new TemporaryDirectory(); // it is read at the start
        var config = RelayConfig(sink.Port, signs ? SigningDomains(keys.Combine("key.pem")) : "");
        var relay = await RelayProcess.StartAsync(data is null ? config : config with { DataDirectory = data }, program);
        return new Contestant(program is null ? RaceBenchmark.Relay : RaceBenchmark.Before, relay.Port, relay.Id, Compiles: true, sink, relay) { ReadMetricsAsync = () => relay.GetAsync("/metrics") };
    }

    /// <summary>How the relay is configured, with further tables at the end.</summary>
    public static RelayConfig RelayConfig(int sinkPort, string tables = "") => new()
    {
        Upstreams = [new("sink", sinkPort, Keys: "max_connections = 50")],
        ConnectionsPerAddress = 2000,
        Senders = [.. Enumerable.Range(0, 1200).Select(i => $"sender{i}@domain{i % Domains}.example")],
        More = Scored + tables,
    };

    /// <summary>
    /// Postfix without the brakes that a lone benchmark meets and a busy server does not: no pause when mail comes in faster than it
    /// leaves, and full concurrency towards the one next hop from the start. Its fsync and its logging are as installed.
    /// </summary>
    public static async Task<Contestant> StartPostfixAsync()
    {
        var sink = await CountingSink.StartAsync();
        var postfix = await PostfixInstance.StartAsync(
            sink.Port,
            "in_flow_delay = 0",
            "initial_destination_concurrency = 50",
            "default_destination_concurrency_limit = 50",
            "smtpd_client_connection_count_limit = 0",
            "smtpd_tls_security_level = none",
            "smtp_tls_security_level = none",
            "message_size_limit = 104857600");
        return new Contestant("postfix", postfix.Port, postfix.MasterId, Compiles: false, sink, postfix);
    }

    private static string SigningDomains(string keyFile)
    {
        using var key = DkimPrivateKey.GenerateRsa(2048);
        File.WriteAllText(keyFile, key.ToPem());
        File.SetUnixFileMode(keyFile, UnixFileMode.UserRead);
        return string.Concat(Enumerable.Range(0, Domains).Select(
            i => $"\n[[domain]]\nname = \"domain{i}.example\"\ndkim_selector = \"s1\"\ndkim_key = \"file:{keyFile}\"\n"));
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Sink.DisposeAsync();
    }
}
