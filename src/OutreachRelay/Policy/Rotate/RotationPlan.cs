using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>A recipient that needs a sender.</summary>
/// <param name="Address">As given in RCPT.</param>
/// <param name="Key">Its normalised form.</param>
/// <param name="Digest">What tells a repetition; may be empty.</param>
public readonly record struct PlannedRecipient(string Address, string Key, ReadOnlyMemory<byte> Digest);

/// <summary>What the client asks for among its own mail.</summary>
public enum MailPriority
{
    High = -1,
    Normal = 0,
    Low = 1,
}

/// <summary>A message that needs senders.</summary>
public sealed record RotationRequest
{
    /// <summary>The model that the message captured.</summary>
    public required RelayModel Model { get; init; }
    public required DirectionModel Direction { get; init; }
    public required IReadOnlyList<PlannedRecipient> Recipients { get; init; }
    public required DateTimeOffset Expires { get; init; }

    /// <summary>How long before its expiry the last place for a first mail is: what is kept free is for first mails that give way to follow-ups.</summary>
    public TimeSpan Reserve { get; init; }

    /// <summary>The one sender that may carry it, because its author must stay, or because it is bound to it.</summary>
    public string? Only { get; init; }

    /// <summary>A sender that is taken when it can send now, because the client named it as author.</summary>
    public string? Preferred { get; init; }

    /// <summary>The sender of the thread that the message belongs to.</summary>
    public string? Thread { get; init; }

    /// <summary>A sender that binds nobody in this request: it is paused or gone, and another is to take over.</summary>
    public string? Avoid { get; init; }

    /// <summary>When it may leave first; the past for at once.</summary>
    public DateTimeOffset NotBefore { get; init; }

    public MailPriority Priority { get; init; }
}

/// <summary>A sender whose follow-ups found no unit of the next date on which it sends.</summary>
/// <param name="Missing">Units that first mails of the date would have to give up.</param>
public readonly record struct CrowdedSender(string Sender, DateOnly Date, int Missing);

/// <summary>The senders proposed for a message. Its units count as taken in memory until <see cref="Dispose"/>, which is called by the store at its commit and must follow any other answer.</summary>
public sealed class RotationPlan : IDisposable
{
    private readonly BudgetLedger _ledger;
    private readonly List<(BudgetCounter Counter, DateOnly Date, int Units)> _pending;

    internal RotationPlan(
        BudgetLedger ledger, ImmutableArray<EntryGroup> groups, List<(BudgetCounter, DateOnly, int)> pending, ImmutableArray<CrowdedSender> crowded)
    {
        _ledger = ledger;
        Groups = groups;
        Crowded = crowded;
        _pending = pending;
    }

    /// <summary>Empty when a recipient's sender has no room before the message would expire, and the configuration has it refused then.</summary>
    /// <remarks>A group without candidates waits without a sender: all are paused.</remarks>
    public ImmutableArray<EntryGroup> Groups { get; }

    public bool HasRoom => !Groups.IsEmpty;

    /// <summary>Days on which follow-ups could leave sooner if first mails made room, the nearest first.</summary>
    public ImmutableArray<CrowdedSender> Crowded { get; }

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
