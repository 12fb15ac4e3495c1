namespace OutreachRelay.Protocols.Smtp;

/// <summary>One timer for all waits of a session. Setting and clearing a deadline seldom touches the timer, which catches up when it fires.</summary>
internal sealed class SmtpServerDeadline : IDisposable
{
    private const long None = long.MaxValue;
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Action _onPassed;
    private readonly ITimer _timer;
    private long _deadline = None;
    private long _timerDue = None;

    /// <param name="onPassed">Called on the timer's thread when a deadline passes that is still set.</param>
    public SmtpServerDeadline(TimeProvider time, Action onPassed)
    {
        _time = time;
        _onPassed = onPassed;
        _timer = time.CreateTimer(static state => ((SmtpServerDeadline)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public long Now => _time.GetTimestamp();

    /// <summary>The timestamp that lies <paramref name="span"/> after <paramref name="start"/>.</summary>
    public long After(long start, TimeSpan span) =>
        span == Timeout.InfiniteTimeSpan ? None : start + (long)(span.TotalSeconds * _time.TimestampFrequency);

    public TimeSpan Since(long start) => _time.GetElapsedTime(start);

    public bool HasPassed => Volatile.Read(ref _deadline) is var deadline && deadline != None && Now >= deadline;

    public void Set(long deadline)
    {
        lock (_lock)
        {
            _deadline = deadline;
            if (deadline < _timerDue)
                Arm(deadline);
        }
    }

    public void Clear() => Volatile.Write(ref _deadline, None);

    public void Dispose() => _timer.Dispose();

    private void Arm(long due)
    {
        _timerDue = due;
        // A timer counts whole milliseconds: rounded up, so that it does not fire just before the deadline.
        var left = TimeSpan.FromMilliseconds(Math.Ceiling((due - Now) * 1000.0 / _time.TimestampFrequency));
        _timer.Change(left < TimeSpan.Zero ? TimeSpan.Zero : left > LongestTimer ? LongestTimer : left, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            _timerDue = None;
            var deadline = Volatile.Read(ref _deadline);
            if (deadline == None)
                return;
            if (Now < deadline)
            {
                Arm(deadline);
                return;
            }
        }
        _onPassed();
    }
}
