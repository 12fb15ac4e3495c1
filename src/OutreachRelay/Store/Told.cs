using System.Collections.Immutable;

namespace OutreachRelay.Store;

/// <summary>How a client is told of events. The numbers are stored.</summary>
public enum ToldBy
{
    /// <summary>By a POST to its own URL.</summary>
    Hook = 0,

    /// <summary>By delivery status notifications.</summary>
    Dsn = 1,
}

/// <summary>Events of a client that were given up: those of a stretch of the list of all events.</summary>
/// <param name="After">The id of the event before the first.</param>
/// <param name="Last">The id of the last.</param>
/// <param name="Events">How many they were; some may be purged since.</param>
/// <param name="At">When they were given up, the last of them.</param>
/// <param name="Reason">Why. Untrusted text.</param>
/// <param name="Again">They are to be tried once more.</param>
public sealed record Untold(long Id, string Client, long After, long Last, int Events, DateTimeOffset At, string Reason, bool Again);

/// <summary>What becomes of events that were given up.</summary>
/// <param name="Ids">Empty: all.</param>
public abstract record UntoldChange(ImmutableArray<long> Ids)
{
    /// <summary>They are to be tried once more.</summary>
    public sealed record Again(ImmutableArray<long> Ids) : UntoldChange(Ids);

    /// <summary>They are forgotten.</summary>
    public sealed record Drop(ImmutableArray<long> Ids) : UntoldChange(Ids);

    /// <summary>They were told until an event; when that is the last, they are forgotten.</summary>
    public sealed record Advance(long Id, long Until) : UntoldChange([Id]);

    /// <summary>They could not be told this time either.</summary>
    public sealed record Fail(long Id, string Reason) : UntoldChange([Id]);
}
