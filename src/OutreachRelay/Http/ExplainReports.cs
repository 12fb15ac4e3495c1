using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Explaining;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Policy.Score;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>Why an entry is where it is.</summary>
public sealed record ExplanationReport : EntryReport
{
    [JsonConstructor]
    public ExplanationReport() { }

    [SetsRequiredMembers]
    public ExplanationReport(Explanation explanation, ImmutableArray<ScoreFinding> findings) : base(Of(explanation.Entry))
    {
        UnitDate = explanation.Entry.UnitDate;
        SenderChoice = explanation.Sender.Choice;
        SenderDetail = explanation.Sender.Detail;
        Earliest = explanation.Earliest;
        WaitsFor = [.. explanation.Waits.Select(static wait => new WaitReport(wait.Kind, wait.Until, wait.Detail))];
        Upstreams = explanation.Upstreams;
        Candidates = explanation.Candidates;
        Findings = findings;
        Heard = explanation.Heard;
    }

    /// <summary>The date, in the sender's zone, whose unit it holds.</summary>
    public required DateOnly? UnitDate { get; init; }

    /// <summary>Why it has its sender.</summary>
    public required SenderChoice SenderChoice { get; init; }

    /// <summary>Of a reassignment: when, by whom and why. Untrusted text.</summary>
    public required string SenderDetail { get; init; }

    /// <summary>When it may leave at the earliest; <see langword="null"/> when no time is known, or it never will.</summary>
    public required DateTimeOffset? Earliest { get; init; }

    /// <summary>All that it waits for at once, what ends last first.</summary>
    public required ImmutableArray<WaitReport> WaitsFor { get; init; }

    /// <summary>The upstreams of its direction, and what each would say to it now.</summary>
    public required ImmutableArray<UpstreamAnswer> Upstreams { get; init; }

    /// <summary>How many senders of its direction could take a first mail now (<c>none</c> keeps them from it), and what keeps the others.</summary>
    public required ImmutableArray<ObstacleCount> Candidates { get; init; }

    /// <summary>The score rules that its content met, the heaviest first. Untrusted text.</summary>
    public required ImmutableArray<ScoreFinding> Findings { get; init; }

    /// <summary>What was heard of it after it had left, the last ones, the first one first.</summary>
    public ImmutableArray<StoreEvent> Heard { get; init; } = [];
}

/// <param name="Until">The earliest end; <see langword="null"/> when no time is known.</param>
/// <param name="Detail">Untrusted text.</param>
public sealed record WaitReport(WaitKind Kind, DateTimeOffset? Until, string Detail);
