using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

public abstract class BudgetContract(StoreHarness harness) : StoreContract(harness)
{
    [Fact]
    public async Task L6_HundredAsksForTheLastUnit_GiveExactlyOne()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(async () => await Store.AcceptAsync(
            Request(Group([Candidate("a@s.example", Claim("a@s.example", limit: 1))], Draft($"p{i}@example.com")))))));

        Assert.Single(results.OfType<AcceptResult.Accepted>());
        Assert.All(results.OfType<AcceptResult.Conflict>(), conflict => Assert.Equal(1, Assert.Single(conflict.Counters).Used));
        Assert.Equal(1, await UsedAsync("a@s.example"));
    }

    [Fact]
    public async Task Accept_FirstCandidateFull_TakesTheSecond()
    {
        await AcceptOneAsync();

        var accepted = await AcceptAsync(Request(Group(
            [Candidate("a@s.example", Claim("a@s.example", limit: 1)), Candidate("b@s.example")], Draft("joe@example.com"))));

        Assert.Equal("b@s.example", accepted.Entries[0].Sender);
    }

    [Fact]
    public async Task Accept_FirstCandidateOnlyStale_IsAConflict()
    {
        await AcceptOneAsync();

        var result = await Store.AcceptAsync(Request(Group(
            [Candidate("a@s.example", Claim("a@s.example", limit: 9, expected: 0)), Candidate("b@s.example")], Draft("joe@example.com"))));

        Assert.Equal(new CounterValue(Key("a@s.example"), 1), Assert.Single(Assert.IsType<AcceptResult.Conflict>(result).Counters));
    }

    [Fact]
    public async Task Accept_FirstCandidateFullAndStale_TakesTheSecond()
    {
        await AcceptOneAsync();

        var accepted = await AcceptAsync(Request(Group(
            [Candidate("a@s.example", Claim("a@s.example", limit: 1, expected: 0)), Candidate("b@s.example")], Draft("joe@example.com"))));

        Assert.Equal("b@s.example", accepted.Entries[0].Sender);
    }

    [Fact]
    public async Task Accept_OneClaimOfTheTreeFull_TakesNoneOfTheUnits()
    {
        var claims = new CounterClaim[]
        {
            Claim("a@s.example"), new(Key("s.example", CounterScope.Domain), 0, 0), new(Key("crm", CounterScope.Client), 5, 0),
        };

        Assert.IsType<AcceptResult.Conflict>(await Store.AcceptAsync(Request(Group([Candidate("a@s.example", claims)], Draft("joe@example.com")))));

        Assert.Empty(await Store.ReadCountersAsync(Today, CancellationToken.None));
    }

    [Fact]
    public async Task Accept_GroupsThatShareACounter_CountTogether()
    {
        var shared = new CounterClaim(Key("crm", CounterScope.Client), 3, 0);
        EntryGroup Two(string sender, string recipients) => Group(
            [Candidate(sender, Claim(sender, expected: 0), shared)], Draft(recipients + "1@example.com"), Draft(recipients + "2@example.com"));

        var result = await Store.AcceptAsync(Request(Two("a@s.example", "p"), Two("b@s.example", "q")));

        Assert.IsType<AcceptResult.Conflict>(result);
        Assert.Equal(0, Store.Counts.Queued);
        await AcceptAsync(Request(Two("a@s.example", "p"), Two("b@s.example", "q") with { Entries = [Draft("q1@example.com")] }));
    }

    [Fact]
    public async Task Accept_Accepted_TellsTheCountersAfterTheCommit()
    {
        var told = new List<CounterValue>();
        Store.CountersCommitted = told.AddRange;

        var accepted = await AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("one@example.com"), Draft("two@example.com"))));

        Assert.Equal([new CounterValue(Key("a@s.example"), 2)], accepted.Counters);
        Assert.Equal(accepted.Counters, told);
    }

    [Fact]
    public async Task Accept_ListenerToCountersFails_IsAcceptedAllTheSame()
    {
        Store.CountersCommitted = _ => throw new InvalidOperationException();

        await AcceptOneAsync();

        Assert.Equal(1, Store.Counts.Queued);
    }

    [Fact]
    public async Task Accept_Sticky_BindsTheRecipient()
    {
        await AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com", sticky: true))));

        Assert.Equal("a@s.example", await Store.ReadAssignmentAsync("crm", "jane@example.com", CancellationToken.None));
        Assert.Null(await Store.ReadAssignmentAsync("other", "jane@example.com", CancellationToken.None));
    }

    [Fact]
    public async Task Accept_AssignmentNotAsBelieved_IsAConflictThatNamesIt()
    {
        await AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com", sticky: true))));

        var result = await Store.AcceptAsync(Request(Group([Candidate("b@s.example")], Draft("jane@example.com", sticky: true))));

        Assert.Equal(
            new KeyValuePair<string, string?>("jane@example.com", "a@s.example"),
            Assert.Single(Assert.IsType<AcceptResult.Conflict>(result).Assignments));
    }

    [Fact]
    public async Task Accept_AssignmentBelievedButGone_IsAConflictThatSaysNone()
    {
        var result = await Store.AcceptAsync(
            Request(Group([Candidate("a@s.example")], Draft("jane@example.com", sticky: true, known: "a@s.example"))));

        Assert.Equal(
            new KeyValuePair<string, string?>("jane@example.com", null), Assert.Single(Assert.IsType<AcceptResult.Conflict>(result).Assignments));
    }

    [Fact]
    public async Task Accept_AnotherSenderTakenKnowingly_ReplacesTheAssignment()
    {
        await AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com", sticky: true))));

        await AcceptAsync(Request(Group([Candidate("b@s.example")], Draft("jane@example.com", sticky: true, known: "a@s.example"))));

        Assert.Equal("b@s.example", await Store.ReadAssignmentAsync("crm", "jane@example.com", CancellationToken.None));
    }

    [Fact]
    public async Task Accept_ManySendersForOneStickyRecipientAtOnce_BindOne()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(async () => await Store.AcceptAsync(
            Request(Group([Candidate($"s{i}@s.example")], Draft("jane@example.com", sticky: true)))))));

        var accepted = Assert.Single(results.OfType<AcceptResult.Accepted>());
        Assert.Equal(accepted.Entries[0].Sender, await Store.ReadAssignmentAsync("crm", "jane@example.com", CancellationToken.None));
        Assert.All(results.OfType<AcceptResult.Conflict>(), conflict => Assert.Equal(accepted.Entries[0].Sender, conflict.Assignments[0].Value));
    }

    [Fact]
    public async Task Counters_AfterARestart_AreThere()
    {
        await AcceptOneAsync();
        await ReopenAsync();

        await AcceptOneAsync("joe@example.com");

        Assert.Equal(2, await UsedAsync("a@s.example"));
    }
}
