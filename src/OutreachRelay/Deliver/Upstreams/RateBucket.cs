using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>How fast an upstream gets mail: a bucket that fills up evenly, of one second's worth, and at least one message.</summary>
/// <remarks>
/// A message is promised to a worker before it has a session, and taken when its lease is about to be written, so that no session waits for the
/// rate, and workers that were slow to connect do not begin all at once. The bucket is empty at first: a restart does not double the rate.
/// Pure but for its own fields: time comes in, on a clock that is never stepped. Not thread-safe: the schedule holds the lock.
/// </remarks>
public sealed class RateBucket
{
    // What division leaves over must not cost another timer.
    private const double Grain = 1e-6;

    // How much may wait for it before mail goes elsewhere: a minute's worth, within these bounds.
    private const int MostBacklog = 256;

    private Rate? _rate;
    private double _level;
    private int _promised;
    private DateTimeOffset _since;

    /// <param name="rate"><see langword="null"/>: as fast as it goes.</param>
    public RateBucket(Rate? rate, DateTimeOffset now) => (_rate, _since) = (rate, now);

    public bool IsLimited => _rate is not null;

    /// <summary>The most messages at once.</summary>
    public double Size => Math.Max(1, PerSecond);

    /// <summary>How many entries of a direction may wait for it.</summary>
    public int Backlog => _rate is null ? int.MaxValue : (int)Math.Clamp(PerSecond * 60, 1, MostBacklog);

    private double PerSecond => _rate is { } rate ? rate.Count / rate.Per.TotalSeconds : double.PositiveInfinity;

    /// <summary>Messages that may leave now.</summary>
    public double Level(DateTimeOffset now)
    {
        Fill(now);
        return _level;
    }

    /// <summary>Takes another rate; what is in the bucket stays, as far as it fits.</summary>
    public void Change(Rate? rate, DateTimeOffset now)
    {
        Fill(now);
        _rate = rate;
        _level = Math.Min(_level, rate is null ? 0 : Size);
    }

    /// <summary>Promises a message, if there is one that was not promised yet. Each promise is ended by <see cref="Take"/> or <see cref="Return"/>.</summary>
    public bool TryPromise(DateTimeOffset now)
    {
        if (!IsLimited)
            return true;
        Fill(now);
        if (_level - _promised < 1 - Grain)
            return false;
        _promised++;
        return true;
    }

    /// <summary>A promised message leaves.</summary>
    public void Take(DateTimeOffset now)
    {
        Return();
        Fill(now);
        _level = Math.Max(0, _level - 1);
    }

    /// <summary>A promised message does not leave.</summary>
    public void Return() => _promised = Math.Max(0, _promised - 1);

    /// <summary>How long until another message can be promised; <see langword="null"/> when that takes the end of a promise, or there is no rate.</summary>
    public TimeSpan? Wait(DateTimeOffset now)
    {
        if (!IsLimited || _promised > Size - 1 + Grain)
            return null;
        Fill(now);
        var missing = 1 - (_level - _promised);
        return missing <= Grain ? TimeSpan.Zero : TimeSpan.FromSeconds(missing / PerSecond);
    }

    private void Fill(DateTimeOffset now)
    {
        if (IsLimited && now > _since)
            _level = Math.Min(Size, _level + ((now - _since).TotalSeconds * PerSecond));
        _since = now;
    }
}
