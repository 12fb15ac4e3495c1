namespace OutreachRelay.Outcome.Telling;

/// <summary>How long a hook rests after it failed: doubling from 5 s to 10 minutes, between half and all of it by chance, so that hooks of one host do not come together.</summary>
internal sealed class HookRest(TimeProvider time, Random random)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private long _from;
    private TimeSpan _for;
    private TimeSpan _next = First;

    /// <summary>What is left of the rest; not positive when there is none.</summary>
    public TimeSpan Left => _for - time.GetElapsedTime(_from);

    public void Begin()
    {
        (_from, _for) = (time.GetTimestamp(), _next * (0.5 + random.NextDouble() / 2));
        _next = _next * 2 < Longest ? _next * 2 : Longest;
    }

    public void End() => (_for, _next) = (TimeSpan.Zero, First);
}
