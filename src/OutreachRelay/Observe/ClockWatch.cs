namespace OutreachRelay.Observe;

/// <summary>Notices that the wall clock was set, by the monotonic clock beside it. For one thread.</summary>
internal sealed class ClockWatch(TimeProvider time)
{
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    // Its effects, on days and due times, last; the alert is for someone to look.
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private TimeSpan _difference = Difference(time);
    private (TimeSpan By, long At)? _step;

    /// <summary>Compares the clocks with the last call.</summary>
    /// <returns>The last step of more than a minute, forward if positive, for an hour; then <see langword="null"/>.</returns>
    public TimeSpan? Look()
    {
        var now = Difference(time);
        var by = now - _difference;
        _difference = now;
        if (by.Duration() > Slack)
            _step = (by, time.GetTimestamp());
        else if (_step is { } step && time.GetElapsedTime(step.At) > Memory)
            _step = null;
        return _step?.By;
    }

    private static TimeSpan Difference(TimeProvider time) => time.GetUtcNow() - DateTimeOffset.UnixEpoch - time.GetElapsedTime(0);
}
