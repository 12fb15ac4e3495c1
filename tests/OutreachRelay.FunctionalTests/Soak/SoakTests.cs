using System.Diagnostics;
using System.Globalization;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Soak;

/// <summary>
/// Mixed load for long, with other configuration every few seconds, upstreams that come and go and a clock that is set forward and back: what was
/// acknowledged arrives, and the relay does not grow.
/// </summary>
public sealed class SoakTests
{
    private const int Connections = 12;
    private const int MostLog = 160; // MiB; it is copied back long before

    private static readonly TimeSpan Length = TimeSpan.FromMinutes(double.Parse(Environment.GetEnvironmentVariable("SOAK_MINUTES") ?? "0.25", CultureInfo.InvariantCulture));
    private static readonly double Rate = double.Parse(Environment.GetEnvironmentVariable("SOAK_RATE") ?? "60", CultureInfo.InvariantCulture);

    // The process looks at its clock's file once a second.
    private static readonly TimeSpan SetClockEvery = Length / 12 > TimeSpan.FromSeconds(3) ? Length / 12 : TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ReloadEvery = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan SampleEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TellEvery = TimeSpan.FromMinutes(1);

    private readonly List<SoakSample> _samples = [];
    private readonly Ledger _ledger = new();

    [Fact]
    public async Task Soak_ReloadsFlappingUpstreamsAndClockJumps_NothingIsLostAndNothingGrows()
    {
        Assert.SkipUnless(FakeClock.IsInstalled, "needs libfaketime: run `make peers`");
        var seed = Environment.TickCount;
        FlappingUpstream[] upstreams = [new(seed), new(seed + 1), new(seed + 2)];
        await using var first = upstreams[0];
        await using var second = upstreams[1];
        await using var third = upstreams[2];
        await using var soaked = new SoakedRelay(upstreams);
        await soaked.StartAsync();

        await using var load = new MixedLoad(soaked.Relay.Port, _ledger, SoakedRelay.Sources, Rate, Connections, seed);
        await SoakAsync(soaked);
        await load.StopAsync();
        foreach (var upstream in upstreams)
            await upstream.SettleDownAsync();
        await soaked.FinishAsync(Deadline);

        var sinks = upstreams.Select(upstream => upstream.Sink).ToArray();
        var refused = upstreams.SelectMany(upstream => upstream.Refused).ToHashSet(StringComparer.Ordinal);
        var lost = _ledger.LostAt(sinks).Where(id => !refused.Contains(id)).ToList();
        var extra = sinks.SelectMany(sink => sink.Arrivals).GroupBy(arrival => arrival.Key).Sum(arrivals => arrivals.Sum(arrival => arrival.Value) - 1);
        var inDoubt = upstreams.Sum(upstream => upstream.LostAtTheDot) + soaked.InDoubt;
        var summary = $"seed {seed}: {_ledger.Count} acknowledged, {refused.Count} refused, {lost.Count} lost, {extra} arrivals too many of at most {inDoubt}, "
            + $"{soaked.Reloads} reloads, clock set {soaked.Jumps} times";
        Tell(summary);
        Assert.True(lost is [], $"lost {string.Join(' ', lost.Take(20))}; {summary}");
        Assert.True(extra <= inDoubt, summary);
        Assert.True(load.Complaints.Count == 0, string.Join('\n', load.Complaints.Take(20)));
        NothingGrew();
        Assert.Equal(0, await soaked.Relay.StopAsync(Deadline));
    }

    private async Task SoakAsync(SoakedRelay soaked)
    {
        var watch = Stopwatch.StartNew();
        var (nextReload, nextJump, nextWord) = (ReloadEvery, SetClockEvery, TellEvery);
        using var pace = new PeriodicTimer(SampleEvery);
        while (watch.Elapsed < Length && await pace.WaitForNextTickAsync())
        {
            if (watch.Elapsed >= nextReload)
            {
                await soaked.ReloadAsync();
                nextReload += ReloadEvery;
            }
            if (watch.Elapsed >= nextJump)
            {
                soaked.SetClock();
                nextJump += SetClockEvery;
            }
            _samples.Add(await SoakSample.TakeAsync(soaked.Relay, watch.Elapsed));
            if (watch.Elapsed < nextWord)
                continue;
            nextWord += TellEvery;
            Tell($"{_samples[^1]}, {_ledger.Count} acknowledged, {(await soaked.Relay.AskAsync("status")).GetProperty("queue")}");
        }
    }

    // The first quarter compiles code and fills caches, the second is what the last is held against.
    private void NothingGrew()
    {
        var quarter = _samples.Count / 4;
        var (before, after) = (SoakSample.Median(_samples[quarter..(2 * quarter)]), SoakSample.Median(_samples[(3 * quarter)..]));
        Tell($"second quarter: {before}");
        Tell($"last quarter:   {after}");
        AssertFlat("resident memory", before.Memory, after.Memory, 40);
        AssertFlat("managed memory", before.Heap, after.Heap, 30);
        AssertFlat("open files", before.Files, after.Files, 15);
        AssertFlat("threads", before.Threads, after.Threads, 10);
        Assert.InRange(_samples.Max(sample => sample.Log), 0, MostLog);
    }

    private static void AssertFlat(string what, double before, double after, double slack) =>
        Assert.True(after <= (before * 1.15) + slack, string.Create(CultureInfo.InvariantCulture, $"{what}: {before:F0} in the second quarter, {after:F0} in the last"));

    private static void Tell(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}
