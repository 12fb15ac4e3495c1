using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

/// <summary>Who is not mailed, and the soft bounces that may come to that.</summary>
public abstract class SuppressionContract(StoreHarness harness) : StoreContract(harness)
{
    private static readonly RecipientHash Jane = new(UInt128.Parse("20000000000000000000000000000000"));
    private static readonly SuppressionScope Crm = new("crm");
    private static readonly SoftBounceRule ThreeInAMonth = new(3, TimeSpan.FromDays(30), TimeSpan.FromDays(10));

    [Fact]
    public async Task Suppress_ForAClient_HoldsForAllOfItsDirectionsAndForNoOtherClient()
    {
        Assert.Equal(SuppressOutcome.Added, await SuppressAsync(Crm, SuppressionReason.OptOut));
        await ReopenAsync();

        Assert.Equal(new SuppressionRecord(Jane, Crm, SuppressionReason.OptOut, Time.GetUtcNow(), null, "a test", "jane@example.com"), await FindAsync("crm", "sales"));
        Assert.NotNull(await FindAsync("crm", null));
        Assert.Null(await FindAsync("shop", "sales"));
        Assert.Null(await FindAsync("crm", "sales", new RecipientHash(Jane.Value + 1)));
    }

    [Fact]
    public async Task F23_Suppress_ForAllClients_HoldsForEach()
    {
        await SuppressAsync(SuppressionScope.Global, SuppressionReason.Manual);

        Assert.Equal(SuppressionScope.Global, (await FindAsync("crm", "sales"))!.Scope);
        Assert.NotNull(await FindAsync("a client that the store never saw", null));
    }

    [Fact]
    public async Task Suppress_ForADirection_HoldsForThatAlone()
    {
        await SuppressAsync(new SuppressionScope("crm", "sales"), SuppressionReason.OptOut);

        Assert.NotNull(await FindAsync("crm", "sales"));
        Assert.Null(await FindAsync("crm", "news"));
        Assert.Null(await FindAsync("crm", null));
    }

    [Theory]
    [InlineData(SuppressionReason.OptOut, SuppressionReason.Import, SuppressOutcome.Existing, SuppressionReason.OptOut)]
    [InlineData(SuppressionReason.OptOut, SuppressionReason.Complaint, SuppressOutcome.Existing, SuppressionReason.OptOut)]
    [InlineData(SuppressionReason.Import, SuppressionReason.OptOut, SuppressOutcome.Changed, SuppressionReason.OptOut)]
    [InlineData(SuppressionReason.HardBounce, SuppressionReason.Manual, SuppressOutcome.Existing, SuppressionReason.HardBounce)]
    public async Task Suppress_Again_KeepsWhatHasMoreWeight(SuppressionReason first, SuppressionReason second, SuppressOutcome outcome, SuppressionReason kept)
    {
        await SuppressAsync(Crm, first);
        Pass(TimeSpan.FromDays(1));

        Assert.Equal(outcome, await SuppressAsync(Crm, second));

        Assert.Equal(kept, (await FindAsync("crm", "sales"))!.Reason);
    }

    [Fact]
    public async Task F19_OptOut_Repeated_KeepsTheFirstTime()
    {
        var first = Time.GetUtcNow();
        await SuppressAsync(Crm, SuppressionReason.OptOut);
        Pass(TimeSpan.FromDays(1));

        Assert.Equal(SuppressOutcome.Existing, await SuppressAsync(Crm, SuppressionReason.OptOut));

        Assert.Equal(first, (await FindAsync("crm", null))!.At);
    }

    [Fact]
    public async Task Suppress_Until_EndsByItself()
    {
        await Store.SuppressAsync([Request(Crm, SuppressionReason.Manual) with { Until = Time.GetUtcNow().AddDays(1) }]);
        Assert.NotNull(await FindAsync("crm", null));
        Pass(TimeSpan.FromDays(1));
        Assert.Null(await FindAsync("crm", null));
        Assert.Empty((await Store.ListSuppressionsAsync(new SuppressionFilter(), CancellationToken.None)).Suppressions);

        await Store.PurgeAsync(TimeSpan.FromDays(30), 10);

        Assert.Empty(await Store.ReadSuppressedAsync(default, 10, CancellationToken.None));
    }

