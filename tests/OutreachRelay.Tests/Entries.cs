using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Tests;

/// <summary>Queue entries for tests, to be varied with <c>with</c>.</summary>
internal static class Entries
{
    private static readonly DateTimeOffset CreatedAt = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    /// <summary>What an entry holds, where each domain is one by itself.</summary>
    public static ImmutableArray<CounterKey> Units(QueueEntry entry) => BudgetKeys.Of(entry, RegisteredDomains.EachItsOwn);

    public static QueueEntry Queued(long id = 1) => new()
    {
        Id = id,
        MessageId = id,
        Client = "acme",
        Direction = "cold",
        Recipient = "to@y.example",
        Sender = "a@x.example",
        UnitDate = new DateOnly(2026, 3, 2),
        State = EntryState.Queued,
        CreatedAt = CreatedAt,
        Due = CreatedAt,
        ExpiresAt = CreatedAt.AddDays(3),
        NotBefore = null,
        UnitUsed = false,
        Rank = EntryRank.First,
        MaybeSent = false,
        Attempts = 0,
        Epoch = 0,
        Upstream = null,
        LastReply = null,
    };
}
