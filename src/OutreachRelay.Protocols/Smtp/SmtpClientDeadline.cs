namespace OutreachRelay.Protocols.Smtp;

/// <summary>Runs an action when a deadline passes. Moving the deadline, which each command does, seldom touches the timer.</summary>
internal sealed class SmtpClientDeadline : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Action _expired;
    private readonly ITimer _timer;
    private long _deadline = long.MaxValue;
    private long _fires = long.MaxValue;

    public SmtpClientDeadline(TimeProvider time, Action expired)
    {
        _time = time;
        _expired = expired;
        _timer = time.CreateTimer(static state => ((SmtpClientDeadline)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Set(TimeSpan fromNow)
    {
        lock (_lock)
        {
            _deadline = _time.GetTimestamp() + (long)(fromNow.TotalSeconds * _time.TimestampFrequency);
            if (_deadline < _fires)
                Schedule(fromNow);
        }
    }

    public void Clear()
    {
        lock (_lock)
            _deadline = long.MaxValue;
    }

    public void Dispose() => _timer.Dispose();

    private void Schedule(TimeSpan fromNow)
    {
        _fires = _deadline;
        // A timer may fire a little early; one millisecond more spares a second round.
        _timer.Change(fromNow + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            _fires = long.MaxValue;
            if (_deadline == long.MaxValue)
                return;
            var left = _time.GetElapsedTime(_time.GetTimestamp(), _deadline);
            if (left > TimeSpan.Zero)
            {
                Schedule(left);
                return;
            }
            _deadline = long.MaxValue;
        }
        _expired();
    }
}
