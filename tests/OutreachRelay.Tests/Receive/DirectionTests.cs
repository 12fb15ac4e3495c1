using System.Collections.Frozen;
using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Receive;

/// <summary>Which direction a message takes, and which sender it gets from what it says of itself.</summary>
public sealed class DirectionTests
{
    private static readonly PoolModel Warm = Models.Pool(Models.Sender("w@x.example") with { Pool = "warm" }) with { Name = "warm" };

    private static readonly PoolModel Foreign = Models.Pool(Models.Sender("carl@z.example") with { Pool = "foreign" }) with { Name = "foreign" };

    private static RelayModel Model(bool controlHeaders)
    {
        var cold = Models.Direction(Models.Pool(Models.Sender("a@x.example"), Models.Sender("b@x.example")), Models.Upstream("a"));
        var warm = Models.Direction(Warm, Models.Upstream("a")) with { Name = "warm" };
        var foreign = cold with { Client = "other", Name = "secret-campaign", Pool = Foreign };
        return Models.Relay(
            Models.Client(cold, warm) with { ControlHeaders = controlHeaders },
            Models.Client(foreign) with { Name = "other", Networks = [] });
    }

    [Theory]
    [InlineData(false, "cold")]
    [InlineData(true, "warm")]
    public async Task R49_DirectionField_CountsOnlyWithTheRight(bool allowed, string direction)
    {
        await using var door = await Door.OpenAsync(Model(allowed));
        var entry = Assert.Single(await door.AcceptAsync("X-Outreach-Direction: warm\r\n" + Submissions.Plain, "to@y.example"));
        Assert.Equal(direction, entry.Direction);
        Assert.Equal(direction == "warm", entry.Sender == "w@x.example");
    }

    [Fact]
    public async Task R51_DirectionOfAnotherClient_IsAnsweredLikeOneThatDoesNotExist()
    {
        await using var door = await Door.OpenAsync(Model(controlHeaders: true));

        var foreign = await door.SubmitAsync("X-Outreach-Direction: secret-campaign\r\n" + Submissions.Plain, "to@y.example");
        var unknown = await door.SubmitAsync("X-Outreach-Direction: nothing\r\n" + Submissions.Plain, "to@y.example");

        Assert.Equal("550 5.7.1 Not allowed", foreign.ToString());
        Assert.Equal(foreign, unknown);
        Assert.All(door.Log, line => Assert.Equal("Refused a message of acme: 550 5.7.1 Not allowed", line));
        Assert.Equal(2, door.Log.Count);
        Assert.Empty(await door.AllEntriesAsync());
    }

    [Fact]
    public async Task R51_DirectionOfAnotherClientWithoutTheRight_IsIgnored()
    {
        await using var door = await Door.OpenAsync(Model(controlHeaders: false));
        var entry = Assert.Single(await door.AcceptAsync("X-Outreach-Direction: secret-campaign\r\n" + Submissions.Plain, "to@y.example"));
        Assert.Equal("cold", entry.Direction);
    }

    [Theory]
    [InlineData("From: carl@z.example")]
    [InlineData("From: Carl <CARL@Z.example>")]
    [InlineData("From: a@x.example, carl@z.example\r\nSender: a@x.example")]
    [InlineData("From: carl@z.example\r\nAuto-Submitted: auto-replied")]
    public async Task R51_AuthorIsASenderOfAnotherClient_IsRefusedAndNothingIsTold(string fields)
    {
        await using var door = await Door.OpenAsync(Model(controlHeaders: false));

        Assert.Equal("550 5.7.1 Not allowed", (await door.SubmitAsync(fields + "\r\n\r\n", "to@y.example")).ToString());

        Assert.Equal(["acme named a sender of another client as the author", "Refused a message of acme: 550 5.7.1 Not allowed"], door.Log);
        Assert.Empty(await door.AllEntriesAsync());
    }

    [Fact]
    public async Task R51_AuthorOfAPoolThatNobodyUses_IsRotatedLikeAnyOther()
    {
        var idle = Models.Sender("dora@z.example") with { Pool = "idle" };
        var model = Model(controlHeaders: false);
        await using var door = await Door.OpenAsync(model with { Senders = model.Senders.Values.Append(idle).ToFrozenDictionary(sender => sender.Key) });

        Assert.Equal("a@x.example", Assert.Single(await door.AcceptAsync("From: dora@z.example\r\n\r\n", "to@y.example")).Sender);
    }

