using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Tests.Configuration;

public sealed class SendCalendarTests
{
    private static readonly DateTimeOffset Start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private const int Minutes = 15 * 365 * 1440;

    private static readonly Gen<(TimeZoneInfo Zone, Gen<DateTimeOffset> Instants)> Zones = Gen.Elements(
        new[] { "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Auckland" }
            .Select(TimeZoneInfo.FindSystemTimeZoneById).Select(zone => (zone, Instants(zone))).ToArray());

    // Half of the hours near those at which clocks change, half of the instants in a day and a half before or after a change.
    private static readonly Gen<TimeOnly> Times =
        Gen.OneOf(Gen.Choose(0, 1439), Gen.Choose(30, 240)).Select(minute => TimeOnly.MinValue.AddMinutes(minute));

    private static readonly Gen<SendWindow> Windows = Gen.Frequency(
        (1, Gen.Constant(SendWindow.Always)),
        (9, Gen.Zip(Gen.OneOf(Gen.Choose(1, 127), Gen.Constant(127)), Gen.Zip(Times, Times))
            .Select(parts => new SendWindow((DaysOfWeek)parts.Item1, parts.Item2.Item1, parts.Item2.Item2))));

    private static readonly Arbitrary<(SendWindow Window, TimeZoneInfo Zone, DateTimeOffset At)> Cases =
        Gen.Zip(Windows, Zones.SelectMany(zone => zone.Instants.Select(at => (zone.Zone, At: at))))
            .Select(parts => (parts.Item1, parts.Item2.Zone, parts.Item2.At)).ToArbitrary();

    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(400);

    [Fact]
    public void NextOpen_Anywhere_IsTheLeastOpenInstant() => Check.One(Runs, Prop.ForAll(Cases, with =>
    {
        var calendar = new SendCalendar(with.Window, with.Zone);
        var least = MinuteByMinute.From(with.At, with.Window, with.Zone).First(minute => minute.IsOpen).At;

        Assert.Equal(least, calendar.NextOpen(with.At));
        Assert.Equal(least == with.At, calendar.IsOpen(with.At));
        Assert.Equal(TimeSpan.Zero, calendar.NextOpen(with.At.ToOffset(TimeSpan.FromHours(5))).Offset);
    }));

    [Fact]
    public void OpenLeft_Anywhere_IsWhatCountingMinutesFinds() => Check.One(Runs, Prop.ForAll(Cases, with =>
    {
        var minutes = MinuteByMinute.From(with.At, with.Window, with.Zone);
        var date = TimeZoneInfo.ConvertTime(with.At, with.Zone).Date;

        Assert.Equal(
            TimeSpan.FromMinutes(minutes.TakeWhile(minute => minute.Local.Date == date).Count(minute => minute.IsOpen)),
            new SendCalendar(with.Window, with.Zone).OpenLeft(with.At));
    }));

    [Fact]
    public void FirstOpenAndLastClose_OfADate_AreTheEndsOfItsOpenMinutes() => Check.One(Runs, Prop.ForAll(Cases, with =>
    {
        var calendar = new SendCalendar(with.Window, with.Zone);
        var date = DateOnly.FromDateTime(with.At.Date);
        var minutes = MinuteByMinute.From(with.At - with.At.TimeOfDay - TimeSpan.FromDays(1), with.Window, with.Zone).Take(3 * 1440).ToList();
        var open = minutes.Where(minute => minute.IsOpen && DateOnly.FromDateTime(minute.Local) == date).Select(minute => minute.At).ToList();

        Assert.Equal(open.Count == 0 ? null : open[0], calendar.FirstOpen(date));
        Assert.Equal(open.Count == 0 ? null : open[^1].AddMinutes(1), calendar.LastClose(date));
        Assert.DoesNotContain(minutes, minute => calendar.IsOpen(minute.At) != minute.IsOpen || calendar.IsOpen(minute.At.AddSeconds(59.999)) != minute.IsOpen);
    }));

