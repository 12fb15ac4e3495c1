namespace OutreachRelay.Policy.Score.External;

/// <summary>Whether a scorer is asked: after some failures in a row it is left alone for a while, then one message tries it. Safe for threads.</summary>
internal sealed class ScorerBreaker(TimeProvider time)
{
    public const int MostFailures = 5;

    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private int _failures;
    private long _since;

    /// <summary>Whether to ask now. A trial that never reports lets another one through after a further rest.</summary>
    public bool MayAsk()
    {
        lock (_gate)
        {
            if (_failures < MostFailures)
                return true;
            if (time.GetElapsedTime(_since) < Rest)
                return false;
            _since = time.GetTimestamp();
            return true;
        }
    }

    /// <returns>Whether it was left alone until now.</returns>
    public bool Succeeded()
    {
        lock (_gate)
        {
            var wasOpen = _failures >= MostFailures;
            _failures = 0;
            return wasOpen;
        }
    }

    /// <returns>Whether it is left alone from now on, and was not before.</returns>
    public bool Failed()
    {
        lock (_gate)
        {
            _since = time.GetTimestamp();
            return ++_failures == MostFailures;
        }
    }
}
