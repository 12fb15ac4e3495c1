using System.Globalization;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Soak;

/// <summary>A relay with several clients, whose configuration is changed and read again all the time, and whose clock is set now and then.</summary>
internal sealed class SoakedRelay : IAsyncDisposable
{
    private const int Sessions = 8;

    // Of so many sets of senders each has more than the one before it.
    private const int Staffs = 5;

    // Some recipients are unknown on purpose, and that pauses nobody.
    private const string KeptSenders = "pause_bounce_rate = 0.9";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly IReadOnlyList<FlappingUpstream> _upstreams;
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeClock _clock;
    private TimeSpan _days;

    public SoakedRelay(IReadOnlyList<FlappingUpstream> upstreams)
    {
        _upstreams = upstreams;
        _clock = new FakeClock(_directory.Combine("clock"));
        Relay = new RelayProcess(Configuration(0));
    }

    /// <summary>Where its clients are: each address is another one's.</summary>
    public static IReadOnlyList<string> Sources { get; } = ["127.0.0.1", "127.0.2.1", "127.0.2.2"];

    public RelayProcess Relay { get; }

    public int Reloads { get; private set; }

    /// <summary>How often the clock was set.</summary>
    public int Jumps { get; private set; }

    /// <summary>Mails that can have been on their way when the clock was set forward, which ends their leases.</summary>
    public int InDoubt { get; private set; }

    public Task StartAsync() => Relay.StartAsync(_clock.Wrapper);

    /// <summary>Other senders, limits and weights.</summary>
    public async Task ReloadAsync()
    {
        var version = await Relay.ModelVersionAsync();
        Relay.Write(Configuration(Reloads + 1));
        Relay.Signal(Signal.HangUp);
        await Wait.UntilAsync(async () => await Relay.ModelVersionAsync() != version, Deadline, () => $"the configuration is not in force:\n{Relay.Log}");
        Reloads++;
    }

    /// <summary>An hour forward, back again, a day forward, in turn.</summary>
    public void SetClock()
    {
        var step = Jumps++ % 3;
        _days += TimeSpan.FromDays(step == 2 ? 1 : 0);
        Set(_days + TimeSpan.FromHours(step == 0 ? 1 : 0));
    }

    /// <summary>Waits until the queue is empty. What waits since the clock was set back is due then, and what is held for want of its sender is released.</summary>
    public async Task FinishAsync(TimeSpan deadline)
    {
        do
            await ReloadAsync();
        while (Reloads % Staffs != Staffs - 1);
        Set(_days + TimeSpan.FromDays(1));
        await Relay.UntilIdleAsync(deadline);
        await Relay.RunAsync("queue", "release", "--all");
        await Relay.UntilIdleAsync(deadline);
    }

    public async ValueTask DisposeAsync()
    {
        await Relay.DisposeAsync();
        _directory.Dispose();
    }

    private void Set(TimeSpan offset)
    {
        InDoubt += offset > _clock.Offset ? Sessions * _upstreams.Count : 0;
        _clock.Set(offset);
    }

    private RelayConfig Configuration(int version) => new()
    {
        Upstreams = [.. _upstreams.Select((upstream, i) => new UpstreamConfig(
            $"up{i}", upstream.Sink.Port, Keys: string.Create(CultureInfo.InvariantCulture, $"max_connections = {Sessions - (version % 3)}\nweight = {i + 1 + (version % 2)}")))],
        Senders = Senders("crm", 100 + (10 * (version % Staffs))),
        DailyLimit = 1_000_000 + version,
        PoolKeys = KeptSenders,
        ConnectionsPerAddress = 500 + (version % 10),
        // Longer than any spell of weather: nothing runs out of attempts.
        Retry = "[" + string.Join(", ", Enumerable.Repeat("\"1s\"", 100)) + "]",
        ProbeInterval = "1s",
        // The clock leaps over days.
        DeliveryKeys = "retention = \"5m\"\nexpire = \"60d\"",
        More = "\n[log]\nlevel = \"warn\"\n\n[score]\ntag_at = 4.0\nhold_at = 100.0\nrefuse_at = 200.0\n"
            + string.Concat(Sources.Skip(1).Select((source, i) => Client($"client{i}", source, version))),
    };

    private string Client(string name, string source, int version) => string.Create(CultureInfo.InvariantCulture, $"""

        [[client]]
        name = "{name}"
        networks = ["{source}/32"]
        default_direction = "cold"
        rate = "{100_000 + version}/min"

        [[direction]]
        client = "{name}"
        name = "cold"
        pool = "{name}"
        upstreams = [{string.Join(", ", _upstreams.Select((_, i) => $"\"up{i}\""))}]
        unsubscribe = "off"

        [[pool]]
        name = "{name}"
        daily_limit = 1000000
        domain_daily_limit = 1000000
        spread = "off"
        window = "always"
        gap = "0s"
        {KeptSenders}

        {string.Concat(Senders(name, 20 + (version % Staffs)).Select(address => $"[[sender]]\npool = \"{name}\"\naddress = \"{address}\"\n\n"))}
        """);

    private static List<string> Senders(string name, int count) => [.. Enumerable.Range(1, count).Select(i => $"sender{i}@{name}{i % 20}.example")];
}
