using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;

namespace OutreachRelay.Benchmarks.Race;

/// <summary>A mail server that takes from smtp-source and gives to a sink of its own.</summary>
/// <param name="ProcessId">The parent of all its processes.</param>
internal sealed record Contestant(string Name, int Port, int ProcessId, CountingSink Sink, IAsyncDisposable Server) : IAsyncDisposable
{
    /// <summary>The relay with 1,200 senders in 100 domains, none of which runs into a limit.</summary>
    public static async Task<Contestant> StartRelayAsync()
    {
        var sink = await CountingSink.StartAsync();
        var relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("sink", sink.Port, Keys: "max_connections = 50")],
            Senders = [.. Enumerable.Range(0, 1200).Select(i => $"sender{i}@domain{i % 100}.example")],
        });
        return new Contestant("relay", relay.Port, relay.Id, sink, relay);
    }

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
        return new Contestant("postfix", postfix.Port, postfix.MasterId, sink, postfix);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Sink.DisposeAsync();
    }
}
