using System.Collections.Immutable;
using System.Text.Json.Serialization;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>An event as the API and the command line show it.</summary>
/// <param name="Id">Grows with each event: the cursor.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="Source">The upstream whose webhook told it, <c>mail</c>, or whoever acted.</param>
/// <param name="Entry">The queue entry's id; <see langword="null"/> while none is known by the event's ids.</param>
/// <param name="Reason">Untrusted text.</param>
public sealed record EventReport(
    long Id, DateTimeOffset At, StoreEventKind Kind, string Source, string? Entry, string? Client, string? Recipient, string Reason)
{
    /// <summary>When it happened, as its source tells.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>The basic code of the reply it tells of; 0 for none.</summary>
    public int Code { get; init; }

    /// <summary>The enhanced status code.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Status { get; init; }

    public static EventReport Of(ListedEvent listed)
    {
        var told = listed.Event;
        return new EventReport(
            listed.Id, told.At, told.Kind, told.Who, listed.EntryId is { } id ? QueueId.Format(id) : null, listed.Client, listed.Recipient, told.Reason)
        {
            OccurredAt = told.OccurredAt,
            Code = told.Code,
            Status = told.Status,
        };
    }
}

/// <summary>A page of events.</summary>
/// <param name="Next">To be given as <c>after</c> to go on, now or later.</param>
/// <param name="IsLast">Whether there was nothing beyond this page.</param>
public sealed record EventPage(ImmutableArray<EventReport> Events, long Next, bool IsLast);
