using OutreachRelay.Policy.Rotate;

namespace OutreachRelay.Tests.Policy.Rotate;

public sealed class LocalDayTests
{
    [Theory]
    [InlineData("Pacific/Auckland", "2026-03-02T10:59:59Z", "2026-03-02")]
    [InlineData("Pacific/Auckland", "2026-03-02T11:00:00Z", "2026-03-03")]
    [InlineData("Europe/Berlin", "2026-03-02T22:59:59Z", "2026-03-02")]
    [InlineData("Europe/Berlin", "2026-03-02T23:00:00Z", "2026-03-03")]
    [InlineData("America/Los_Angeles", "2026-03-03T07:59:59Z", "2026-03-02")]
    [InlineData("America/Los_Angeles", "2026-03-03T08:00:00Z", "2026-03-03")]
    public void L1_MidnightOfEachZone_ChangesTheDateThere(string zone, string now, string date)
    {
        var day = new LocalDay(TimeZoneInfo.FindSystemTimeZoneById(zone));

        Assert.Equal(DateOnly.Parse(date), day.Date(DateTimeOffset.Parse(now)));
    }

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-29", 23)] // the day loses an hour
    [InlineData("Europe/Berlin", "2026-10-25", 25)] // and gets it back
    [InlineData("Europe/Berlin", "2026-06-01", 24)]
    public void L2_DayOfAClockChange_HasItsOwnLength(string zone, string date, int hours)
    {
        var day = new LocalDay(TimeZoneInfo.FindSystemTimeZoneById(zone));

        var length = day.Start(DateOnly.Parse(date).AddDays(1)) - day.Start(DateOnly.Parse(date));

        Assert.Equal(TimeSpan.FromHours(hours), length);
    }

    // In Beirut the clocks go forward at midnight, so the day begins at one.
    [Fact]
    public void L2_MidnightThatDoesNotExist_StartsAtTheNextMinuteThatDoes()
    {
        var day = new LocalDay(TimeZoneInfo.FindSystemTimeZoneById("Asia/Beirut"));

        Assert.Equal(DateTimeOffset.Parse("2026-03-28T22:00:00Z"), day.Start(new DateOnly(2026, 3, 29)));
    }

    [Fact]
    public void L4_ClockSetBack_DoesNotTurnTheDateBack()
    {
        var day = new LocalDay(TimeZoneInfo.Utc);
        day.Date(DateTimeOffset.Parse("2026-03-03T00:10:00Z"));

        Assert.Equal(new DateOnly(2026, 3, 3), day.Date(DateTimeOffset.Parse("2026-03-02T23:10:00Z")));
    }
}
