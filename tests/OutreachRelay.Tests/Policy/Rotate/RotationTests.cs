using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Protocols.Dmarc;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Policy.Rotate;

public sealed class RotationTests
{
    private readonly FakeTime _time = new();
    private readonly BudgetLedger _ledger;
    private readonly AssignmentCache _assignments;
    private readonly Rotation _rotation;

    public RotationTests()
    {
        var parts = new RotationParts(_time, new FakeStore());
        (_ledger, _assignments, _rotation) = (parts.Ledger, parts.Assignments, parts.Rotation);
    }

    [Fact]
    public void Plan_FreshPool_TakesEachSenderOnceBeforeAnyTwice()
    {
        var model = Models.Relay(Models.Sender("a@x.example"), Models.Sender("b@x.example"), Models.Sender("c@x.example"));

        var chosen = Enumerable.Range(0, 6).Select(i => Choose(model, $"to{i}@y.example")).ToList();

        Assert.Equal(["a@x.example", "b@x.example", "c@x.example", "a@x.example", "b@x.example", "c@x.example"], chosen);
    }

    [Fact]
    public void Plan_TwiceTheWeight_GetsTwiceTheShare()
    {
        var model = Models.Relay(Models.Sender("a@x.example", 100, weight: 2), Models.Sender("b@x.example", 100));

        var chosen = Enumerable.Range(0, 30).Select(i => Choose(model, $"to{i}@y.example")).CountBy(sender => sender).ToDictionary();

        Assert.Equal(20, chosen["a@x.example"]);
        Assert.Equal(10, chosen["b@x.example"]);
    }

    [Fact]
    public void Plan_BurstForASpreadPool_SharesByWeightThoughEachCouldSendOneNow()
    {
        var pool = Models.Pool([.. Enumerable.Range(1, 3).Select(weight => Models.Sender($"w{weight}@x.example", 15, weight))])
            with
        { Spread = true, Gap = TimeSpan.FromMinutes(5) };
        var model = Models.Relay(Models.Client(Models.Direction(pool, Models.Upstream("up"))));

        var chosen = Enumerable.Range(0, 24).Select(i => Choose(model, $"to{i}@y.example")).CountBy(sender => sender).ToDictionary();

        Assert.Equal([4, 8, 12], Enumerable.Range(1, 3).Select(weight => chosen[$"w{weight}@x.example"]));
    }

    [Fact]
    public void L37_WeightZero_IsNeverChosenForAFirstMail()
    {
        var model = Models.Relay(Models.Sender("a@x.example", weight: 0), Models.Sender("b@x.example", 3));

        var chosen = Enumerable.Range(0, 3).Select(i => Choose(model, $"to{i}@y.example"));

        Assert.All(chosen, sender => Assert.Equal("b@x.example", sender));
    }

