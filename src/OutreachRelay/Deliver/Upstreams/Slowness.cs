namespace OutreachRelay.Deliver.Upstreams;

/// <summary>Whether an upstream keeps each mail waiting, as a tarpit does. RFC 5321 §4.5.3.2 has us be patient with it; others may go first meanwhile. Safe for threads.</summary>
public sealed class Slowness(TimeProvider time)
{
    /// <summary>So many in a row: one that is late tells nothing.</summary>
    public const int InARow = 3;

    /// <summary>A mail that takes longer, without the time its octets may need, was kept waiting.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>One that gets no mail is shown some again after so long: otherwise nobody would learn that it is quick again.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    // A line that takes no more octets a second than this is slow too.
    private const double LeastPace = 128 * 1024;

    private readonly Lock _gate = new();
    private volatile int _late;
    private long _last;

    public bool IsSlow
    {
        get
        {
            if (_late < InARow)
                return false;
            lock (_gate)
                return time.GetElapsedTime(_last) < Memory;
        }
    }

    /// <summary>Notes how long an attempt took, from MAIL to the reply to the final dot or to whatever ended it.</summary>
    /// <param name="octets">Of its content.</param>
    /// <returns>Whether it has become slow, or quick again.</returns>
    public bool Note(TimeSpan took, long octets)
    {
        var isLate = took > Patience + TimeSpan.FromSeconds(octets / LeastPace);
        if (!isLate && _late == 0)
            return false;
        lock (_gate)
        {
            var was = IsSlow;
            (_late, _last) = (isLate ? Math.Min(_late + 1, InARow) : 0, time.GetTimestamp());
            return was != IsSlow;
        }
    }

    /// <summary>It is another one now.</summary>
    public void Forget() => _late = 0;
}
