using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>A sender as it stands at a moment.</summary>
public sealed record SenderFigures
{
    public required SenderModel Model { get; init; }
    public required PoolModel Pool { get; init; }

    /// <summary>The worse one of its own and its domain's.</summary>
    public required SenderStatus Status { get; init; }

    public required SenderCondition Condition { get; init; }
    public required SenderCondition DomainCondition { get; init; }

    /// <summary>Why preflight keeps it out of the rotation; empty when it does not.</summary>
    public string PreflightReason { get; init; } = "";

    /// <summary>Its local date.</summary>
    public required DateOnly Today { get; init; }

    /// <summary>Units of today that are taken, and those of them on which an attempt was begun.</summary>
    public required long Used { get; init; }
    public required long Sent { get; init; }

    /// <summary>Today's: the daily limit, the warm-up's or the trial's.</summary>
    public required long Cap { get; init; }

    public required long DomainUsed { get; init; }

    /// <summary><see langword="null"/> for none.</summary>
    public required long? DomainCap { get; init; }

    /// <summary>On which day of its ramp it is, from 1; <see langword="null"/> without a warm-up.</summary>
    public required int? WarmupDay { get; init; }

    /// <summary>Whether it may send now, and if not, why and when it may be asked again.</summary>
    public required GateAnswer Gate { get; init; }

    public required DateTimeOffset? LastSent { get; init; }

    /// <summary>What health looks at, from today backwards.</summary>
    public required ImmutableArray<OutcomeDay> Days { get; init; }
}

/// <param name="Date">In the sender's time zone.</param>
/// <param name="Bad">Hard bounces and blocks.</param>
public readonly record struct OutcomeDay(DateOnly Date, long Outcomes, long Bad, long Complaints);

/// <summary>Shows senders as the rotation sees them. Changes nothing.</summary>
public sealed class SenderView(BudgetLedger ledger, Rotation rotation, SenderGates gates, TimeProvider time)
{
    /// <returns><see langword="null"/> when the model does not have the sender.</returns>
    public SenderFigures? Look(RelayModel model, string senderKey)
    {
        lock (ledger.Gate)
        {
            if (rotation.MemberNeedsLock(model, senderKey) is not { } member)
                return null;
            var (state, today) = (member.State, member.Today(time.GetUtcNow()));
            var domainCap = SenderCap.OfDomain(member.Pool, member.Model, today);
            return new SenderFigures
            {
                Model = member.Model,
                Pool = member.Pool,
                Status = state.Status,
                Condition = state.Condition,
                DomainCondition = state.Domain.Condition,
                PreflightReason = state.Bar?.Reason ?? "",
                Today = today,
                Used = state.Units.Taken(today),
                Sent = state.Sent.Taken(today),
                Cap = SenderCap.Of(member.Model, state, today, today),
                DomainUsed = state.Domain.Units.Taken(today),
                DomainCap = domainCap == long.MaxValue ? null : domainCap,
                WarmupDay = WarmupDay(member, today),
                Gate = gates.Ask(model, senderKey),
                LastSent = state.LastSent,
                Days = DaysNeedsLock(member, today),
            };
        }
    }

    private static int? WarmupDay(PoolMember member, DateOnly today)
    {
        if (member.Model.Warmup is not { } warmup)
            return null;
        var since = SenderCap.Resumed(warmup, member.State, today) is { } resumed && resumed > warmup.Since ? resumed : warmup.Since;
        return Math.Max(0, today.DayNumber - since.DayNumber + 1);
    }

    private ImmutableArray<OutcomeDay> DaysNeedsLock(PoolMember member, DateOnly today) =>
        [.. new HealthSubject(ledger, member.State, today).Samples().Select((day, ago) => new OutcomeDay(today.AddDays(-ago), day.Outcomes, day.Bad, day.Complaints))];
}
