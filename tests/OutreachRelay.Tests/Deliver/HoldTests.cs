using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Explaining;
using OutreachRelay.Store;
using OutreachRelay.Tests.Deliver.Explaining;

namespace OutreachRelay.Tests.Deliver;

/// <summary>What the operator holds does not leave, until it may.</summary>
public sealed class HoldTests
{
    private static readonly UpstreamModel[] TwoUpstreams = [Models.Upstream("a"), Models.Upstream("b", tier: 2)];

    [Theory]
    [InlineData("acme", null, null, null)]
    [InlineData(null, "cold", null, null)]
    [InlineData(null, null, "ann@x.example", null)]
    [InlineData(null, null, null, "y.example")]
    [InlineData(null, null, null, null)]
    public async Task Hold_Scope_KeepsWhatComesAndWhatWaitsUntilItIsReleased(string? client, string? direction, string? sender, string? domain)
    {
        await using var bench = await OpenAsync();
        bench.Fail();
        var waiting = await bench.AcceptAsync("one@y.example");
        using var holds = Book(bench);

        await holds.HoldAsync(new HoldScope { Client = client, Direction = direction, Sender = sender, RecipientDomain = domain }, null, "alice", "a complaint");
        MakeWhole(bench);
        var later = await bench.AcceptAsync("two@y.example");
        await bench.RunUntilAsync(bench.Now.AddHours(1));

        Assert.Empty(bench.Left);
        Assert.Equal(EntryState.Queued, (await bench.EntryAsync(later)).State);

        await holds.EndAsync(static _ => true, "alice");
        await bench.PumpAsync();

        Assert.Equal([waiting, later], bench.Left.Keys.Order());
    }

    [Theory]
    [InlineData("other", null, null)]
    [InlineData(null, "bob@x.example", null)]
    [InlineData(null, null, "z.example")]
    public async Task Hold_OfOthers_LetsItGo(string? direction, string? sender, string? domain)
    {
        await using var bench = await OpenAsync();
        using var holds = Book(bench);
        await holds.HoldAsync(new HoldScope { Direction = direction, Sender = sender, RecipientDomain = domain }, null, "alice", "a test");

        Assert.Contains(await bench.AcceptAsync("one@y.example"), bench.Left.Keys);
    }

    [Fact]
    public async Task Hold_OfADomain_LetsTheRestOfTheLaneGo()
    {
        await using var bench = await OpenAsync();
        bench.Fail();
        using var holds = Book(bench);
        for (var i = 0; i < 60; i++)
            await bench.AcceptAsync($"p{i}@held.example");
        var free = await bench.AcceptAsync("one@y.example");

        await holds.HoldAsync(new HoldScope { RecipientDomain = "held.example" }, null, "alice", "a test");
        MakeWhole(bench);
        await bench.PumpAsync();

        Assert.Equal([free], bench.Left.Keys);
    }

    [Fact]
    public async Task Hold_OfAnUpstream_LetsOthersTakeItsMail()
    {
        await using var bench = await OpenAsync(TwoUpstreams);
        using var holds = Book(bench);
        await holds.HoldAsync(new HoldScope { Upstream = "a" }, null, "alice", "its invoice");
        var entry = (await bench.Door.AcceptAsync(Receive.Submissions.Plain, "one@y.example"))[0];

        Assert.True(bench.Door.Started.TryDequeue(out _));
        Assert.Equal(1, bench.Upstream("b").Workers);

        var explanation = await bench.ExplainAsync(entry.Id);
        var held = explanation.Upstreams.Single(upstream => upstream.Name == "a");
        Assert.Equal(UpstreamObstacle.Held, held.Obstacle);
        Assert.Contains("held by alice since 2026", WaitText.Of(held));
    }

    [Fact]
    public async Task Hold_OfTheOnlyUpstream_ParksAndSaysSo()
    {
        await using var bench = await OpenAsync();
        using var holds = Book(bench);
        await holds.HoldAsync(new HoldScope { Upstream = "a", Client = "acme" }, bench.Now.AddHours(2), "alice", "its invoice");
        var id = await bench.AcceptAsync("one@y.example");

        var wait = Assert.Single((await bench.ExplainAsync(id)).Waits);
        Assert.Equal((WaitKind.Upstream, bench.Now.AddHours(2)), (wait.Kind, wait.Until));
        Assert.True(bench.Door.Schedule.IsHeld(new LaneKey("acme", "cold", "ann@x.example")));

        await holds.EndAsync(static _ => true, "alice");
        await bench.PumpAsync();
        Assert.Contains(id, bench.Left.Keys);
    }

