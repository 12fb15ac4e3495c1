namespace OutreachRelay.Deliver.Upstreams;

/// <summary>Decides whether an upstream may be used, from what attempts and probes observe.</summary>
/// <remarks>
/// closed → open after <see cref="Threshold"/> failures in a row, or at once for a refused account; open → half-open by a good probe, not before
/// the dwell time; half-open → closed by a good attempt, → open with twice the dwell time by a bad one, or when it fails again within a
/// quarter of an hour. A probe alone never closes it. What is paused because its mail is blocked is open for an hour at least, and twice as long each time within a day.
/// Pure but for its own fields: time comes in. Not thread-safe: the schedule holds the lock.
/// </remarks>
public sealed class UpstreamHealth
{
    private const int Threshold = 3;
    private static readonly TimeSpan MaxDwell = TimeSpan.FromMinutes(15);

    // Standing with those who block does not come back in minutes.
    private static readonly TimeSpan FirstPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromDays(1);

    private readonly TimeSpan _firstDwell;
    private TimeSpan _dwell;
    private int _failures;
    private bool _trialRuns;
    private bool _wasRefused;
    private DateTimeOffset? _returned;
    private TimeSpan _pause;
    private DateTimeOffset? _pauseEnd;

    /// <param name="dwell">How long the circuit stays open at least, the first time.</param>
    public UpstreamHealth(TimeSpan dwell, DateTimeOffset now)
    {
        (_firstDwell, _dwell) = (dwell, dwell);
        (Since, ProbeAt) = (now, now + dwell);
    }

    public CircuitState State { get; private set; } = CircuitState.Closed;

    /// <summary>Since when the state holds.</summary>
    public DateTimeOffset Since { get; private set; }

    /// <summary>Why it is not closed; untrusted text.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Since when it is not closed, half-open times included; <see langword="null"/> when it is.</summary>
    public DateTimeOffset? DownSince { get; private set; }

    /// <summary>Whether it is not closed because the provider refused our account, and not for the moment only.</summary>
    public bool IsAccountRefused { get; private set; }

    /// <summary>Whether it is not closed because what it carried was blocked.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>When it is to be probed: an open circuit after its dwell time, a closed one when no attempt has succeeded for as long as the first of these. A half-open one waits for an attempt.</summary>
    public DateTimeOffset ProbeAt { get; private set; }

    /// <summary>Whether an entry may be sent there now; in half-open that is one entry.</summary>
    public bool CanTake => State == CircuitState.Closed || (State == CircuitState.HalfOpen && !_trialRuns);

    /// <summary>Counts an entry that was given to the upstream.</summary>
    /// <returns>Whether it is the trial of a half-open circuit.</returns>
    public bool Take() => _trialRuns = State == CircuitState.HalfOpen;

    /// <summary>The trial came back without having shown anything.</summary>
    /// <returns>Whether another may go now: what waits is to look again.</returns>
    public bool TrialReturned()
    {
        _trialRuns = false;
        return State == CircuitState.HalfOpen;
    }

    /// <returns>Whether the state changed.</returns>
    public bool Succeeded(DateTimeOffset now)
    {
        _failures = 0;
        _trialRuns = false;
        if (State == CircuitState.Closed)
            ProbeAt = now + _firstDwell;
        if (State != CircuitState.HalfOpen)
            return false;
        if (_wasRefused)
            _dwell = _firstDwell;
        _returned = now;
        IsAccountRefused = IsPaused = false;
        Change(CircuitState.Closed, now, "");
        return true;
    }

    /// <returns>Whether the state changed.</returns>
    public bool Failed(DateTimeOffset now, string reason)
    {
        _trialRuns = false;
        _failures++;
        if (State == CircuitState.Open || (State == CircuitState.Closed && _failures < Threshold))
            return false;
        // One that fails soon after it came back flaps: it rests longer each time.
        _dwell = State == CircuitState.HalfOpen || now - _returned < MaxDwell ? Min(_dwell * 2, MaxDwell) : _firstDwell;
        _wasRefused = IsAccountRefused = IsPaused = false;
        Change(CircuitState.Open, now, reason);
        return true;
    }

    /// <summary>The provider does not let our account in: another try will not do better soon.</summary>
    /// <param name="rest">Until the first probe; a short one is twice as long each time that the trial after it fares no better.</param>
    /// <returns>Whether the state changed.</returns>
    public bool Refused(DateTimeOffset now, string reason, TimeSpan rest)
    {
        _trialRuns = false;
        if (State == CircuitState.Open)
            return false;
        var again = State == CircuitState.HalfOpen ? Min(_dwell * 2, MaxDwell) : TimeSpan.Zero;
        _dwell = rest > again ? rest : again;
        IsAccountRefused = rest >= MaxDwell;
        _wasRefused = true;
        Change(CircuitState.Open, now, reason);
        return true;
    }

    /// <summary>What it carried was blocked, whoever had sent it: it takes mail, and that does harm.</summary>
    /// <returns><see langword="true"/>: the state changed.</returns>
    public bool Paused(DateTimeOffset now, string reason)
    {
        _trialRuns = false;
        _pause = now - _pauseEnd < LongestPause ? Min(_pause * 2, LongestPause) : FirstPause;
        (_dwell, _pauseEnd) = (_pause, now + _pause);
        (IsPaused, _wasRefused, IsAccountRefused) = (true, true, false);
        Change(CircuitState.Open, now, reason);
        return true;
    }

    /// <summary>The operator wants it tried: the next mail decides.</summary>
    /// <returns>Whether the state changed.</returns>
    public bool Resumed(DateTimeOffset now)
    {
        if (State != CircuitState.Open)
            return false;
        IsPaused = IsAccountRefused = false;
        Change(CircuitState.HalfOpen, now, Reason);
        return true;
    }

    /// <returns>Whether the state changed.</returns>
    public bool Probed(DateTimeOffset now, bool succeeded, string reason)
    {
        if (State == CircuitState.Closed)
        {
            ProbeAt = now + _firstDwell;
            return !succeeded && Failed(now, reason);
        }
        if (State != CircuitState.Open)
            return false;
        if (succeeded)
        {
            Change(CircuitState.HalfOpen, now, Reason);
            return true;
        }
        Reason = reason;
        _dwell = Min(_dwell * 2, MaxDwell);
        ProbeAt = now + _dwell;
        return false;
    }

    private void Change(CircuitState state, DateTimeOffset now, string reason)
    {
        State = state;
        Since = now;
        DownSince = state == CircuitState.Closed ? null : DownSince ?? now;
        Reason = reason;
        _failures = 0;
        ProbeAt = state switch
        {
            CircuitState.Open => now + _dwell,
            CircuitState.Closed => now + _firstDwell,
            _ => DateTimeOffset.MaxValue,
        };
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
