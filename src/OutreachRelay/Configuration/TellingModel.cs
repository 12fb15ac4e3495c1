using System.Collections.Immutable;
using OutreachRelay.Store;

namespace OutreachRelay.Configuration;

/// <summary>Where a client hears by HTTP what became of its mail.</summary>
/// <param name="Url">https, or http on this machine or a private network.</param>
/// <param name="Secret">What each request is signed with.</param>
/// <param name="Kinds">What it hears of.</param>
public sealed record HookModel(Uri Url, string Secret, ImmutableArray<StoreEventKind> Kinds)
{
    /// <summary>How old events become that a hook does not take, before they are given up.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    /// <summary>The kinds that a client may hear of, by its own words: all that ends a mail or was heard of it.</summary>
    public static ImmutableArray<(string Word, StoreEventKind Kind)> Words { get; } =
    [
        ("accepted", StoreEventKind.Accepted), ("delivered", StoreEventKind.Delivered), ("deferred", StoreEventKind.Deferred),
        ("bounced_hard", StoreEventKind.BouncedHard), ("bounced_soft", StoreEventKind.BouncedSoft), ("blocked", StoreEventKind.Blocked),
        ("complained", StoreEventKind.Complained), ("unsubscribed", StoreEventKind.Unsubscribed), ("opened", StoreEventKind.Opened),
        ("clicked", StoreEventKind.Clicked), ("dropped", StoreEventKind.Dropped), ("failed", StoreEventKind.Fail), ("expired", StoreEventKind.Expire),
        ("removed", StoreEventKind.Drop),
    ];

    /// <summary>The word of a kind.</summary>
    public static string WordOf(StoreEventKind kind) => Words.First(word => word.Kind == kind).Word;

    // The path of such a URL is often a secret too.
    public override string ToString() => $"events to {Url.Host}";
}

/// <summary>By whom and where a client's notifications of failure are sent.</summary>
/// <param name="Sender">Their author, who is never rotated.</param>
/// <param name="Direction">One of the client's, whose pool has the sender.</param>
public sealed record DsnModel(SenderModel Sender, DirectionModel Direction);
