using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Receive;

/// <summary>Recipients that are suppressed, at the door.</summary>
public sealed class SuppressionTests
{
    private const string Jane = "jane@target.example";

    private static readonly DirectionModel Cold = Models.Direction(Models.Pool(Models.Sender("ann@x.example")), Models.Upstream("a"));

    [Fact]
    public async Task R25_OneOfTheRecipientsIsSuppressed_OnlyThatOneIsRefused()
    {
        await using var door = await Door.OpenAsync();
        await door.Suppressions.Book.SuppressAsync("acme", Models.Mailbox(Jane), SuppressionReason.OptOut, "a test", door.Time.GetUtcNow());
        var session = door.Connect();
        await session.MailAsync();

        Assert.StartsWith("250", (await session.RcptAsync("good@target.example")).ToString());
        Assert.Equal("550 5.7.1 The recipient is suppressed: opt-out", (await session.RcptAsync(Jane)).ToString());
        var entries = await door.EntriesAsync(await session.DataAsync(System.Text.Encoding.ASCII.GetBytes(Submissions.Plain)));

        Assert.Equal("good@target.example", Assert.Single(entries).Recipient);
    }

    [Theory]
    [InlineData(SuppressionReason.HardBounce, "hard bounce")]
    [InlineData(SuppressionReason.Complaint, "complaint")]
    [InlineData(SuppressionReason.Manual, "by hand")]
    [InlineData(SuppressionReason.Import, "imported")]
    [InlineData(SuppressionReason.Provider, "by the provider")]
    public async Task R25_AnyReason_IsNamed(SuppressionReason reason, string words)
    {
        await using var door = await Door.OpenAsync();
        await door.Suppressions.Book.SuppressAsync(null, Models.Mailbox(Jane), reason, "a test", door.Time.GetUtcNow());

        Assert.Equal("550 5.7.1 The recipient is suppressed: " + words, (await door.SubmitAsync(Submissions.Plain, Jane)).ToString());
    }

    [Theory]
    [InlineData("JANE@TARGET.EXAMPLE")]
    [InlineData("jane+crm@target.example")]
    [InlineData("Jane+a+b@Target.example")]
    public async Task F24_AnotherSpelling_IsRefusedToo(string spelling)
    {
        await using var door = await Door.OpenAsync();
        await door.Suppressions.Book.SuppressAsync("acme", Models.Mailbox(Jane), SuppressionReason.OptOut, "a test", door.Time.GetUtcNow());
        await door.RestartAsync();

        Assert.StartsWith("550 5.7.1", (await door.SubmitAsync(Submissions.Plain, spelling)).ToString());
    }

    [Fact]
    public async Task F23_OptOutAtOneClient_LeavesTheOther()
    {
        var other = Models.Client(Cold with { Client = "other", Pool = Models.Pool(Models.Sender("bob@z.example")) with { Name = "second" } }) with
        {
            Name = "other",
            Networks = [System.Net.IPNetwork.Parse("10.0.0.0/8")],
        };
        await using var door = await Door.OpenAsync(Models.Relay(Models.Client(Cold), other));
        await door.Suppressions.Book.SuppressAsync("acme", Models.Mailbox(Jane), SuppressionReason.OptOut, "a test", door.Time.GetUtcNow());

        Assert.StartsWith("550 5.7.1", (await door.SubmitAsync(Submissions.Plain, Jane)).ToString());
        Assert.StartsWith("250", (await door.Connect("10.0.0.1").SubmitAsync(System.Text.Encoding.ASCII.GetBytes(Submissions.Plain), Jane)).ToString());

        await door.Suppressions.Book.SuppressAsync(null, Models.Mailbox(Jane), SuppressionReason.Manual, "a test", door.Time.GetUtcNow());
        Assert.StartsWith("550 5.7.1", (await door.Connect("10.0.0.1").SubmitAsync(System.Text.Encoding.ASCII.GetBytes(Submissions.Plain), Jane)).ToString());
    }

    [Fact]
    public async Task Rcpt_DirectionIsSuppressedAndTheClientMayChooseAnother_IsTaken()
    {
        await using var fixedDoor = await Door.OpenAsync(Models.Relay(Models.Client(Cold)));
        await using var freeDoor = await Door.OpenAsync(Models.Relay(Models.Client(Cold) with { ControlHeaders = true }));
        foreach (var door in (Door[])[fixedDoor, freeDoor])
        {
            await door.Suppressions.Book.SuppressAsync(
                [new SuppressRequest(SuppressionParts.Hash(Jane), new SuppressionScope("acme", "cold"), SuppressionReason.OptOut, door.Time.GetUtcNow(), "a test")]);
        }

        Assert.StartsWith("550", (await fixedDoor.SubmitAsync(Submissions.Plain, Jane)).ToString());
        Assert.StartsWith("250", (await freeDoor.SubmitAsync(Submissions.Plain, Jane)).ToString());
    }

    [Fact]
    public async Task Rcpt_SuppressedAreToBeDropped_IsTaken()
    {
        var model = Models.Relay(Models.Sender("ann@x.example"));
        await using var door = await Door.OpenAsync(model with { Policy = model.Policy with { DropsSuppressed = true } });
        await door.Suppressions.Book.SuppressAsync("acme", Models.Mailbox(Jane), SuppressionReason.OptOut, "a test", door.Time.GetUtcNow());

        Assert.Single(await door.AcceptAsync(Submissions.Plain, Jane));
    }

    [Fact]
    public async Task Rcpt_StoreCannotBeAsked_Is451AndThoseNeverSuppressedAreTaken()
    {
        await using var door = await Door.OpenAsync();
        await door.Suppressions.Book.SuppressAsync("acme", Models.Mailbox(Jane), SuppressionReason.OptOut, "a test", door.Time.GetUtcNow());
        var session = door.Connect();
        await session.MailAsync();
        await door.Store.DisposeAsync();

        Assert.StartsWith("451 4.3.0", (await session.RcptAsync(Jane)).ToString());
        Assert.StartsWith("250", (await session.RcptAsync("joe@target.example")).ToString());
    }

    [Fact]
    public async Task Load_ManySuppressions_KnowsEachAfterARestart()
    {
        await using var door = await Door.OpenAsync();
        var hashes = Enumerable.Range(0, 25_000).Select(i => SuppressionParts.Hash($"p{i}@target.example")).ToList();
        foreach (var chunk in hashes.Chunk(1000))
        {
            await door.Store.SuppressAsync([.. chunk.Select(hash =>
                new SuppressRequest(hash, SuppressionScope.Global, SuppressionReason.Import, door.Time.GetUtcNow(), "a list"))]);
        }
        await door.RestartAsync();

        Assert.True(door.Suppressions.Book.IsLoaded);
        Assert.All(hashes, hash => Assert.True(door.Suppressions.Book.MayBeSuppressed(hash)));
        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => door.Suppressions.Book.MayBeSuppressed(SuppressionParts.Hash($"s{i}@target.example"))), 0, 200);
    }
}
