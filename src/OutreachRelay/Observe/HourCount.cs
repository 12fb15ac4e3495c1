namespace OutreachRelay.Observe;

/// <summary>How much was counted within the last hour, to the minute. For one thread.</summary>
internal sealed class HourCount(TimeProvider time)
{
    private const int Minutes = 60;

    private readonly long[] _counts = new long[Minutes];
    private long _minute = Minute(time);

    /// <summary>The sum, after <paramref name="more"/> were added to this minute.</summary>
    public long Add(long more)
    {
        var now = Minute(time);
        for (var passed = Math.Min(now - _minute, Minutes); passed > 0; passed--)
            _counts[(now - passed + 1) % Minutes] = 0;
        _minute = now;
        _counts[now % Minutes] += more;
        return _counts.Sum();
    }

    private static long Minute(TimeProvider time) => time.GetTimestamp() / time.TimestampFrequency / 60;
}
