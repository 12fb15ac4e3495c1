using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using OutreachRelay.Deliver.Explaining;
using OutreachRelay.Policy.Score;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>A queue entry as the API and the command line show it.</summary>
public record EntryReport
{
    public required string Id { get; init; }

    /// <summary>That of the message's first entry, which is also what the client was told.</summary>
    public required string MessageId { get; init; }

    public required string Client { get; init; }
    public required string Direction { get; init; }
    public required string Recipient { get; init; }
    public required string? Sender { get; init; }
    public required EntryState State { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset Due { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public required int Attempts { get; init; }
    public required string? Upstream { get; init; }

    /// <summary>Untrusted text.</summary>
    public required string? LastReply { get; init; }

    /// <summary>How far the last attempt came.</summary>
    public AttemptStage? LastStage { get; init; }

    /// <summary>The code of its reply; 0 when there was none.</summary>
    public int LastCode { get; init; }

    /// <summary>An upstream may have taken it: it goes there again or nowhere.</summary>
    public bool MaybeSent { get; init; }

    /// <summary>How the content scored; <see langword="null"/> when it was not scored.</summary>
    public double? Score { get; init; }

    /// <summary>What counts most of what was heard of it afterwards.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OutcomeKind? Outcome { get; init; }

    /// <summary>In lists: what keeps it although it is due, or a hold; <see langword="null"/> when memory knows of nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NotBeforeReport? NotBefore { get; init; }

    public static EntryReport Of(QueueEntry entry) => new()
    {
        Id = QueueId.Format(entry.Id),
        MessageId = QueueId.Format(entry.MessageId),
        Client = entry.Client,
        Direction = entry.Direction,
        Recipient = entry.Recipient,
        Sender = entry.Sender,
        State = entry.State,
        CreatedAt = entry.CreatedAt,
        Due = entry.Due,
        ExpiresAt = entry.ExpiresAt,
        Attempts = entry.Attempts,
        Upstream = entry.Upstream,
        LastReply = entry.LastReply,
        LastStage = entry.LastStage,
        LastCode = entry.LastCode,
        MaybeSent = entry.MaybeSent,
        Score = entry.Score,
        Outcome = entry.Outcome?.Kind,
    };
}

/// <param name="Kind">What it waits for.</param>
/// <param name="Until">The earliest end; <see langword="null"/> when no time is known.</param>
public sealed record NotBeforeReport(WaitKind Kind, DateTimeOffset? Until);

/// <summary>One page of a list.</summary>
/// <param name="Next">To be given as <c>after</c> for the next page; <see langword="null"/> on the last one. A page that a filter left short, or empty, may have a next one.</param>
public sealed record EntryPage(ImmutableArray<EntryReport> Entries, string? Next);

/// <summary>One entry with all that is known of it.</summary>
public sealed record EntryDetail : EntryReport
{
    [JsonConstructor]
    public EntryDetail() { }

    [SetsRequiredMembers]
    public EntryDetail(EntryReport entry, ImmutableArray<AttemptReport> history, ImmutableArray<StoreEvent> events, ImmutableArray<EntryReport> others,
        ImmutableArray<ScoreFinding> findings) : base(entry)
    {
        History = history;
        Events = events;
        Others = others;
        Findings = findings;
    }

    /// <summary>Its attempts, the first one first.</summary>
    public required ImmutableArray<AttemptReport> History { get; init; }

    /// <summary>What was done to it beside the attempts, by whom and why, the first one first.</summary>
    public required ImmutableArray<StoreEvent> Events { get; init; }

    /// <summary>The other entries of its message; at most a page of them.</summary>
    public required ImmutableArray<EntryReport> Others { get; init; }

    /// <summary>The score rules that its content met, the heaviest first. Untrusted text.</summary>
    public required ImmutableArray<ScoreFinding> Findings { get; init; }
}

/// <param name="EndedAt"><see langword="null"/> while it runs, or when nothing was heard of its end.</param>
/// <param name="Code">The reply's code; 0 when there was none.</param>
/// <param name="Reply">Untrusted text.</param>
public sealed record AttemptReport(
    int Number, string Upstream, string Credential, string Correlation, DateTimeOffset StartedAt, DateTimeOffset? EndedAt,
    AttemptStage? Stage, int Code, string? Reply)
{
    public static AttemptReport Of(AttemptRecord attempt) => new(
        attempt.Number, attempt.Upstream, attempt.Credential, attempt.Correlation, attempt.StartedAt, attempt.EndedAt,
        attempt.Stage, attempt.Code, attempt.Reply);
}
