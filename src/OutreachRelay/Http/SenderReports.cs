using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>A sender as the API and the command line show it.</summary>
public record SenderReport
{
    public required string Address { get; init; }
    public required string Pool { get; init; }

    /// <summary>Whose mail it carries.</summary>
    public required ImmutableArray<string> Clients { get; init; }

    /// <summary>The worse one of its own and its domain's.</summary>
    public required SenderStatus Status { get; init; }

    /// <summary>Recipients of today that it is chosen for, and those of them that an attempt was begun for.</summary>
    public required long Used { get; init; }
    public required long Sent { get; init; }

    /// <summary>Today's.</summary>
    public required long Cap { get; init; }

    /// <summary>Whether it may send now, or why not.</summary>
    public required GateState Gate { get; init; }

    /// <summary>When it may send again; <see langword="null"/> when it may now, or when no time is known.</summary>
    public required DateTimeOffset? NextOpening { get; init; }

    /// <summary>Why it, or its domain, is not healthy; empty when it is.</summary>
    public required string Reason { get; init; }

    public static SenderReport Of(RelayModel model, SenderFigures figures) => new()
    {
        Address = figures.Model.Address.ToString(),
        Pool = figures.Pool.Name,
        Clients = [.. model.Clients.Values.Where(client => Rotation.IsOf(model, client, figures.Model.Key)).Select(client => client.Name).Order(StringComparer.Ordinal)],
        Status = figures.Status,
        Used = figures.Used,
        Sent = figures.Sent,
        Cap = figures.Cap,
        Gate = figures.Gate.State,
        NextOpening = figures.Gate.IsOpen || figures.Gate.Until == DateTimeOffset.MaxValue ? null : figures.Gate.Until,
        Reason = string.Join("; ", Reasons(figures.Condition, "").Concat(Reasons(figures.DomainCondition, $"its domain {figures.Model.RegisteredDomain}: "))
            .Concat(figures.PreflightReason.Length > 0 ? [figures.PreflightReason] : [])),
    };

    private static IEnumerable<string> Reasons(SenderCondition condition, string prefix)
    {
        if (condition.Operator is { } pause)
            yield return $"{prefix}paused by {pause.Who}: {pause.Reason}";
        if (condition.Reason.Length > 0)
            yield return prefix + condition.Reason;
    }
}

/// <summary>One page of a list.</summary>
/// <param name="Next">To be given as <c>after</c> for the next page; <see langword="null"/> on the last one.</param>
public sealed record SenderPage(ImmutableArray<SenderReport> Senders, string? Next);

/// <summary>One sender with all that decides about it.</summary>
public sealed record SenderDetail : SenderReport
{
    [JsonConstructor]
    public SenderDetail() { }

    [SetsRequiredMembers]
    public SenderDetail(SenderReport report, SenderFigures figures, ImmutableArray<WaitingReport> waiting) : base(report)
    {
        var (model, pool) = (figures.Model, figures.Pool);
        (Domain, Date, TimeZone, DailyLimit, Weight) = (model.RegisteredDomain, figures.Today, model.TimeZone.Id, model.DailyLimit, model.Weight);
        (WarmupDay, LastSent, Days, Waiting) = (figures.WarmupDay, figures.LastSent, figures.Days, waiting);
        (DomainUsed, DomainCap, DomainHourlyLimit) = (figures.DomainUsed, figures.DomainCap, pool.DomainHourlyLimit);
        (WindowOpens, WindowCloses) = (model.Calendar.FirstOpen(figures.Today), model.Calendar.LastClose(figures.Today));
        (Gap, Spread, Upstreams) = ((long)pool.Gap.TotalSeconds, pool.Spread, model.Upstreams);
        (Condition, DomainCondition) = (ConditionReport.Of(figures.Condition), ConditionReport.Of(figures.DomainCondition));
    }

    public required string Domain { get; init; }

    /// <summary>Its local date.</summary>
    public required DateOnly Date { get; init; }

    public required string TimeZone { get; init; }
    public required long DailyLimit { get; init; }
    public required double Weight { get; init; }

    /// <summary>On which day of its ramp it is, from 1, 0 before the first; <see langword="null"/> without a warm-up.</summary>
    public required int? WarmupDay { get; init; }

    /// <summary>Today's of all senders of its domain.</summary>
    public required long DomainUsed { get; init; }
    public required long? DomainCap { get; init; }
    public required long? DomainHourlyLimit { get; init; }

    /// <summary>Today's window; <see langword="null"/> when it is closed all day.</summary>
    public required DateTimeOffset? WindowOpens { get; init; }
    public required DateTimeOffset? WindowCloses { get; init; }

    /// <summary>Seconds between two mails at least.</summary>
    public required long Gap { get; init; }

    /// <summary>Whether its mail is spread over what is left of the window.</summary>
    public required bool Spread { get; init; }

    /// <summary>The upstreams that may carry it; empty: all of its direction.</summary>
    public required ImmutableArray<string> Upstreams { get; init; }

    public required DateTimeOffset? LastSent { get; init; }

    /// <summary>Mail of today that waits for it.</summary>
    public required ImmutableArray<WaitingReport> Waiting { get; init; }

    public required ConditionReport Condition { get; init; }
    public required ConditionReport DomainCondition { get; init; }

    /// <summary>What became of its mail, today first.</summary>
    public required ImmutableArray<OutcomeDay> Days { get; init; }
}

/// <param name="Entries">Those without an attempt; at most 1,000 are counted.</param>
public sealed record WaitingReport(string Client, string Direction, int Entries);

/// <param name="Until">When a pause turns into a trial.</param>
/// <param name="Pauses">In a row.</param>
/// <param name="OperatorPause">The operator's own, or <see langword="null"/>.</param>
public sealed record ConditionReport(
    SenderStatus Status, DateTimeOffset? Since, DateTimeOffset? Until, int Pauses, string Reason, DateTimeOffset? LastPause, DateTimeOffset? PauseBefore,
    OperatorPause? OperatorPause)
{
    public static ConditionReport Of(SenderCondition condition) => new(
        condition.Status, condition.Since > DateTimeOffset.UnixEpoch ? condition.Since : null, condition.Until, condition.Pauses, condition.Reason,
        condition.LastPause, condition.PauseBefore, condition.Operator);
}

/// <summary>Whom to pause or to resume. A member of another name is refused.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PauseRequest
{
    /// <summary>A sender's address, or a sender domain; or an upstream.</summary>
    public string? Name { get; init; }

    /// <summary>Needed for a pause; at most <see cref="ActionLimits.MaxReason"/> characters.</summary>
    public string? Reason { get; init; }

    /// <summary>Seconds that a pause lasts; <see langword="null"/>: until it is resumed.</summary>
    public long? For { get; init; }
}

/// <param name="Name">As it is known.</param>
/// <param name="Kept">Whether it is on disk; otherwise it is in force, and the store is asked again.</param>
public sealed record PauseReply(string Name, bool Kept);
