namespace OutreachRelay.Deliver.Upstreams;

/// <summary>How many attempts an upstream gets at a time, between one and what the configuration allows.</summary>
/// <remarks>
/// As TCP does (RFC 5681 §3.1): one more after as many successes as there are attempts at a time, half of them when the upstream says that it is too much. After an outage
/// it begins with one. Pure but for its own fields. Not thread-safe: the schedule holds the lock.
/// </remarks>
public sealed class Concurrency(int most)
{
    // Attempts that ran side by side hear the same complaint: it counts once.
    private static readonly TimeSpan Side = TimeSpan.FromSeconds(1);

    private int _most = most;
    private double _allowed = most;
    private DateTimeOffset _lowered = DateTimeOffset.MinValue;

    public int Limit => (int)_allowed;

    public bool IsFull => _allowed >= _most;

    /// <summary>Takes another upper bound.</summary>
    public void Change(int most)
    {
        _allowed = IsFull ? most : Math.Min(_allowed, most);
        _most = most;
    }

    /// <summary>The upstream returns from an outage.</summary>
    public void Restart() => _allowed = 1;

    /// <summary>An attempt succeeded.</summary>
    public void Succeeded() => _allowed = Math.Min(_most, _allowed + (1 / _allowed));

    /// <summary>The upstream finds it too much.</summary>
    /// <param name="busy">Attempts that run.</param>
    public void Throttled(int busy, DateTimeOffset now)
    {
        if (now - _lowered < Side)
            return;
        _lowered = now;
        _allowed = Math.Max(1, Math.Min(Limit, busy) / 2);
    }
}
