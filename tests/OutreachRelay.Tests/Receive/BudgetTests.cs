namespace OutreachRelay.Tests.Receive;

/// <summary>Parallel submissions share what is left of a day.</summary>
public sealed class BudgetTests
{
    private static readonly DateOnly Today = new(2026, 3, 2);

    [Theory]
    [InlineData(37)]
    [InlineData(1)]
    public async Task L6_HundredAtOnceForTheLastUnits_ExactlyThatManyAreTodays(int left)
    {
        await using var door = await Door.OpenAsync(Models.Sender("ann@x.example", dailyLimit: 100));
        await door.AcceptAsync(Submissions.Plain, [.. Enumerable.Range(left, 100 - left).Select(i => $"before{i}@y.example")]);

        var replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => door.SubmitAsync(Submissions.Plain, $"to{i}@y.example"))));

        Assert.All(replies, reply => Assert.True(reply.IsPositive));
        var dates = (await door.AllEntriesAsync()).CountBy(entry => entry.UnitDate!.Value).ToDictionary();
        Assert.Equal(new Dictionary<DateOnly, int> { [Today] = 100, [Today.AddDays(1)] = 100 - left }, dates);
    }

    [Fact]
    public async Task L6_LastUnitOfOneSender_TheOthersGoToOtherSenders()
    {
        await using var door = await Door.OpenAsync(Models.Sender("a@x.example", dailyLimit: 1), Models.Sender("b@x.example", dailyLimit: 99));

        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => door.SubmitAsync(Submissions.Plain, $"to{i}@y.example"))));

        var senders = (await door.AllEntriesAsync()).CountBy(entry => (entry.Sender, entry.UnitDate)).ToDictionary();
        Assert.Equal(1, senders[("a@x.example", Today)]);
        Assert.Equal(99, senders[("b@x.example", Today)]);
    }
}
