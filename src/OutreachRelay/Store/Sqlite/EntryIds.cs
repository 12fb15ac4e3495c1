namespace OutreachRelay.Store.Sqlite;

/// <summary>
/// Gives ids that grow with time: Unix milliseconds, then 20 bits within the millisecond. A clock that was set back does not repeat them,
/// because no id is below the last one.
/// </summary>
internal sealed class EntryIds(long last)
{
    private const int CountBits = 20;

    private long _last = last;

    internal long Last => Volatile.Read(ref _last);

    /// <summary>The least id that an entry accepted at <paramref name="milliseconds"/> can have.</summary>
    internal static long Least(long milliseconds) => Math.Max(0, milliseconds) << CountBits;

    internal static long Milliseconds(long id) => id >> CountBits;

    /// <summary>Takes <paramref name="count"/> consecutive ids.</summary>
    /// <returns>The first.</returns>
    internal long Take(int count, long milliseconds)
    {
        while (true)
        {
            var seen = Volatile.Read(ref _last);
            var first = Math.Max(seen + 1, Least(milliseconds));
            if (Interlocked.CompareExchange(ref _last, first + count - 1, seen) == seen)
                return first;
        }
    }
}
