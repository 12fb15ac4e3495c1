using System.Collections.Immutable;
using System.Text.Json.Serialization;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Telling;

/// <summary>An event as its client hears of it. Names that are there stay.</summary>
/// <param name="Id">Grows with each event: by it a repetition is known.</param>
/// <param name="Kind">A word of <see cref="HookModel.Words"/>.</param>
/// <param name="OccurredAt">When it happened, as its source tells; otherwise when it was recorded.</param>
/// <param name="QueueId">What the client read in the 250.</param>
/// <param name="Entry">The queue entry's id: of a message's first recipient the same.</param>
/// <param name="MessageId">The client's own, without brackets, or <see langword="null"/>.</param>
/// <param name="Recipient">As the client gave it.</param>
/// <param name="Sender">The address it was sent as, or <see langword="null"/>.</param>
/// <param name="Upstream">That of the last attempt, or <see langword="null"/>.</param>
/// <param name="Source">The upstream whose webhook told it, <c>mail</c>, <c>recipient</c>, or whoever acted.</param>
/// <param name="State">Of the entry by now: an event counts only as far as nothing that counts more was heard.</param>
/// <param name="Code">The basic code of the reply it tells of; 0 for none.</param>
/// <param name="Status">The enhanced status code, or <see langword="null"/>.</param>
/// <param name="Reason">In the source's words; untrusted text.</param>
internal sealed record HookEvent(
    long Id, string Kind, DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, string QueueId, string Entry, string? MessageId, string? Recipient, string Direction,
    string? Sender, string? Upstream, string Source, EntryState State, int Code, string? Status, string Reason)
{
    /// <param name="listed">Of an entry that is known.</param>
    public static HookEvent Of(ListedEvent listed)
    {
        var (told, mail) = (listed.Event, listed.Mail!);
        return new HookEvent(
            listed.Id, HookModel.WordOf(told.Kind), told.OccurredAt ?? told.At, told.At, Store.QueueId.Format(mail.QueueId), Store.QueueId.Format(listed.EntryId!.Value),
            mail.MessageId, listed.Recipient, mail.Direction, mail.Sender, mail.Upstream, told.Who, mail.State, told.Code, told.Status, told.Reason);
    }
}

/// <summary>What one request tells.</summary>
internal sealed record HookBody(string Client, ImmutableArray<HookEvent> Events);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(Http.WordConverter<EntryState>)])]
[JsonSerializable(typeof(HookBody))]
internal sealed partial class HookJson : JsonSerializerContext;
