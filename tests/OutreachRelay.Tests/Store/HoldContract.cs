using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

/// <summary>Scopes that the operator holds.</summary>
public abstract class HoldContract(StoreHarness harness) : StoreContract(harness)
{
    private static readonly LaneKey Lane = new("crm", "sales", "a@s.example");

    [Fact]
    public async Task Hold_Kept_IsThereAfterARestart()
    {
        var scope = new HoldScope { Client = "crm", Direction = "sales", Sender = "a@s.example", Upstream = "sendgrid" };
        var hold = await Store.HoldAsync(scope, Time.GetUtcNow().AddHours(2), "alice", "a test");

        await ReopenAsync();

        Assert.Equal(new QueueHold(hold!.Id, scope, Time.GetUtcNow(), Time.GetUtcNow().AddHours(2), "alice", "a test"), Assert.Single(await ReadHoldsAsync()));
    }

    [Fact]
    public async Task Hold_SameScopeAgain_ChangesWhyAndHowLong()
    {
        var first = await HoldAsync(new HoldScope { Client = "crm" });
        Pass(TimeSpan.FromHours(1));

        var second = await Store.HoldAsync(new HoldScope { Client = "crm" }, Time.GetUtcNow().AddHours(2), "bob", "another reason");

        Assert.Equal(first with { Until = Time.GetUtcNow().AddHours(2), Who = "bob", Reason = "another reason" }, second);
        Assert.Equal(second, Assert.Single(await ReadHoldsAsync()));
    }

    [Fact]
    public async Task EndHolds_Some_LeavesTheOthers()
    {
        var first = await HoldAsync(new HoldScope { Client = "crm" });
        var second = await HoldAsync(new HoldScope());

        Assert.True(await Store.EndHoldsAsync([first.Id, 99]));

        Assert.Equal(second, Assert.Single(await ReadHoldsAsync()));
    }

    [Theory]
    [InlineData("crm", null, null, null, null, true)]
    [InlineData("other", null, null, null, null, false)]
    [InlineData(null, "sales", null, null, null, true)]
    [InlineData("crm", "other", null, null, null, false)]
    [InlineData(null, null, "a@s.example", null, null, true)]
    [InlineData(null, null, "b@s.example", null, null, false)]
    [InlineData(null, null, null, "sendgrid", null, true)]
    [InlineData(null, null, null, "ses", null, false)]
    [InlineData(null, null, null, null, "example.com", true)]
    [InlineData(null, null, null, null, "ample.com", false)]
    [InlineData("crm", "sales", "a@s.example", "sendgrid", null, true)]
    [InlineData("crm", "sales", "a@s.example", null, "example.org", false)]
    [InlineData(null, null, null, null, null, true)]
    public async Task Lease_ScopeIsHeld_DoesNotComeAbout(string? client, string? direction, string? sender, string? upstream, string? domain, bool held)
    {
        var entry = await AcceptOneAsync();
        var hold = await HoldAsync(
            new HoldScope { Client = client, Direction = direction, Sender = sender, Upstream = upstream, RecipientDomain = domain });

        var lease = await LeaseAsync(entry.Id, 0);
        Assert.Equal(held ? LeaseOutcome.Gone : LeaseOutcome.Leased, lease.Outcome);
        Assert.Equal(held ? 0 : 1, (await Store.ReadAttemptsAsync(entry.Id, CancellationToken.None)).Length);

        await Store.EndHoldsAsync([hold.Id]);
        if (held)
            Assert.Equal(LeaseOutcome.Leased, (await LeaseAsync(entry.Id, 0)).Outcome);
    }

    [Fact]
    public async Task ReadLane_DomainIsHeld_GivesWhatStandsBehindIt()
    {
        for (var i = 0; i < 50; i++)
            await AcceptOneAsync($"p{i}@held.example");
        var free = await AcceptOneAsync("jane@example.com");
        await HoldAsync(new HoldScope { Client = "crm", RecipientDomain = "held.example" });

        var page = await Store.ReadLaneAsync(Lane, EntryRank.FollowUpHigh, EntryRank.FirstLow, Time.GetUtcNow(), 5, CancellationToken.None);

        Assert.Equal(free.Id, Assert.Single(page.Entries).Id);
        Assert.False(page.HasMore);
    }

    [Fact]
    public async Task ReadLanes_AllOfALaneIsHeldByItsDomain_LeavesItOut()
    {
        await AcceptOneAsync("jane@held.example");
        var other = await AcceptOneAsync("jane@example.com", "b@s.example");
        await HoldAsync(new HoldScope { RecipientDomain = "held.example" });

        Assert.Equal(new LaneHead(Lane with { Sender = "b@s.example" }, other.Due), Assert.Single(await Store.ReadLanesAsync(CancellationToken.None)));
    }

    [Fact]
    public async Task S45_ExpiryWhileItsScopeIsHeld_EndsTheEntry()
    {
        var entry = await AcceptOneAsync();
        await HoldAsync(new HoldScope { Client = "crm" });
        Pass(TimeSpan.FromDays(3));

        await Store.SweepAsync(10, GiveBack);

        Assert.Equal(EntryState.Expired, (await ReadAsync(entry.Id)).State);
    }

    private async Task<QueueHold> HoldAsync(HoldScope scope)
    {
        var hold = await Store.HoldAsync(scope, null, "alice", "a test");
        Assert.NotNull(hold);
        return hold;
    }

    private async Task<QueueHold[]> ReadHoldsAsync() => [.. await Store.ReadHoldsAsync(CancellationToken.None)];
}