    [Fact]
    public async Task W17_AuthorIsASenderOfThePool_IsKeptAndCounted()
    {
        await using var door = await Door.OpenAsync(Model(controlHeaders: false));
        for (var i = 0; i < 3; i++)
            Assert.Equal("b@x.example", (await door.AcceptAsync("From: B@X.example\r\n\r\n", $"to{i}@y.example"))[0].Sender);
        Assert.Equal(3, await UsedAsync(door, "b@x.example"));
    }

    [Fact]
    public async Task W17_AuthorHasNoRoomToday_IsRotated()
    {
        await using var door = await Door.OpenAsync(Models.Sender("a@x.example"), Models.Sender("b@x.example", dailyLimit: 1));
        await door.AcceptAsync("From: b@x.example\r\n\r\n", "to@y.example");

        var second = Assert.Single(await door.AcceptAsync("From: b@x.example\r\n\r\n", "you@y.example"));

        Assert.Equal(("a@x.example", new DateOnly(2026, 3, 2)), (second.Sender, second.UnitDate));
    }

    [Theory]
    [InlineData("Auto-Submitted: auto-replied")]
    [InlineData("Content-Type: multipart/report; report-type=disposition-notification; boundary=b")]
    [InlineData("Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b")]
    [InlineData("Content-Type: application/pkcs7-mime; smime-type=enveloped-data")]
    [InlineData("Content-Type: text/calendar; method=REQUEST")]
    public async Task W27_W28_AuthorMustStay_OnlyAnOwnSenderMaySend(string field)
    {
        await using var door = await Door.OpenAsync(Model(controlHeaders: false));

        Assert.StartsWith("550 5.7.1", (await door.SubmitAsync($"From: jane@crm.example\r\n{field}\r\n\r\n", "to@y.example")).ToString());
        Assert.StartsWith("550 5.7.1", (await door.SubmitAsync($"{field}\r\n\r\n", "to@y.example")).ToString());
        foreach (var recipient in (string[])["one@y.example", "two@y.example"])
            Assert.Equal("b@x.example", (await door.AcceptAsync($"From: Bob <b@x.example>\r\n{field}\r\n\r\n", recipient))[0].Sender);
    }

    [Fact]
    public async Task W28_AuthorMustStayAndNoUpstreamOfTheDirectionMayCarryIt_IsRefused()
    {
        var model = Models.Relay(Models.Client(
            Models.Direction(Models.Pool(Models.Sender("a@x.example"), Models.Sender("b@x.example", upstreams: "elsewhere")), Models.Upstream("a"))));
        await using var door = await Door.OpenAsync(model);

        Assert.StartsWith("550 5.7.1", (await door.SubmitAsync("From: b@x.example\r\nAuto-Submitted: auto-replied\r\n\r\n", "to@y.example")).ToString());

        Assert.Empty(await door.AllEntriesAsync());
        Assert.Equal("a@x.example", Assert.Single(await door.AcceptAsync("From: b@x.example\r\n\r\n", "to@y.example")).Sender);
    }

    [Fact]
    public async Task L37_AuthorMustStayAndHasWeightZero_IsKept()
    {
        await using var door = await Door.OpenAsync(Models.Sender("a@x.example"), Models.Sender("b@x.example", weight: 0));

        Assert.Equal("b@x.example", Assert.Single(await door.AcceptAsync("From: b@x.example\r\nAuto-Submitted: auto-replied\r\n\r\n", "to@y.example")).Sender);
    }

    [Fact]
    public async Task W28_AuthorMustStay_BindsNoRecipient()
    {
        await using var door = await Door.OpenAsync(Model(controlHeaders: false));
        await door.AcceptAsync("From: b@x.example\r\nAuto-Submitted: auto-replied\r\n\r\n", "to@y.example");

        Assert.Null(door.Assignments.Find("acme", "to@y.example"));
        Assert.Null(await door.Store.ReadAssignmentAsync("acme", "to@y.example", CancellationToken.None));
        Assert.Equal("a@x.example", (await door.AcceptAsync(Submissions.Plain, "to@y.example"))[0].Sender);
    }

    private static async Task<long> UsedAsync(Door door, string sender)
    {
        var counters = await door.Store.ReadCountersAsync(new DateOnly(2026, 3, 2), CancellationToken.None);
        return counters.Single(counter => counter.Key.Name == sender).Used;
    }
}
