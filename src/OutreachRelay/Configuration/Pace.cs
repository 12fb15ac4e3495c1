namespace OutreachRelay.Configuration;

/// <summary>How far apart a sender's messages are.</summary>
public static class Pace
{
    /// <summary>When a sender may send again: never sooner than the gap, and where its mail is spread, about evenly over the day's open time.</summary>
    /// <param name="last">Its last send.</param>
    /// <param name="gap">The least time between two sends; jitter only adds to it.</param>
    /// <param name="spread">Whether the units left are spread over the open time left.</param>
    /// <param name="openLeft">What is left of today's window after <paramref name="last"/>.</param>
    /// <param name="unitsLeft">What is left of today's limit.</param>
    /// <param name="chance">Uniform, from 0 up to but not including 1.</param>
    public static DateTimeOffset NextSend(
        DateTimeOffset last, TimeSpan gap, bool spread, TimeSpan openLeft, long unitsLeft, double chance) =>
        last + Interval(gap, spread, openLeft, unitsLeft, chance);

    /// <summary>The time between two sends on average, to estimate how long a queue takes.</summary>
    public static TimeSpan MeanInterval(TimeSpan gap, bool spread, TimeSpan openLeft, long unitsLeft) =>
        Interval(gap, spread, openLeft, unitsLeft, 0.5);

    private static TimeSpan Interval(TimeSpan gap, bool spread, TimeSpan openLeft, long unitsLeft, double chance)
    {
        var paced = gap * (1 + (chance / 2));
        if (!spread)
            return paced;
        // Half a unit more than are left: then even the longest draw leaves the last one its place in the window.
        var even = openLeft / (Math.Max(unitsLeft, 1) + 0.5) * (0.5 + chance);
        return even > paced ? even : paced;
    }
}
