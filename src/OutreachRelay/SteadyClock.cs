namespace OutreachRelay;

/// <summary>The time since the start, on a clock that is never stepped: what gaps and dwell times are measured on.</summary>
public sealed class SteadyClock(TimeProvider time)
{
    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly long _startTimestamp = time.GetTimestamp();

    /// <summary>It begins with the wall's time, and leaves it when that is stepped.</summary>
    public DateTimeOffset Now => _start + time.GetElapsedTime(_startTimestamp);
}
