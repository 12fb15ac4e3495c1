using System.Collections.Immutable;

namespace OutreachRelay.Store;

/// <summary>Whose mail a hold stops: all that fits every member that is given. Without any, it is everybody's.</summary>
public sealed record HoldScope
{
    public string? Client { get; init; }
    public string? Direction { get; init; }

    /// <summary>The sender's key.</summary>
    public string? Sender { get; init; }

    /// <summary>What this upstream would take, and no other: mail that others may carry goes there.</summary>
    public string? Upstream { get; init; }

    /// <summary>In A-labels and lower case, without subdomains. Not together with <see cref="Upstream"/>: what no upstream takes waits in memory, before the rest of its lane.</summary>
    public string? RecipientDomain { get; init; }

    /// <summary>In words: <c>client acme, upstream sendgrid</c>.</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        foreach (var (name, value) in (ReadOnlySpan<(string, string?)>)
            [("client", Client), ("direction", Direction), ("sender", Sender), ("upstream", Upstream), ("recipient domain", RecipientDomain)])
        {
            if (value is not null)
                parts.Add($"{name} {value}");
        }
        return parts is [] ? "everything" : string.Join(", ", parts);
    }
}

/// <summary>A scope that the operator has stopped: what falls under it stays queued, now and later, and no attempt begins.</summary>
/// <param name="Until">When it ends by itself; <see langword="null"/>: when it is released.</param>
/// <param name="Who">The operator: a user of the machine, or a token's name; or <c>sender health</c>.</param>
/// <param name="Reason">The operator's words.</param>
public sealed record QueueHold(long Id, HoldScope Scope, DateTimeOffset Since, DateTimeOffset? Until, string Who, string Reason);

/// <summary>A page of a list.</summary>
/// <param name="Next">The id after which the list goes on, perhaps with entries; <see langword="null"/> at its end. A page may be short, or empty, before that.</param>
public readonly record struct EntrySlice(ImmutableArray<QueueEntry> Entries, long? Next);
