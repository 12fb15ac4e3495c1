using System.Collections.Immutable;
using System.Text.Json.Serialization;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>What to do something to: either <see cref="Ids"/>, or a selection, or <see cref="All"/>. A member of another name is refused, lest a typing error widen it.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ActionRequest : EntrySelection
{
    /// <summary>At most <see cref="ActionLimits.MaxIds"/> entry ids.</summary>
    public ImmutableArray<string?> Ids { get; init; } = [];

    /// <summary>Kept with the event; at most <see cref="ActionLimits.MaxReason"/> characters.</summary>
    public string? Reason { get; init; }

    public bool All { get; init; }

    /// <summary>For a requeue: also what an upstream may have taken, which goes there again.</summary>
    public bool EvenIfSent { get; init; }

    /// <summary>With a filter or <see cref="All"/>: <see cref="ActionReply.Next"/> of the page before.</summary>
    public string? After { get; init; }
}

/// <param name="Next">To be given as <c>after</c> to go on; <see langword="null"/> when the last entry has been reached.</param>
public sealed record ActionReply(ImmutableArray<ActionReport> Results, string? Next);

/// <param name="Id">As it was asked for.</param>
/// <param name="State">The entry's, after the action; <see langword="null"/> when the entry is unknown.</param>
public sealed record ActionReport(string Id, ActionOutcome Outcome, EntryState? State);

public static class ActionLimits
{
    /// <summary>Entries of one request or page.</summary>
    public const int MaxIds = 1000;

    public const int MaxReason = 200;

    /// <summary>Octets of a request body: room for the ids, not for more.</summary>
    public const int MaxBody = 64 * 1024;
}