    [Fact]
    public async Task SoftBounces_EnoughWithinTheSpan_AreAQuarantine()
    {
        Assert.Equal(SuppressOutcome.Counted, await BounceAsync());
        Pass(TimeSpan.FromDays(10));
        Assert.Equal(SuppressOutcome.Counted, await BounceAsync());
        Pass(TimeSpan.FromDays(10));
        Assert.Null(await FindAsync("crm", null));
        Assert.Equal(SuppressOutcome.Added, await BounceAsync());

        var found = await FindAsync("crm", null);
        Assert.Equal((SuppressionReason.SoftBounce, Time.GetUtcNow().AddDays(10)), (found!.Reason, found.Until));
        Pass(TimeSpan.FromDays(10));
        Assert.Null(await FindAsync("crm", null));
        Assert.Equal(SuppressOutcome.Counted, await BounceAsync());
    }

    [Fact]
    public async Task SoftBounces_OverALongerTime_AreNone()
    {
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(SuppressOutcome.Counted, await BounceAsync());
            Pass(TimeSpan.FromDays(16));
        }
    }

    [Fact]
    public async Task SoftBounces_WithADeliveryBetween_BeginAnew()
    {
        var entry = await AcceptOneAsync();
        await LeaseAsync(entry.Id, 0);
        await SettleAsync(entry.Id, 1, EntryState.Relayed);
        await BounceAsync();
        Pass(TimeSpan.FromHours(1));
        await BounceAsync();
        Pass(TimeSpan.FromHours(1));
        await Store.RecordAsync([new OutcomeEvent { Kind = OutcomeKind.Delivered, Time = Time.GetUtcNow(), Upstream = "sendgrid", Correlation = "corr0", DedupKey = "1" }]);
        Pass(TimeSpan.FromHours(1));

        Assert.Equal(SuppressOutcome.Counted, await BounceAsync());
        Pass(TimeSpan.FromHours(1));
        Assert.Equal(SuppressOutcome.Counted, await BounceAsync());
        Pass(TimeSpan.FromHours(1));
        Assert.Equal(SuppressOutcome.Added, await BounceAsync());
    }

    [Fact]
    public async Task SoftBounces_ToldTwice_CountOnce()
    {
        for (var i = 0; i < 5; i++)
            Assert.Equal(SuppressOutcome.Counted, await BounceAsync());
    }

    [Fact]
    public async Task Unsuppress_Quarantine_ReleasesByHandAndForgetsTheBounces()
    {
        for (var i = 0; i < 3; i++)
        {
            await BounceAsync();
            Pass(TimeSpan.FromHours(1));
        }
        Assert.Equal(UnsuppressOutcome.Done, await Store.UnsuppressAsync(Jane, Crm, evenIfAsked: false));

        Assert.Null(await FindAsync("crm", null));
        Assert.Equal(SuppressOutcome.Counted, await BounceAsync());
    }

    [Theory]
    [InlineData(SuppressionReason.OptOut)]
    [InlineData(SuppressionReason.Complaint)]
    public async Task Unsuppress_WhatTheRecipientAskedFor_NeedsToBeSaid(SuppressionReason reason)
    {
        await SuppressAsync(Crm, reason);

        Assert.Equal(UnsuppressOutcome.Unknown, await Store.UnsuppressAsync(Jane, SuppressionScope.Global, evenIfAsked: true));
        Assert.Equal(UnsuppressOutcome.Asked, await Store.UnsuppressAsync(Jane, Crm, evenIfAsked: false));
        Assert.NotNull(await FindAsync("crm", null));
        Assert.Equal(UnsuppressOutcome.Done, await Store.UnsuppressAsync(Jane, Crm, evenIfAsked: true));
        Assert.Null(await FindAsync("crm", null));
    }

    [Fact]
    public async Task Suppress_ByAnEntrysLink_KeepsItsAddressAndLeavesAnEvent()
    {
        var entry = await AcceptOneAsync();

        for (var i = 0; i < 3; i++)
            await Store.SuppressAsync([Request(Crm, SuppressionReason.OptOut) with { Address = null, EntryId = entry.Id }]);

        Assert.Equal("jane@example.com", (await FindAsync("crm", null))!.Address);
        Assert.Equal(StoreEventKind.Unsubscribed, Assert.Single(await Store.ReadEventsAsync(entry.Id, CancellationToken.None)).Kind);
    }

    [Fact]
    public async Task F21_Suppress_ByTheLinkOfAPurgedEntry_IsKeptByTheHash()
    {
        Assert.Equal(SuppressOutcome.Added, (await Store.SuppressAsync([Request(Crm, SuppressionReason.OptOut) with { Address = null, EntryId = 12345 }]))[0]);

        Assert.Null((await FindAsync("crm", null))!.Address);
    }

    [Fact]
    public async Task Settle_WithASuppression_WritesBothOrNone()
    {
        var entry = await AcceptOneAsync();
        await LeaseAsync(entry.Id, 0);
        var settlement = new Settlement
        {
            EntryId = entry.Id,
            Epoch = 1,
            State = EntryState.Failed,
            UsedStep = true,
            Stage = AttemptStage.Rcpt,
            Code = 550,
            Reply = "550 5.1.1 unknown",
            Suppress = Request(Crm, SuppressionReason.HardBounce),
        };

        Assert.Equal(SettleOutcome.Stale, (await Store.SettleAsync(settlement with { Epoch = 7 })).Outcome);
        Assert.Null(await FindAsync("crm", null));
        Assert.Equal(SettleOutcome.Settled, (await Store.SettleAsync(settlement)).Outcome);
        Assert.Equal(SuppressionReason.HardBounce, (await FindAsync("crm", null))!.Reason);
    }

    [Fact]
    public async Task List_Pages_GiveEachOnce()
    {
        var requests = Enumerable.Range(0, 250).Select(i => new SuppressRequest(
            new RecipientHash(UInt128.MaxValue / 251 * (UInt128)(i + 1)), i % 2 == 0 ? Crm : SuppressionScope.Global, SuppressionReason.Import, Time.GetUtcNow(), "a list")).ToList();
        await Store.SuppressAsync(requests);

        Assert.Equal(250, (await ListAsync(new SuppressionFilter { Limit = 7 })).Count);
        Assert.Equal(125, (await ListAsync(new SuppressionFilter { Limit = 7, Client = "crm" })).Count);
        Assert.Equal(125, (await ListAsync(new SuppressionFilter { Limit = 7, Global = true })).Count);
        Assert.Equal(requests[3].Recipient, Assert.Single(await ListAsync(new SuppressionFilter { Recipient = requests[3].Recipient })).Recipient);
        Assert.Empty(await ListAsync(new SuppressionFilter { Reason = SuppressionReason.OptOut }));
        Assert.Empty(await ListAsync(new SuppressionFilter { Client = "nobody" }));
        Assert.Equal(requests.Select(request => request.Recipient).Order(), await Store.ReadSuppressedAsync(default, 1000, CancellationToken.None));
    }

    private async Task<List<SuppressionRecord>> ListAsync(SuppressionFilter filter)
    {
        var found = new List<SuppressionRecord>();
        for (SuppressionCursor? after = null; ;)
        {
            var page = await Store.ListSuppressionsAsync(filter with { After = after }, CancellationToken.None);
            found.AddRange(page.Suppressions);
            if ((after = page.Next) is null)
                break;
        }
        Assert.Equal(found.Distinct(), found);
        return found;
    }

    private SuppressRequest Request(SuppressionScope scope, SuppressionReason reason) =>
        new(Jane, scope, reason, Time.GetUtcNow(), "a test") { Address = "jane@example.com" };

    private async Task<SuppressOutcome> SuppressAsync(SuppressionScope scope, SuppressionReason reason) => (await Store.SuppressAsync([Request(scope, reason)]))[0];

    private async Task<SuppressOutcome> BounceAsync() =>
        (await Store.SuppressAsync([Request(Crm, SuppressionReason.SoftBounce) with { Rule = ThreeInAMonth }]))[0];

    private async Task<SuppressionRecord?> FindAsync(string client, string? direction, RecipientHash? recipient = null) =>
        await Store.FindSuppressionAsync(recipient ?? Jane, client, direction, CancellationToken.None);
}
