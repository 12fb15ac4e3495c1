using System.Collections.Immutable;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>Reads the fields of a delivery status part (RFC 3464 §2), or of a text that holds them.</summary>
/// <remarks>
/// Groups should be parted by empty lines; programs leave these out and put them within groups. Therefore a group begins where a recipient
/// is named again, and an empty line only settles what the fields leave open. Of a repeated field the first counts.
/// </remarks>
internal sealed class DeliveryStatus(BounceOptions options)
{
    private readonly List<RecipientFields> _recipients = [];
    private ReportAddress? _pendingOriginal;
    private bool _hasPending;

    public string? ReportingMta { get; private set; }

    public string? OriginalEnvelopeId { get; private set; }

    public DateTimeOffset? ArrivalDate { get; private set; }

    public bool IsTruncated { get; private set; }

    /// <summary>Whether these are the fields of a receipt (RFC 8098), which look much the same.</summary>
    public bool IsReceipt { get; private set; }

    public ImmutableArray<RecipientReport> Recipients => [.. _recipients.Select(recipient => recipient.Build())];

    public static DeliveryStatus Read(ReadOnlySpan<byte> text, BounceOptions options)
    {
        var status = new DeliveryStatus(options);
        var reader = new FieldReader(text, isSection: false);
        // Behind these begins the returned message, where a text holds everything.
        while (!status.IsTruncated && reader.TryRead() && !reader.Is("Received"u8) && !reader.Is("Return-Path"u8) && !reader.Is("Message-ID"u8))
            status.Add(reader);
        status.SettlePending(isFinalNext: false);
        return status;
    }

    private void Add(FieldReader field)
    {
        if (_recipients.Count > 0 && field.IsAfterBlank)
            _recipients[^1].IsClosed = true;
        SettlePending(field.Is("Final-Recipient"u8));
        if (field.Is("Final-Recipient"u8))
            AddFinal(ReportAddress.Parse(field.Value));
        else if (field.Is("Original-Recipient"u8))
            AddOriginal(ReportAddress.Parse(field.Value));
        else if (!AddToMessage(field) && RecipientFields.IsKnown(field))
            Current().Add(field, options.MaxValueLength);
    }

    private bool AddToMessage(FieldReader field)
    {
        if (field.Is("Reporting-MTA"u8))
            ReportingMta ??= FieldText.ReadHost(field.Value);
        else if (field.Is("Arrival-Date"u8))
            ArrivalDate ??= FieldText.ReadDate(field.Value);
        else if (field.Is("Original-Envelope-Id"u8))
            OriginalEnvelopeId ??= FieldText.Clean(field.Value, options.MaxValueLength);
        else if (field.Is("Disposition"u8))
            IsReceipt = true;
        else
            return false;
        return true;
    }

    // A recipient that can't be read is one all the same: its result must not become the next one's.
    private void AddFinal(ReportAddress? address)
    {
        var current = Current();
        var isRepeated = current is { HasFinal: true, HasResult: false } && (current.Final is null || current.Final == address);
        if (!isRepeated && (current.HasFinal || (current.HasOriginal && current.IsComplete)))
            current = Begin();
        else if (current.IsComplete)
            current.TakeResultAsDefault();
        current.HasFinal = true;
        current.Final ??= address;
    }

    private void AddOriginal(ReportAddress? address)
    {
        var current = Current();
        if (current.HasOriginal || (current.HasFinal && current.IsComplete))
            SetOriginal(Begin(), address);
        else if (current.HasFinal)
            (_hasPending, _pendingOriginal) = (true, address);
        else
            SetOriginal(current, address);
    }

    // Behind a Final-Recipient, an Original-Recipient belongs to that group, or opens the next when another Final-Recipient follows.
    private void SettlePending(bool isFinalNext)
    {
        if (_hasPending)
            SetOriginal(isFinalNext ? Begin() : Current(), _pendingOriginal);
        _hasPending = false;
    }

    private static void SetOriginal(RecipientFields recipient, ReportAddress? address)
    {
        if (recipient is { HasOriginal: false, HasFinal: false, IsComplete: true })
            recipient.TakeResultAsDefault();
        recipient.HasOriginal = true;
        recipient.Original = address;
    }

    private RecipientFields Current() => _recipients.Count > 0 ? _recipients[^1] : Begin();

    private RecipientFields Begin()
    {
        var recipient = new RecipientFields();
        if (_recipients.Count < options.MaxRecipients)
            _recipients.Add(recipient);
        else
            IsTruncated = true;
        return recipient;
    }
}
