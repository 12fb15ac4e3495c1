namespace OutreachRelay.Protocols.Tests.Smtp.Server;

/// <summary>A clock that stands until it is moved; timers fire while it moves, on the thread that moves it.</summary>
internal sealed class FakeTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<FakeTimer> _timers = [];
    private TimeSpan _now = TimeSpan.FromDays(1);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_lock)
            return _now.Ticks;
    }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(GetTimestamp());

    public void Advance(TimeSpan by)
    {
        var end = GetTimestamp() + by.Ticks;
        while (NextDue(end) is { } timer)
            timer.Fire();
        lock (_lock)
            _now = TimeSpan.FromTicks(end);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private FakeTimer? NextDue(long end)
    {
        lock (_lock)
        {
            var timer = _timers.Where(t => t.Due <= end).MinBy(t => t.Due);
            if (timer is not null)
            {
                _timers.Remove(timer);
                _now = TimeSpan.FromTicks(Math.Max(_now.Ticks, timer.Due));
            }
            return timer;
        }
    }

    private sealed class FakeTimer(FakeTime time, Action fire) : ITimer
    {
        public long Due { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                Due = time._now.Ticks + dueTime.Ticks;
                if (dueTime == TimeSpan.Zero)
                    ThreadPool.QueueUserWorkItem(_ => fire());
                else if (dueTime != Timeout.InfiniteTimeSpan)
                    time._timers.Add(this);
            }
            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
