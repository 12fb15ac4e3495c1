using System.Globalization;
using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Dsn;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Receive;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Telling;

/// <summary>Makes the notification of an entry's failure, and the message that carries it. Pure.</summary>
internal static class FailureNotice
{
    /// <summary>What may make an entry fail or expire.</summary>
    public static StoreEventKind[] Kinds { get; } =
    [
        StoreEventKind.Fail, StoreEventKind.Expire, StoreEventKind.BouncedHard, StoreEventKind.BouncedSoft, StoreEventKind.Blocked, StoreEventKind.Dropped,
    ];

    // RFC 3463 §3.5: the delivery time has expired.
    private static readonly EnhancedStatusCode TimeExpired = new(4, 4, 7);

    /// <summary>What the event says of its entry, for its client.</summary>
    /// <param name="about">The entry with its message, of which the content may be purged.</param>
    /// <param name="token">Random; unique to the notification.</param>
    /// <returns><see langword="null"/> where there is nobody to notify, or nothing to notify of: never about a null reverse-path (RFC 5321 §6.1).</returns>
    public static NonDeliveryReport? Of(ListedEvent listed, LoadedEntry about, DsnModel dsn, string hostname, DateTimeOffset now, string token)
    {
        var (entry, message) = (about.Entry, about.Message);
        if (entry.State is not (EntryState.Failed or EntryState.Expired) || message.ReversePath is null
            || !Mailbox.TryParse(message.ReversePath, out var to, out _) || !Mailbox.TryParse(entry.Recipient, out var recipient, out _))
            return null;
        var isExpired = listed.Event.Kind == StoreEventKind.Expire;
        return new NonDeliveryReport
        {
            From = dsn.Sender.Address,
            To = to.WithAsciiDomain(),
            MessageId = $"{token}@{dsn.Sender.Domain}",
            Date = now,
            ReportingMta = hostname,
            ArrivalDate = message.ReceivedAt,
            Recipient = recipient,
            Status = isExpired ? TimeExpired : StatusOf(listed.Event),
            Diagnostic = isExpired ? entry.LastReply : Diagnostic(listed.Event),
            Explanation = Explain(listed.Event.Kind, entry),
            OriginalMessageId = listed.Mail?.MessageId,
            OriginalHeader = HeaderOf(message.Content),
        };
    }

    /// <summary>The request by which the store takes it; the groups are still to be ranked.</summary>
    public static AcceptRequest Request(NonDeliveryReport report, long about, DsnModel dsn, RelayModel model)
    {
        var content = NonDeliveryWriter.Write(report);
        return new AcceptRequest
        {
            Client = dsn.Direction.Client,
            Direction = dsn.Direction.Name,
            ReversePath = null,
            ReceivedAt = report.Date,
            ExpiresAt = report.Date + model.Delivery.Expire,
            Received = id => ReceivedField.Build(null, model.Hostname, "local", QueueId.Format(id), report.Date),
            Content = content,
            Length = content.Length,
            NeedsSmtpUtf8 = report.To.NeedsUtf8,
            Has8Bit = false,
            KeepsAuthor = true,
            OriginalMessageId = report.MessageId,
            DuplicateWindow = TimeSpan.Zero,
            Groups = [],
            Notifies = about,
        };
    }

    private static EnhancedStatusCode StatusOf(StoreEvent told) =>
        told.Status is { Length: > 0 and < 16 } text && EnhancedStatusCode.TryParse(Encoding.ASCII.GetBytes(text), out var status, out _) && status.Class is 4 or 5
            ? status
            : default;

    // With the codes before it, as a reply has them.
    private static string? Diagnostic(StoreEvent told)
    {
        if (told.Reason.Length == 0)
            return null;
        var code = told.Code.ToString(CultureInfo.InvariantCulture);
        return told.Code < 400 || told.Reason.StartsWith(code, StringComparison.Ordinal) ? told.Reason : $"{code} {told.Reason}";
    }

    private static string Explain(StoreEventKind kind, QueueEntry entry) => kind switch
    {
        StoreEventKind.Expire when entry.MaybeSent => "It could not be delivered in time, as far as is known: an earlier attempt may have delivered it all the same.",
        StoreEventKind.Expire => "It could not be delivered in time.",
        StoreEventKind.Dropped => "The provider that was to deliver it did not try.",
        StoreEventKind.Fail => "The server to which it was handed refused it.",
        _ => "It was sent, and came back.",
    };

    private static ReadOnlyMemory<byte> HeaderOf(ReadOnlyMemory<byte> content) =>
        HeaderSection.TryRead(content, HeaderLimits.Default, out var section, out _) ? section.Raw : default;
}
