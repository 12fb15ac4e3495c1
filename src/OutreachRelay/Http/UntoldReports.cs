using System.Collections.Immutable;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>Events that were given up, as the API and the command line show them.</summary>
/// <param name="After">What <c>events?after=</c> takes to list them.</param>
/// <param name="Events">How many they were; some may be purged since.</param>
/// <param name="At">When they were given up.</param>
/// <param name="Again">They are about to be told again.</param>
/// <param name="Reason">Untrusted text.</param>
public sealed record UntoldReport(long Id, string Client, long After, long Last, int Events, DateTimeOffset At, bool Again, string Reason)
{
    public static UntoldReport Of(Untold untold) =>
        new(untold.Id, untold.Client, untold.After, untold.Last, untold.Events, untold.At, untold.Again, untold.Reason);
}

public sealed record UntoldList(ImmutableArray<UntoldReport> Untold);

/// <summary>What is to become of events that were given up.</summary>
public sealed record UntoldRequest
{
    public ImmutableArray<long> Ids { get; init; } = [];

    /// <summary>All there are; then without ids.</summary>
    public bool All { get; init; }
}

/// <param name="Changed">Those of the ids that there were.</param>
public sealed record UntoldReply(ImmutableArray<long> Changed);
