namespace OutreachRelay.Tests;

public sealed class ClockCheckTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(365, ClockCheck.Verdict.Behind)]
    [InlineData(1.1, ClockCheck.Verdict.Behind)]
    [InlineData(0.9, ClockCheck.Verdict.Plausible)]
    [InlineData(-29, ClockCheck.Verdict.Plausible)]
    [InlineData(-365, ClockCheck.Verdict.Ahead)]
    public void O19_LastWriteDaysFromNow_Judged(double days, ClockCheck.Verdict expected) =>
        Assert.Equal(expected, ClockCheck.Judge(Now, Now.AddDays(days)));

    [Fact]
    public void O19_NewStore_IsPlausible() => Assert.Equal(ClockCheck.Verdict.Plausible, ClockCheck.Judge(Now, null));

    [Fact]
    public void O19_LastWrite_IsThatOfTheNewestFileOfTheDatabase()
    {
        var directory = Directory.CreateTempSubdirectory("clock");
        try
        {
            Assert.Null(ClockCheck.LastWrite(directory.FullName));
            Touch("relay.db", Now.AddDays(-3));
            Touch("relay.db-wal", Now.AddDays(-2));
            Touch("lock", Now);

            Assert.Equal(Now.AddDays(-2), ClockCheck.LastWrite(directory.FullName));
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        void Touch(string name, DateTimeOffset time)
        {
            var path = Path.Combine(directory.FullName, name);
            File.WriteAllText(path, "");
            File.SetLastWriteTimeUtc(path, time.UtcDateTime);
        }
    }

    [Fact]
    public void O19_LastWrite_NoDirectory_IsNone() => Assert.Null(ClockCheck.LastWrite("/nonexistent/data"));
}
