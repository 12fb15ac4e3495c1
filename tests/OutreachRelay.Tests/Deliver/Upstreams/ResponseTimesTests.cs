using OutreachRelay.Deliver.Upstreams;

namespace OutreachRelay.Tests.Deliver.Upstreams;

public sealed class ResponseTimesTests
{
    private readonly ResponseTimes _times = new();

    [Fact]
    public void Quantile_NothingYet_IsNull() => Assert.Null(_times.Quantile(0.5));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 5)]
    [InlineData(0.9, 9)]
    [InlineData(1, 10)]
    public void Quantile_OneToTen_IsTheLeastThatTheShareDidNotExceed(double share, int seconds)
    {
        foreach (var time in (int[])[7, 1, 10, 4, 2, 9, 3, 8, 5, 6])
            _times.Add(TimeSpan.FromSeconds(time));

        Assert.Equal(TimeSpan.FromSeconds(seconds), _times.Quantile(share));
    }

    [Fact]
    public void Quantile_MoreThanTheWindow_ForgetsTheOldest()
    {
        _times.Add(TimeSpan.FromSeconds(100));
        for (var n = 0; n < ResponseTimes.Window; n++)
            _times.Add(TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromSeconds(1), _times.Quantile(1));
    }
}
