namespace OutreachRelay;

/// <summary>Whether the clock can be believed, asked once before it dates mail and counts days.</summary>
public static class ClockCheck
{
    // More than zones and summer time can put two clocks apart.
    private static readonly TimeSpan Slack = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongRest = TimeSpan.FromDays(30);

    public enum Verdict
    {
        Plausible,

        /// <summary>The store was written after now: the clock is behind, or was ahead then.</summary>
        Behind,

        /// <summary>Nothing was written for long: the clock is ahead, or the relay did rest.</summary>
        Ahead,
    }

    /// <param name="lastWrite">When the store was last written by the clock of then, or <see langword="null"/> for a new one.</param>
    public static Verdict Judge(DateTimeOffset now, DateTimeOffset? lastWrite)
    {
        if (lastWrite is not { } last)
            return Verdict.Plausible;
        if (last - now > Slack)
            return Verdict.Behind;
        return now - last > LongRest ? Verdict.Ahead : Verdict.Plausible;
    }

    /// <summary>When a data directory's database was last written. To be asked before it is opened, which writes.</summary>
    public static DateTimeOffset? LastWrite(string dataDirectory)
    {
        var directory = new DirectoryInfo(dataDirectory);
        return directory.Exists
            ? directory.EnumerateFiles("relay.db*").Select(static file => (DateTimeOffset?)file.LastWriteTimeUtc).Max()
            : null;
    }
}
