using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;
using OutreachRelay.Tests.Policy.Rotate.Month;
using OutreachRelay.Tests.Receive;

namespace OutreachRelay.Tests.Policy.Rotate;

/// <summary>What reloads, restarts and days do to a rotation under way.</summary>
public sealed class RotationLifeTests
{
    private const string Client = "127.0.0.1";

    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task L15_CapRaisedAtNoon_WaitingMailMovesUpInItsOrder()
    {
        await using var relay = await SimulatedRelay.StartAsync(Model(Models.Sender("a@x.example", 1)), Noon);
        for (var i = 0; i < 3; i++)
            await relay.SubmitAsync(Client, [$"to{i}@y.example"]);
        await relay.StepAsync(TimeSpan.FromMinutes(1));
        Assert.Single(relay.Sent);

        relay.Reload(Model(Models.Sender("a@x.example", 3)));
        await relay.StepAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(["to0@y.example", "to1@y.example", "to2@y.example"], relay.Sent.Select(mail => mail.Recipient));
    }

    [Fact]
    public async Task L15_CapLoweredBelowTodaysUse_NoMoreToday()
    {
        var paced = TimeSpan.FromMinutes(5);
        await using var relay = await SimulatedRelay.StartAsync(Model(paced, Models.Sender("a@x.example", 10)), Noon);
        await relay.SubmitAsync(Client, Enumerable.Range(0, 4).Select(i => $"to{i}@y.example"));
        for (var i = 0; i < 8; i++)
            await relay.StepAsync(TimeSpan.FromMinutes(1));
        var sent = relay.Sent.Count;
        Assert.InRange(sent, 1, 3);

        relay.Reload(Model(paced, Models.Sender("a@x.example", 1)));
        for (var i = 0; i < 11; i++)
            await relay.StepAsync(TimeSpan.FromHours(1));

        Assert.Equal(sent, relay.Sent.Count);
    }

    [Fact]
    public async Task L35_WindowClosedForTwoDays_UsesNoAttempt()
    {
        var weekend = new SendCalendar(new SendWindow(DaysOfWeek.Saturday, new TimeOnly(8, 0), new TimeOnly(18, 0)), TimeZoneInfo.Utc);
        var model = Model(Models.Sender("a@x.example") with { Calendar = weekend });
        await using var relay = await SimulatedRelay.StartAsync(model with { Delivery = model.Delivery with { Expire = TimeSpan.FromDays(9) } }, Noon);
        await relay.SubmitAsync(Client, ["to@y.example"]);

        for (var hour = 0; hour < 48; hour++)
            await relay.StepAsync(TimeSpan.FromHours(1));

        var waiting = Assert.Single(await relay.WaitingAsync());
        Assert.Equal((EntryState.Queued, 0, new DateOnly(2026, 3, 7)), (waiting.State, waiting.Attempts, waiting.UnitDate));
    }

    [Fact]
    public async Task L22_PoolGrowsByTenAndLosesOne_OnlyRecipientsOfTheLostOneMove()
    {
        SenderModel[] before = [.. Enumerable.Range(0, 5).Select(i => Models.Sender($"s{i}@x.example"))];
        await using var door = await Door.OpenAsync(before);
        var known = new Dictionary<string, string>();
        for (var i = 0; i < 20; i++)
            known[$"to{i}@y.example"] = (await door.AcceptAsync(Submissions.Plain, $"to{i}@y.example"))[0].Sender!;

        var model = Models.Relay([.. before[1..], .. Enumerable.Range(0, 10).Select(i => Models.Sender($"new{i}@x.example", weight: 3))]);
        door.Relay.Replace(model);
        door.Schedule.Apply(model);

        foreach (var (recipient, sender) in known)
        {
            var now = (await door.AcceptAsync(Submissions.Plain + "again\r\n", recipient))[0].Sender;
            if (sender == "s0@x.example")
                Assert.NotEqual(sender, now);
            else
                Assert.Equal(sender, now);
        }
    }

    [Fact]
    public async Task L36_RestartInTheMiddle_TheOrderGoesOn()
    {
        await using var door = await Door.OpenAsync([.. "abcd".Select(name => Models.Sender($"{name}@x.example"))]);
        var chosen = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            chosen.Add((await door.AcceptAsync(Submissions.Plain, $"to{i}@y.example"))[0].Sender!);
            await door.RestartAsync();
        }

        Assert.Equal(4, chosen.Distinct().Count());
    }

    [Fact]
    public async Task L5_RestartJustBeforeAndAfterMidnight_CountsAreRightForBothDays()
    {
        var time = new FakeTime(new DateTimeOffset(2026, 3, 2, 23, 59, 59, TimeSpan.Zero));
        await using var door = await Door.OpenAsync(Models.Relay(Models.Sender("a@x.example", 3)), time);
        await door.AcceptAsync(Submissions.Plain, "one@y.example");
        await door.RestartAsync();
        await door.AcceptAsync(Submissions.Plain, "two@y.example");
        time.Advance(TimeSpan.FromSeconds(2));
        await door.RestartAsync();
        await door.AcceptAsync(Submissions.Plain, "three@y.example");

        Assert.Equal((2, 1), (Taken(2), Taken(3)));

        long Taken(int day) => door.Ledger.Taken(BudgetKeys.Sender("a@x.example", new DateOnly(2026, 3, day)));
    }

    [Theory]
    [InlineData("Jane@Y.example", "jane@y.EXAMPLE", true)]
    [InlineData("jane@bücher.example", "jane@xn--bcher-kva.example", true)]
    [InlineData("jane+crm@y.example", "jane@y.example", false)]
    [InlineData("ja.ne@y.example", "jane@y.example", false)]
    public async Task L12_SpellingsOfARecipient_AreOneOrTwo(string first, string second, bool same)
    {
        await using var door = await Door.OpenAsync(Models.Sender("a@x.example"), Models.Sender("b@x.example"));

        var one = (await door.AcceptAsync(Submissions.Plain, first))[0].Sender;
        var two = (await door.AcceptAsync(Submissions.Plain, second))[0].Sender;

        Assert.Equal(same, one == two);
    }

    private static RelayModel Model(params SenderModel[] senders) => Model(TimeSpan.Zero, senders);

    private static RelayModel Model(TimeSpan gap, params SenderModel[] senders) => Models.Relay(Models.Client(
        Models.Direction(Models.Pool(senders) with { Gap = gap }, Models.Upstream("a") with { MaxConnections = int.MaxValue })));
}
