using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>A recipient that needs a sender.</summary>
/// <param name="Address">As given in RCPT.</param>
/// <param name="Key">Its normalised form.</param>
/// <param name="Digest">What tells a repetition; may be empty.</param>
public readonly record struct PlannedRecipient(string Address, string Key, ReadOnlyMemory<byte> Digest);

/// <summary>A message that needs senders.</summary>
/// <param name="Model">The model that the message captured.</param>
/// <param name="Only">The one sender that may carry it, because its author must stay; or <see langword="null"/>.</param>
/// <param name="Preferred">A sender that is taken when it has room today, because the client named it as author; or <see langword="null"/>.</param>
public sealed record RotationRequest(
    RelayModel Model, DirectionModel Direction, string? Only, string? Preferred, IReadOnlyList<PlannedRecipient> Recipients, DateTimeOffset Expires);

/// <summary>The senders proposed for a message. Its units count as taken in memory until <see cref="Dispose"/>, which is called by the store at its commit and must follow any other answer.</summary>
public sealed class RotationPlan : IDisposable
{
    private readonly BudgetLedger _ledger;
    private readonly List<(BudgetCounter Counter, DateOnly Date, int Units)> _pending;

    internal RotationPlan(BudgetLedger ledger, ImmutableArray<EntryGroup> groups, List<(BudgetCounter, DateOnly, int)> pending)
    {
        _ledger = ledger;
        Groups = groups;
        _pending = pending;
    }

    public ImmutableArray<EntryGroup> Groups { get; }

    public void Dispose()
    {
        lock (_ledger.Gate)
        {
            foreach (var (counter, date, units) in _pending)
                counter.AddPending(date, -units);
            _pending.Clear();
        }
    }
}
