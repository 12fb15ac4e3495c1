namespace OutreachRelay.Tests;

/// <summary>A clock that stands until it is moved; timers fire while it moves, on the thread that moves it.</summary>
public sealed class FakeTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<FakeTimer> _timers = [];
    private DateTimeOffset _now;
    private long _timestamp = TimeSpan.TicksPerDay;

    public FakeTime() : this(new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero)) { }

    public FakeTime(DateTimeOffset start) => _now = start;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>What has passed on the monotonic clock.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(GetTimestamp() - TimeSpan.TicksPerDay);

    public override long GetTimestamp()
    {
        lock (_lock)
            return _timestamp;
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    /// <summary>Steps the wall clock alone, as an operator or a time server does.</summary>
    public void Set(DateTimeOffset now)
    {
        lock (_lock)
            _now = now;
    }

    public void Advance(TimeSpan by)
    {
        var end = GetTimestamp() + by.Ticks;
        while (TakeDue(end) is { } timer)
            timer.Fire();
        MoveTo(end);
    }

    /// <summary>Moves on in steps until what waits for it has ended.</summary>
    public async Task<T> AdvanceUntilAsync<T>(Task<T> ended, TimeSpan step)
    {
        while (!ended.IsCompleted)
        {
            Advance(step);
            await Task.Yield();
        }
        return await ended;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private FakeTimer? TakeDue(long end)
    {
        FakeTimer? timer;
        lock (_lock)
        {
            timer = _timers.Where(candidate => candidate.Due <= end).MinBy(candidate => candidate.Due);
            if (timer is not null)
                _timers.Remove(timer);
        }
        if (timer is not null)
            MoveTo(timer.Due);
        return timer;
    }

    private void MoveTo(long timestamp)
    {
        lock (_lock)
        {
            var step = Math.Max(0, timestamp - _timestamp);
            _timestamp += step;
            _now += TimeSpan.FromTicks(step);
        }
    }

    private sealed class FakeTimer(FakeTime time, Action callback) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public long Due { get; private set; }

        public void Fire()
        {
            if (_period > TimeSpan.Zero)
                Schedule(_period);
            callback();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            if (dueTime == TimeSpan.Zero)
                ThreadPool.QueueUserWorkItem(_ => Fire());
            else
                Schedule(dueTime);
            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Schedule(TimeSpan dueTime)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return;
                Due = time._timestamp + dueTime.Ticks;
                time._timers.Add(this);
            }
        }
    }
}
