using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Tests.Receive;

/// <summary>R29: a client that missed our reply sends again.</summary>
public sealed class RepetitionTests
{
    private const string Message = "From: jane@crm.example\r\nMessage-ID: <1@crm.example>\r\n\r\nhello\r\n";

    private readonly FakeTime _time = new();

    [Fact]
    public async Task R29_SentAgainWithinTheWindow_IsTheFirst()
    {
        await using var door = await OpenAsync();
        var first = await door.SubmitAsync(Message, "to@y.example");
        _time.Advance(TimeSpan.FromMinutes(59));

        Assert.Equal(first, await door.SubmitAsync(Message, "TO@y.example"));
        Assert.Single(await door.AllEntriesAsync());
        Assert.Single(door.Started);
    }

    [Fact]
    public async Task R29_SentAgainAfterARestart_IsTheFirst()
    {
        await using var door = await OpenAsync();
        var first = await door.SubmitAsync(Message, "to@y.example");
        await door.RestartAsync();
        Assert.Equal(first, await door.SubmitAsync(Message, "to@y.example"));
    }

    [Fact]
    public async Task R29_SentAgainAfterTheWindow_IsNew()
    {
        await using var door = await OpenAsync();
        var first = await door.SubmitAsync(Message, "to@y.example");
        _time.Set(_time.GetUtcNow().AddMinutes(61));

        Assert.NotEqual(first, await door.SubmitAsync(Message, "to@y.example"));
        Assert.Equal(2, (await door.AllEntriesAsync()).Length);
    }

    [Theory]
    [InlineData("From: jane@crm.example\r\nMessage-ID: <1@crm.example>\r\n\r\nhellO\r\n", "to@y.example")]
    [InlineData("From: jane@crm.example\r\nMessage-ID: <2@crm.example>\r\n\r\nhello\r\n", "to@y.example")]
    [InlineData(Message, "you@y.example")]
    public async Task R29_AnotherOctetOrRecipient_IsNew(string content, string recipient)
    {
        await using var door = await OpenAsync();
        var first = await door.SubmitAsync(Message, "to@y.example");
        Assert.NotEqual(first, await door.SubmitAsync(content, recipient));
        Assert.Equal(2, (await door.AllEntriesAsync()).Length);
    }

    [Fact]
    public async Task R29_OneMoreRecipient_OnlyThatOneIsNew()
    {
        await using var door = await OpenAsync();
        await door.SubmitAsync(Message, "to@y.example");

        var entry = Assert.Single(await door.AcceptAsync(Message, "to@y.example", "you@y.example"));

        Assert.Equal("you@y.example", entry.Recipient);
        Assert.Equal(2, (await door.AllEntriesAsync()).Length);
    }

    [Fact]
    public async Task R29_SentAgainWhenNoSenderHasRoom_IsTheFirstAndMovesNobody()
    {
        await using var door = await Door.OpenAsync(Models.Sender("a@x.example", dailyLimit: 1));
        var first = await door.SubmitAsync(Message, "to@y.example");
        SmtpReply last;
        var others = 0;
        do
            last = await door.SubmitAsync($"From: jane@crm.example\r\nMessage-ID: <other{++others}@crm.example>\r\n\r\nhello\r\n", $"other{others}@y.example");
        while (last.IsPositive);
        Assert.StartsWith("450 4.4.5", last.ToString());
        var entries = await door.AllEntriesAsync();

        Assert.Equal(first, await door.SubmitAsync(Message, "to@y.example"));
        Assert.Equal(entries.AsEnumerable(), await door.AllEntriesAsync());
    }

    [Theory]
    [InlineData("From: jane@crm.example\r\n\r\nhello\r\n")]
    [InlineData("From: jane@crm.example\r\nMessage-ID: \r\n\r\nhello\r\n")]
    public async Task R29_WithoutMessageId_IsNeverARepetition(string content)
    {
        await using var door = await OpenAsync();
        Assert.NotEqual(await door.SubmitAsync(content, "to@y.example"), await door.SubmitAsync(content, "to@y.example"));
    }

    [Fact]
    public async Task R29_LargeMessageSentAgain_LeavesOneFile()
    {
        await using var door = await OpenAsync();
        var content = Submissions.OfLength(600_000);

        Assert.Equal(await door.SubmitAsync(content, "to@y.example"), await door.SubmitAsync(content, "to@y.example"));
        Assert.Single(door.Kept);
        Assert.Empty(door.Spooled);
    }

    [Fact]
    public async Task R29_SentTwiceAtOnce_IsOneEntry()
    {
        await using var door = await OpenAsync();
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => door.SubmitAsync(Message, "to@y.example"))));
        Assert.Single(replies.Distinct());
        Assert.Single(await door.AllEntriesAsync());
    }

    private Task<Door> OpenAsync() => Door.OpenAsync(Models.Relay(Models.Sender("a@x.example"), Models.Sender("b@x.example")), _time);
}
