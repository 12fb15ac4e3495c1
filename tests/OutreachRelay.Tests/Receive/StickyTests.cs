using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Receive;

/// <summary>A recipient hears from one sender.</summary>
public sealed class StickyTests
{
    private static readonly SenderModel[] Senders = [Models.Sender("a@x.example"), Models.Sender("b@x.example"), Models.Sender("c@x.example")];

    [Fact]
    public async Task Sticky_SecondMail_GetsTheSameSender()
    {
        await using var door = await Door.OpenAsync(Senders);
        var first = await SenderAsync(door, "to@y.example");
        await SenderAsync(door, "other@y.example");

        Assert.Equal(first, await SenderAsync(door, "To@Y.example"));
    }

    [Fact]
    public async Task Sticky_MemoryForgot_TheStoreCorrectsByAConflict()
    {
        await using var door = await Door.OpenAsync(Senders);
        var first = await SenderAsync(door, "to@y.example");
        door.Assignments.Set("acme", "to@y.example", null);

        Assert.Equal(first, await SenderAsync(door, "to@y.example"));
        Assert.Equal(first, door.Assignments.Find("acme", "to@y.example"));
    }

    [Fact]
    public async Task Sticky_MemoryIsWrong_TheStoreCorrectsByAConflict()
    {
        await using var door = await Door.OpenAsync(Senders);
        var first = await SenderAsync(door, "to@y.example");
        door.Assignments.Set("acme", "to@y.example", "c@x.example");

        Assert.Equal(first, await SenderAsync(door, "to@y.example"));
    }

    [Fact]
    public async Task Sticky_AfterARestart_GetsTheSameSender()
    {
        await using var door = await Door.OpenAsync(Senders);
        await SenderAsync(door, "other@y.example");
        var first = await SenderAsync(door, "to@y.example");

        await door.RestartAsync();

        Assert.Equal(first, await SenderAsync(door, "to@y.example"));
    }

    [Fact]
    public async Task Sticky_SeveralRecipients_ShareOneSenderAndKeepTheirOwn()
    {
        await using var door = await Door.OpenAsync(Senders);
        var known = await SenderAsync(door, "known@y.example");

        var senders = (await door.AcceptAsync(Submissions.Plain, "one@y.example", "known@y.example", "two@y.example")).ToDictionary(entry => entry.Recipient, entry => entry.Sender);

        Assert.Equal(known, senders["known@y.example"]);
        Assert.Equal(senders["one@y.example"], senders["two@y.example"]);
        Assert.NotEqual(known, senders["one@y.example"]);
    }

    [Fact]
    public async Task Sticky_Off_BindsNobodyInMemoryOrOnDisk()
    {
        var pool = Models.Pool(Senders) with { Sticky = Stickiness.Off };
        await using var door = await Door.OpenAsync(Models.Relay(Models.Client(Models.Direction(pool, Models.Upstream("a")))));

        Assert.NotEqual(await SenderAsync(door, "to@y.example"), await SenderAsync(door, "to@y.example"));
        Assert.Null(door.Assignments.Find("acme", "to@y.example"));
        Assert.Null(await door.Store.ReadAssignmentAsync("acme", "to@y.example", CancellationToken.None));
    }

    private static async Task<string?> SenderAsync(Door door, string recipient) => (await door.AcceptAsync(Submissions.Plain, recipient))[0].Sender;
}
