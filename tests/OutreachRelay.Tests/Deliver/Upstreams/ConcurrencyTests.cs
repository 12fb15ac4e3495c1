using OutreachRelay.Deliver.Upstreams;

namespace OutreachRelay.Tests.Deliver.Upstreams;

public sealed class ConcurrencyTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Limit_AtFirst_IsTheMost() => Assert.Equal(8, new Concurrency(8).Limit);

    [Fact]
    public void Succeeded_AfterARestart_GrowsByOneForAsManySuccesses()
    {
        var concurrency = new Concurrency(3);
        concurrency.Restart();

        Assert.Equal([1, 2, 2, 2, 3, 3, 3], Enumerable.Range(0, 7).Select(_ => Then(concurrency.Limit, concurrency.Succeeded)));
        Assert.True(concurrency.IsFull);
    }

    [Theory]
    [InlineData(8, 8, 4)]
    [InlineData(8, 5, 2)]
    [InlineData(8, 1, 1)]
    [InlineData(1, 1, 1)]
    [InlineData(100, 0, 1)]
    public void Throttled_HalvesWhatRuns(int most, int busy, int expected)
    {
        var concurrency = new Concurrency(most);

        concurrency.Throttled(busy, Now);

        Assert.Equal(expected, concurrency.Limit);
    }

    [Fact]
    public void Throttled_ManySideBySide_CountOnce()
    {
        var concurrency = new Concurrency(16);

        for (var reply = 0; reply < 16; reply++)
            concurrency.Throttled(16, Now.AddMilliseconds(reply));
        Assert.Equal(8, concurrency.Limit);

        concurrency.Throttled(8, Now.AddSeconds(1));
        Assert.Equal(4, concurrency.Limit);
    }

    [Theory]
    [InlineData(8, false, 4, 4)]
    [InlineData(8, false, 12, 12)]
    [InlineData(8, true, 12, 4)]
    [InlineData(8, true, 2, 2)]
    public void Change_Most_RaisesOnlyWhatWasNotLowered(int before, bool throttled, int after, int expected)
    {
        var concurrency = new Concurrency(before);
        if (throttled)
            concurrency.Throttled(before, Now);

        concurrency.Change(after);

        Assert.Equal(expected, concurrency.Limit);
    }

    private static int Then(int value, Action next)
    {
        next();
        return value;
    }
}