    [Fact]
    public async Task Hold_ForATime_EndsByItself()
    {
        await using var bench = await OpenAsync();
        using var holds = Book(bench);
        await holds.HoldAsync(new HoldScope { Client = "acme" }, bench.Now.AddHours(2), "alice", "lunch");
        var id = await bench.AcceptAsync("one@y.example");
        await bench.RunUntilAsync(bench.Now.AddMinutes(119));
        await holds.EndDueAsync();
        Assert.Single(bench.Door.Schedule.Holds.All);

        bench.Time.Advance(TimeSpan.FromMinutes(1));
        await holds.EndDueAsync();
        await bench.PumpAsync();

        Assert.Contains(id, bench.Left.Keys);
        Assert.Empty(await bench.Door.Store.ReadHoldsAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Hold_AfterARestart_IsInForceAgain()
    {
        await using var bench = await OpenAsync();
        using (var before = Book(bench))
            await before.HoldAsync(new HoldScope { Client = "acme" }, null, "alice", "a test");
        bench.Door.Schedule.Apply(HoldSet.None);
        using var after = Book(bench);

        await after.LoadAsync();

        Assert.Equal("alice", Assert.Single(bench.Door.Schedule.Holds.All).Who);
    }

    [Fact]
    public async Task Explain_HeldScope_TellsWhoSinceWhenAndWhy()
    {
        await using var bench = await OpenAsync();
        using var holds = Book(bench);
        await holds.HoldAsync(new HoldScope { Client = "acme", RecipientDomain = "y.example" }, bench.Now.AddHours(2), "alice", "a complaint");
        var id = await bench.AcceptAsync("one@y.example");

        var wait = Assert.Single((await bench.ExplainAsync(id)).Waits);

        Assert.Equal((WaitKind.Operator, bench.Now.AddHours(2)), (wait.Kind, wait.Until));
        Assert.Matches("^held by alice since 20[0-9 :Z-]+ until 20[0-9 :Z-]+: a complaint \\(client acme, recipient domain y.example\\)$", wait.Detail);
    }

    [Fact]
    public async Task Hold_BetweenRoutingAndLease_NoAttemptBegins()
    {
        await using var bench = await OpenAsync();
        using var holds = Book(bench);
        var entry = (await bench.Door.AcceptAsync(Receive.Submissions.Plain, "one@y.example"))[0];
        Assert.True(bench.Door.Started.TryDequeue(out var ready));
        await holds.HoldAsync(new HoldScope { Client = "acme" }, null, "alice", "a test");

        var lease = await bench.Door.Store.LeaseAsync(new LeaseRequest(entry.Id, entry.Epoch, "a", "main", "t", new byte[1], TimeSpan.FromMinutes(5)));

        Assert.Equal(LeaseOutcome.Gone, lease.Outcome);
        bench.Door.Schedule.Deferred(ready, bench.Now, wasTried: false);
        await bench.PumpAsync();
        Assert.Empty(bench.Left);
        await holds.EndAsync(static _ => true, "alice");
        await bench.PumpAsync();
        Assert.Equal([entry.Id], bench.Left.Keys);
    }

    private static Task<ExplainBench> OpenAsync(params UpstreamModel[] upstreams) =>
        ExplainBench.OpenAsync(ExplainBench.Model(Models.Pool(Models.Sender("ann@x.example", dailyLimit: 1000)), upstreams));

    // Another host behind the upstream's name: its circuit is closed, without a trial.
    private static void MakeWhole(ExplainBench bench) => bench.Replace(
        ExplainBench.Model(Models.Pool(Models.Sender("ann@x.example", dailyLimit: 1000)), Models.Upstream("a", port: 26) with { MaxConnections = 100 }));

    private static HoldBook Book(ExplainBench bench) => new(bench.Door.Store, bench.Door.Schedule, bench.Time, NullLogger<HoldBook>.Instance);
}
