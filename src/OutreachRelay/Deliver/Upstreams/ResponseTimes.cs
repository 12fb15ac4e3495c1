namespace OutreachRelay.Deliver.Upstreams;

/// <summary>How long an upstream took of late, as quantiles. Safe for threads.</summary>
public sealed class ResponseTimes
{
    /// <summary>So many of the last times count.</summary>
    public const int Window = 32;

    private readonly TimeSpan[] _times = new TimeSpan[Window];
    private long _count;

    public void Add(TimeSpan time)
    {
        lock (_times)
            _times[_count++ % Window] = time;
    }

    /// <param name="share">0.5 for the median.</param>
    /// <returns>The least time that this share of the last ones did not exceed; <see langword="null"/> before the first.</returns>
    public TimeSpan? Quantile(double share)
    {
        TimeSpan[] times;
        lock (_times)
            times = _times[..(int)Math.Min(_count, Window)];
        Array.Sort(times);
        return times is [] ? null : times[Math.Clamp((int)Math.Ceiling(share * times.Length) - 1, 0, times.Length - 1)];
    }
}
