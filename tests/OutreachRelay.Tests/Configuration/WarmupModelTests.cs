using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Configuration;

public sealed class WarmupModelTests
{
    private static readonly DateOnly Since = new(2026, 8, 3);

    [Theory]
    [InlineData(5, 2, 30, 0, 5, 3, 11, 7, 19, 10, 25, 12, 29, 13, 30, 14, 30, 18, 30)]
    [InlineData(5, 2, 40, 0, 5, 3, 11, 7, 19, 10, 25, 12, 29, 13, 31, 14, 33, 18, 40)]
    [InlineData(5, 1, 30, 0, 5, 3, 8, 7, 12, 10, 15, 12, 17, 13, 18, 14, 19, 18, 23, 25, 30, 26, 30)]
    public void L16_Cap_ByDay_DependsOnTheDateAlone(long start, long step, long limit, params int[] daysAndCaps)
    {
        var warmup = new WarmupModel(start, step, Since, 30);

        Assert.All(daysAndCaps.Chunk(2), pair => Assert.Equal(pair[1], warmup.Cap(Since.AddDays(pair[0]), null, limit)));
    }

    [Fact]
    public void L17_StartInTheFuture_IsZeroUntilThen()
    {
        var warmup = new WarmupModel(5, 2, Since, 30);

        Assert.Equal([0, 0, 5], new[] { -400, -1, 0 }.Select(day => warmup.Cap(Since.AddDays(day), null, 30)));
    }

    [Fact]
    public void L17_StartChanged_FollowsAtOnce()
    {
        var warmup = new WarmupModel(5, 2, Since, 30);

        Assert.Equal((11, 7), (warmup.Cap(Since.AddDays(3), null, 30), (warmup with { Since = Since.AddDays(2) }).Cap(Since.AddDays(3), null, 30)));
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(0, 0)]
    public void L17_StartAboveTheLimit_IsCutToIt(long limit, long cap) =>
        Assert.Equal(cap, new WarmupModel(5, 2, Since, 30).Cap(Since, null, limit));

    [Theory]
    [InlineData(60, 60, 5)]
    [InlineData(61, 60, 7)]
    [InlineData(59, 60, 0)]
    [InlineData(3, -10, 11)] // an older gap than the warm-up itself
    public void L18_Resumed_BeginsTheRampAgain(int day, int resumed, long cap) =>
        Assert.Equal(cap, new WarmupModel(5, 2, Since, 30).Cap(Since.AddDays(day), Since.AddDays(resumed), 30));

    [Fact]
    public void Cap_Anything_GrowsWithTheDateAndStaysWithinTheLimit()
    {
        var numbers = Gen.OneOf(Gen.Choose(0, 100).Select(number => (long)number), Gen.Elements(0L, int.MaxValue, long.MaxValue));
        var dates = Gen.Choose(DateOnly.MinValue.DayNumber, DateOnly.MaxValue.DayNumber - 1).Select(DateOnly.FromDayNumber);
        Prop.ForAll(Gen.Zip(Gen.Zip(numbers, numbers), Gen.Zip(numbers, Gen.Zip(dates, dates))).ToArbitrary(), with =>
        {
            var ((start, step), (limit, (since, date))) = with;
            var warmup = new WarmupModel(start, step, since, 30);
            var (today, tomorrow) = (warmup.Cap(date, null, limit), warmup.Cap(date.AddDays(1), null, limit));

            Assert.InRange(tomorrow, today, limit);
            Assert.InRange(today, 0, date < since ? 0 : limit);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 20)]
    [InlineData(1, 30)]
    [InlineData(48, 500)]
    public void RampOfADomain_ByDay_Grows(int day, long cap) => Assert.Equal(cap, new RampModel(20, 10).Cap(Since.AddDays(day), Since));
}