    [Fact]
    public void Calendar_AskedInAnyOrder_AnswersAsOneThatWasNeverAsked() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(50),
        Prop.ForAll(Gen.Zip(Windows, Zones.SelectMany(zone => Gen.ListOf(zone.Instants).Select(instants => (zone.Zone, instants)))).ToArbitrary(), with =>
        {
            var (window, (zone, instants)) = with;
            var calendar = new SendCalendar(window, zone);
            Assert.All(instants, at =>
            {
                var fresh = new SendCalendar(window, zone);
                Assert.Equal((fresh.IsOpen(at), fresh.NextOpen(at), fresh.OpenLeft(at)), (calendar.IsOpen(at), calendar.NextOpen(at), calendar.OpenLeft(at)));
            });
        }));

    [Fact]
    public void Calendar_AskedFromManyThreads_AnswersAsFromOne()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var window = new SendWindow(DaysOfWeek.All, new TimeOnly(22, 0), new TimeOnly(6, 0));
        var shared = new SendCalendar(window, zone);
        var start = new DateTimeOffset(2026, 3, 20, 0, 0, 0, TimeSpan.Zero);
        var expected = Enumerable.Range(0, 2_000).Select(i => new SendCalendar(window, zone).NextOpen(start.AddMinutes(i * 17))).ToArray();

        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], shared.NextOpen(start.AddMinutes(i * 17)));
        });
    }

    [Theory]
    [InlineData("02:00", "03:00", "2026-03-29", null, null)] // lies in the lost hour: shut that day
    [InlineData("02:30", "06:00", "2026-03-29", "01:00", "04:00")] // 03:00 in summer time
    [InlineData("01:30", "02:30", "2026-03-29", "00:30", "01:00")]
    [InlineData("02:00", "03:00", "2026-10-25", "00:00", "01:00")] // the first pass
    [InlineData("02:30", "06:00", "2026-10-25", "00:30", "05:00")]
    [InlineData("08:00", "18:00", "2026-03-29", "06:00", "16:00")]
    [InlineData("08:00", "18:00", "2026-10-25", "07:00", "17:00")]
    public void L2_WindowOnADayOfAChange_OpensAndCloses(string start, string end, string day, string? first, string? last)
    {
        var calendar = Berlin(DaysOfWeek.All, start, end);
        var date = Date(day);

        Assert.Equal((Utc(date, first), Utc(date, last)), (calendar.FirstOpen(date), calendar.LastClose(date)));
    }

    [Fact]
    public void L2_DoubledHour_IsOpenOnce()
    {
        var calendar = Berlin(DaysOfWeek.All, "02:30", "06:00");
        var date = Date("2026-10-25");

        Assert.True(calendar.IsOpen(Utc(date, "00:45")!.Value)); // 02:45 for the first time
        Assert.Equal(Utc(date, "02:00"), calendar.NextOpen(Utc(date, "01:45")!.Value)); // … for the second: from 03:00 on
        Assert.Equal(TimeSpan.FromHours(3.5), calendar.OpenLeft(Utc(date, "00:00")!.Value));
    }

    [Fact]
    public void L2_DaysOf23And25Hours_AreOpenAllThroughWhenAlways()
    {
        var calendar = new SendCalendar(SendWindow.Always, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));

        Assert.Equal(TimeSpan.FromHours(23), calendar.LastClose(Date("2026-03-29")) - calendar.FirstOpen(Date("2026-03-29")));
        Assert.Equal(TimeSpan.FromHours(25), calendar.LastClose(Date("2026-10-25")) - calendar.FirstOpen(Date("2026-10-25")));
        Assert.Equal(TimeSpan.FromHours(24.5), calendar.OpenLeft(Utc(Date("2026-10-24"), "22:30")!.Value));
    }

    [Theory]
    [InlineData("2026-07-31T15:59:59.999", "2026-07-31T15:59:59.999")] // Friday, 17:59:59.999
    [InlineData("2026-07-31T16:00:00", "2026-08-03T06:00:00")]
    [InlineData("2026-08-01T10:00:00", "2026-08-03T06:00:00")]
    [InlineData("2026-08-03T05:59:59.999", "2026-08-03T06:00:00")]
    public void L34_WindowOfTheWorkingWeek_OpensOnMonday(string at, string next) =>
        Assert.Equal(Utc(next), Berlin(DaysOfWeek.All & ~(DaysOfWeek.Saturday | DaysOfWeek.Sunday), "08:00", "18:00").NextOpen(Utc(at)));

    [Fact]
    public void L34_WindowOverMidnight_BelongsOnEachDateToThatDate()
    {
        var calendar = Berlin(DaysOfWeek.Friday, "22:00", "06:00");
        var (friday, saturday) = (Date("2026-07-31"), Date("2026-08-01"));

        Assert.Equal((Utc(friday, "20:00"), Utc(friday, "22:00")), (calendar.FirstOpen(friday), calendar.LastClose(friday)));
        Assert.Equal((Utc(friday, "22:00"), Utc(saturday, "04:00")), (calendar.FirstOpen(saturday), calendar.LastClose(saturday)));
        Assert.Equal(TimeSpan.FromHours(1), calendar.OpenLeft(Utc(friday, "21:00")!.Value));
        Assert.Null(calendar.FirstOpen(Date("2026-08-02")));
    }

    [Fact]
    public void Calendar_WindowWithoutDays_IsRefused() => Assert.Throws<ArgumentException>(() => Berlin(DaysOfWeek.None, "08:00", "18:00"));

    [Fact]
    public void NextOpen_WhereTheClockGoesBackOverMidnight_StaysOnTheLaterDate()
    {
        // At 00:01 on 7 November 2010 the clocks of St. John's went back to 23:01 of the day before.
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/St_Johns");
        var calendar = new SendCalendar(new SendWindow(DaysOfWeek.All, new TimeOnly(23, 30), new TimeOnly(23, 59)), zone);
        var secondPass = new DateTimeOffset(2010, 11, 7, 2, 45, 0, TimeSpan.Zero);

        Assert.Equal(new TimeOnly(23, 15), TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(secondPass, zone).DateTime));
        Assert.Equal(new DateTimeOffset(2010, 11, 8, 3, 0, 0, TimeSpan.Zero), calendar.NextOpen(secondPass));
        Assert.Equal(TimeSpan.FromMinutes(29), calendar.OpenLeft(secondPass));
    }

    private static Gen<DateTimeOffset> Instants(TimeZoneInfo zone)
    {
        var anywhere = Gen.Choose(0, Minutes).Select(minute => Start.AddMinutes(minute));
        var changes = Enumerable.Range(0, Minutes / 60).Select(hour => Start.AddHours(hour))
            .Where(at => zone.GetUtcOffset(at) != zone.GetUtcOffset(at.AddHours(-1))).ToArray();
        return changes.Length == 0
            ? anywhere
            : Gen.OneOf(anywhere, Gen.Zip(Gen.Elements(changes), Gen.Choose(-2160, 2160)).Select(near => near.Item1.AddMinutes(near.Item2)));
    }

    private static SendCalendar Berlin(DaysOfWeek days, string start, string end) =>
        new(new SendWindow(days, TimeOnly.Parse(start), TimeOnly.Parse(end)), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));

    private static DateOnly Date(string text) => DateOnly.Parse(text);

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text + "Z");

    private static DateTimeOffset? Utc(DateOnly date, string? time) =>
        time is null ? null : new DateTimeOffset(date, TimeOnly.Parse(time), TimeSpan.Zero);
}
