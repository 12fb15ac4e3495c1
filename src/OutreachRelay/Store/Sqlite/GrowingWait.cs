namespace OutreachRelay.Store.Sqlite;

/// <summary>A wait that doubles each time, up to a longest one.</summary>
internal sealed class GrowingWait
{
    private readonly TimeSpan _first;
    private readonly TimeSpan _longest;

    internal GrowingWait(TimeSpan first, TimeSpan longest) => (_first, _longest, Next) = (first, longest, first);

    internal TimeSpan Next { get; private set; }

    internal TimeSpan Take()
    {
        var wait = Next;
        Next = wait * 2 < _longest ? wait * 2 : _longest;
        return wait;
    }

    internal void Reset() => Next = _first;
}
