using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Tests.Configuration;

public sealed class PaceTests
{
    private static readonly DateTimeOffset Last = new(2026, 8, 3, 6, 0, 0, TimeSpan.Zero);

    private static readonly Gen<double> Chances = Gen.Choose(0, 999_999).Select(part => part / 1e6);

    private static readonly Gen<TimeSpan> Spans = Gen.Choose(0, 86_400).Select(seconds => TimeSpan.FromSeconds(seconds));

    [Fact]
    public void L33_NextSend_Anything_IsNotBeforeTheGapAndWithinItsSpread() =>
        Prop.ForAll(Gen.Zip(Gen.Zip(Spans, Spans), Gen.Zip(Gen.Choose(-1, 1_000), Gen.Zip(Chances, Gen.Elements(true, false)))).ToArbitrary(), with =>
        {
            var ((gap, left), (units, (chance, spread))) = with;
            var wait = Pace.NextSend(Last, gap, spread, left, units, chance) - Last;

            Assert.InRange(wait, gap, (gap > left || !spread ? gap : left) * 1.5);
            if (spread)
                Assert.True(wait >= left / (Math.Max(units, 1) + 0.5) * 0.5);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(120, false, 0, 0.0, 120)]
    [InlineData(120, false, 0, 0.5, 150)]
    [InlineData(120, true, 36_600, 0.0, 600)] // 10 hours for 30 units: 20 minutes, from 10 to 30
    [InlineData(120, true, 36_600, 0.5, 1_200)]
    [InlineData(3_600, true, 36_600, 0.5, 4_500)]
    [InlineData(0, false, 36_000, 0.9, 0)]
    public void NextSend_ThirtyUnitsLeft_WaitsTheLongerOfBoth(int gap, bool spread, int left, double chance, int seconds) =>
        Assert.Equal(Last.AddSeconds(seconds), Pace.NextSend(Last, TimeSpan.FromSeconds(gap), spread, TimeSpan.FromSeconds(left), 30, chance));

    [Fact]
    public void NextSend_NoUnitsLeft_CountsAsOne() =>
        Assert.Equal(Last.AddHours(1), Pace.NextSend(Last, TimeSpan.Zero, true, TimeSpan.FromHours(1.5), 0, 0.5));

    [Fact]
    public void MeanInterval_IsThatOfAnEvenChance() =>
        Assert.Equal(TimeSpan.FromMinutes(20), Pace.MeanInterval(TimeSpan.FromMinutes(5), true, TimeSpan.FromSeconds(36_600), 30));

    [Fact]
    public void L33_ADayOfThirty_KeepsTheGapAndNoRegularSecond()
    {
        var (gap, random) = (TimeSpan.FromMinutes(8), new Random(33));
        var calendar = new SendCalendar(new SendWindow(DaysOfWeek.All, new TimeOnly(8, 0), new TimeOnly(17, 0)), TimeZoneInfo.Utc);
        var sends = new List<DateTimeOffset> { calendar.FirstOpen(new DateOnly(2026, 8, 3))!.Value };
        while (sends.Count < 30)
        {
            var next = Pace.NextSend(sends[^1], gap, true, calendar.OpenLeft(sends[^1]), 30 - sends.Count, random.NextDouble());
            if (!calendar.IsOpen(next))
                break;
            sends.Add(next);
        }

        Assert.Equal(30, sends.Count);
        Assert.All(sends.Zip(sends.Skip(1)), pair => Assert.True(pair.Second - pair.First >= gap));
        Assert.InRange(sends.Select(at => at.Second).Distinct().Count(), 15, 30);
    }
}