    [Fact]
    public void Plan_AllUnitsOfTodayTaken_IsDueAtTheNextLocalMidnight()
    {
        var model = Models.Relay(Models.Sender("a@x.example", 1, zone: "Europe/Berlin"));
        Choose(model, "first@y.example");

        using var plan = Plan(model, "second@y.example");

        var candidate = plan.Groups[0].Candidates[0];
        Assert.Equal(new DateOnly(2026, 3, 3), candidate.Date);
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 23, 0, 0, TimeSpan.Zero), candidate.Due);
    }

    [Fact]
    public void L14_NoUnitBeforeExpiry_HasNoPlan()
    {
        var model = Models.Relay(Models.Sender("a@x.example", 0));

        Assert.False(Plan(model, "to@y.example").HasRoom);
    }

    [Fact]
    public void L14_NoUnitBeforeExpiry_LeavesNothingTaken()
    {
        var limited = Models.Sender("a@x.example", 1);
        var model = Models.Relay(limited);
        _assignments.Set("acme", "bound@y.example", "a@x.example");
        for (var i = 0; i < 4; i++)
            Choose(model, $"to{i}@y.example");

        Assert.False(Plan(model, "one@y.example", "bound@y.example").HasRoom);

        Assert.Equal(1, _ledger.Taken(BudgetKeys.Sender("a@x.example", new DateOnly(2026, 3, 2))));
    }

    [Fact]
    public void Plan_KnownRecipient_KeepsItsSenderEvenWhenOthersAreLessUsed()
    {
        var model = Models.Relay(Models.Sender("a@x.example"), Models.Sender("b@x.example"));
        _assignments.Set("acme", "to@y.example", "a@x.example");
        Choose(model, "other@y.example");

        Assert.Equal("a@x.example", Choose(model, "to@y.example"));
        Assert.Equal("a@x.example", Choose(model, "to@y.example"));
    }

    [Fact]
    public void L30_StickySenderOverBudget_WaitsForItsOwnNextDay()
    {
        var model = Models.Relay(Models.Sender("a@x.example", 1), Models.Sender("b@x.example", 1));
        Choose(model, "to@y.example");
        _assignments.Set("acme", "to@y.example", "a@x.example");

        using var plan = Plan(model, "to@y.example");

        Assert.Equal(("a@x.example", new DateOnly(2026, 3, 3)), (plan.Groups[0].Candidates[0].Sender, plan.Groups[0].Candidates[0].Date));
    }

    [Fact]
    public void L30_StickySenderRemoved_IsReassignedAndSaysWhatItReplaces()
    {
        var model = Models.Relay(Models.Sender("b@x.example"));
        _assignments.Set("acme", "to@y.example", "gone@x.example");

        using var plan = Plan(model, "to@y.example");

        Assert.Equal("b@x.example", plan.Groups[0].Candidates[0].Sender);
        Assert.Equal("gone@x.example", plan.Groups[0].Entries[0].KnownAssignment);
    }

    [Fact]
    public void Plan_NewRecipientsOfOneMessage_ShareOneSender()
    {
        var model = Models.Relay(Models.Sender("a@x.example"), Models.Sender("b@x.example"));

        using var plan = Plan(model, "one@y.example", "two@y.example", "three@y.example");

        Assert.Equal(3, Assert.Single(plan.Groups).Entries.Length);
        Assert.Equal(3, _ledger.Taken(BudgetKeys.Sender("a@x.example", new DateOnly(2026, 3, 2))));
    }

    [Fact]
    public void Plan_MoreNewRecipientsThanAnySenderCanTake_AreSplit()
    {
        var model = Models.Relay(Models.Sender("a@x.example", 1), Models.Sender("b@x.example", 1));

        using var plan = Plan(model, "one@y.example", "two@y.example");

        Assert.Equal(["a@x.example", "b@x.example"], plan.Groups.Select(group => group.Candidates[0].Sender));
    }

    [Fact]
    public void L31_DomainLimitReached_OtherDomainsGoOn()
    {
        var pool = Models.Pool(Models.Sender("a@x.example"), Models.Sender("b@x.example"), Models.Sender("c@z.example")) with { DomainDailyLimit = 1 };
        var model = Models.Relay(Models.Client(Models.Direction(pool, Models.Upstream("up"))));

        Assert.Equal("a@x.example", Choose(model, "one@y.example"));
        Assert.Equal("c@z.example", Choose(model, "two@y.example"));
        using var next = Plan(model, "three@y.example");
        Assert.Equal(new DateOnly(2026, 3, 3), next.Groups[0].Candidates[0].Date);
    }

    [Fact]
    public void L32_DomainLimit_IsSharedBySubdomainsAndNotByNeighbours()
    {
        SenderModel Of(string address, string registered) => Models.Sender(address) with { RegisteredDomain = registered };
        var pool = Models.Pool(Of("a@m1.x.example", "x.example"), Of("b@m2.x.example", "x.example"), Of("c@y.example", "y.example")) with { DomainDailyLimit = 1 };
        var model = Models.Relay(Models.Client(Models.Direction(pool, Models.Upstream("up"))));

        Assert.Equal("a@m1.x.example", Choose(model, "one@z.example"));
        Assert.Equal("c@y.example", Choose(model, "two@z.example"));
        using var next = Plan(model, "three@z.example");
        Assert.Equal(new DateOnly(2026, 3, 3), next.Groups[0].Candidates[0].Date);
        Assert.Contains(BudgetKeys.Domain("x.example", new DateOnly(2026, 3, 3)), next.Groups[0].Candidates[0].Claims.Select(claim => claim.Key));
    }

    [Fact]
    public void L32_EntryOfASubdomain_GivesBackWhatWasTaken()
    {
        var entry = Entries.Queued() with { Sender = "a@m1.x.co.uk", UnitDate = new DateOnly(2026, 3, 2) };
        var registered = new RegisteredDomains(() => PublicSuffixList.Parse("co.uk"));

        Assert.Contains(BudgetKeys.Domain("x.co.uk", new DateOnly(2026, 3, 2)), BudgetKeys.Of(entry, registered));
    }

    [Fact]
    public void Plan_DirectionLimitReached_MovesToTheNextDay()
    {
        var direction = Models.Direction(Models.Pool(Models.Sender("a@x.example")), Models.Upstream("up")) with { DailyLimit = 1 };
        var model = Models.Relay(Models.Client(direction));
        Choose(model, "one@y.example");

        using var next = Plan(model, "two@y.example");

        Assert.Equal(new DateOnly(2026, 3, 3), next.Groups[0].Candidates[0].Date);
    }

    [Fact]
    public void Plan_Disposed_GivesItsUnitsBackToMemory()
    {
        var model = Models.Relay(Models.Sender("a@x.example"));

        Plan(model, "to@y.example").Dispose();

        Assert.Equal(0, _ledger.Taken(BudgetKeys.Sender("a@x.example", new DateOnly(2026, 3, 2))));
    }

    [Fact]
    public void W17_PreferredSenderWithRoom_IsTaken()
    {
        var model = Models.Relay(Models.Sender("a@x.example"), Models.Sender("b@x.example"));
        var request = Request(model, "to@y.example") with { Preferred = "b@x.example" };

        using var plan = _rotation.Plan(request, 0);

        Assert.Equal("b@x.example", plan.Groups[0].Candidates[0].Sender);
    }

    [Fact]
    public void W17_PreferredSenderWithoutRoomToday_IsRotatedLikeAnyOther()
    {
        var model = Models.Relay(Models.Sender("a@x.example"), Models.Sender("b@x.example", 0));
        var request = Request(model, "to@y.example") with { Preferred = "b@x.example" };

        using var plan = _rotation.Plan(request, 0);

        Assert.Equal("a@x.example", plan.Groups[0].Candidates[0].Sender);
    }

    [Fact]
    public void L37_PreferredSenderOfWeightZero_IsRotatedLikeAnyOther()
    {
        var model = Models.Relay(Models.Sender("a@x.example"), Models.Sender("b@x.example", weight: 0));

        using var plan = _rotation.Plan(Request(model, "to@y.example") with { Preferred = "b@x.example" }, 0);

        Assert.Equal("a@x.example", plan.Groups[0].Candidates[0].Sender);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("warm")]
    public void W17_PreferredSenderThatNoUpstreamOfTheDirectionMayCarry_IsRotatedLikeAnyOther(string pool)
    {
        using var plan = _rotation.Plan(Request(TwoPools(pool, "elsewhere"), "to@y.example") with { Preferred = "b@z.example" }, 0);

        Assert.Equal("a@x.example", plan.Groups[0].Candidates[0].Sender);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("warm")]
    public void W17_PreferredSenderWhosePreflightFailsAtTheDirectionsUpstreams_IsRotatedLikeAnyOther(string pool)
    {
        var model = TwoPools(pool, "up", "elsewhere");
        var request = Request(model, "to@y.example") with { Preferred = "b@z.example" };
        using (var before = _rotation.Plan(request, 0))
            Assert.Equal("b@z.example", before.Groups[0].Candidates[0].Sender);
        lock (_ledger.Gate)
            _ledger.Senders.Get("b@z.example", "z.example").Failing = ["up"];

        using var plan = _rotation.Plan(request, 0);

        Assert.Equal("a@x.example", plan.Groups[0].Candidates[0].Sender);
    }

    [Fact]
    public void Plan_AfterManyConflicts_GoesByTheLimitsAlone()
    {
        var model = Models.Relay(Models.Sender("a@x.example", 7));

        using var first = _rotation.Plan(Request(model, "one@y.example"), 0);
        using var later = _rotation.Plan(Request(model, "two@y.example"), 5);

        Assert.NotEqual(long.MaxValue, first.Groups[0].Candidates[0].Claims[0].Expected);
        Assert.All(later.Groups[0].Candidates[0].Claims, claim => Assert.Equal(long.MaxValue, claim.Expected));
        Assert.Equal(7, later.Groups[0].Candidates[0].Claims[0].Limit);
    }

    [Fact]
    public void Plan_ClaimsAreInTheOrderInWhichCountersAreLocked()
    {
        using var plan = Plan(Models.Relay(Models.Sender("a@x.example")), "to@y.example");

        Assert.Equal(
            [CounterScope.Sender, CounterScope.Domain, CounterScope.Direction, CounterScope.Client],
            plan.Groups[0].Candidates[0].Claims.Select(claim => claim.Key.Scope));
    }

    // The default direction leaves by "up", another of the client's by "elsewhere"; b@z.example is of either one's pool.
    private static RelayModel TwoPools(string pool, params string[] upstreams)
    {
        SenderModel[] senders = [Models.Sender("a@x.example"), Models.Sender("b@z.example", upstreams: upstreams) with { Pool = pool }];
        var cold = Models.Direction(Models.Pool([.. senders.Where(static sender => sender.Pool == "pool")]), Models.Upstream("up"));
        var warm = Models.Pool([.. senders.Where(static sender => sender.Pool == "warm")]) with { Name = "warm" };
        return Models.Relay(Models.Client(cold, Models.Direction(warm, Models.Upstream("elsewhere")) with { Name = "warm" }));
    }

    // Chooses a sender and takes the unit for good, as a commit would.
    private string Choose(RelayModel model, string recipient)
    {
        var plan = Plan(model, recipient);
        var candidate = plan.Groups[0].Candidates[0];
        var taken = candidate.Claims.Select(claim => new CounterValue(claim.Key, _ledger.Taken(claim.Key))).ToList();
        plan.Dispose();
        _ledger.Publish(taken);
        return candidate.Sender;
    }

    private RotationPlan Plan(RelayModel model, params string[] recipients) => _rotation.Plan(Request(model, recipients), 0);

    private RotationRequest Request(RelayModel model, params string[] recipients) => new()
    {
        Model = model,
        Direction = model.Clients["acme"].DefaultDirection,
        Recipients = [.. recipients.Select(recipient => new PlannedRecipient(recipient, recipient, default))],
        Expires = _time.GetUtcNow() + TimeSpan.FromDays(3),
    };
}
