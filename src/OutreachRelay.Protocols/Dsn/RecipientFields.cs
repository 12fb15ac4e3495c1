using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>The fields of one recipient while they are read.</summary>
internal sealed class RecipientFields
{
    private DeliveryAction _action;
    private EnhancedStatusCode _status;
    private DeliveryAction _defaultAction;
    private EnhancedStatusCode _defaultStatus;
    private DiagnosticCode? _defaultDiagnostic;
    private DiagnosticCode? _diagnostic;
    private string? _remoteMta;
    private DateTimeOffset? _lastAttempt;
    private DateTimeOffset? _willRetryUntil;

    public ReportAddress? Final { get; set; }

    public ReportAddress? Original { get; set; }

    /// <summary>Whether there was a Final-Recipient, one that can't be read included.</summary>
    public bool HasFinal { get; set; }

    public bool HasOriginal { get; set; }

    /// <summary>Whether an empty line followed the fields so far.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Whether there is more than addresses.</summary>
    public bool HasResult => _action != DeliveryAction.Unknown || !_status.IsNone || _diagnostic is not null;

    /// <summary>Whether an empty line followed, and there was a result before it: the group could end here.</summary>
    public bool IsComplete => IsClosed && HasResult;

    /// <summary>What was read belongs to no recipient: it counts for the one named now as far as that one's own fields do not contradict.</summary>
    public void TakeResultAsDefault()
    {
        (_defaultAction, _defaultStatus, _defaultDiagnostic) = (_action, _status, _diagnostic);
        (_action, _status, _diagnostic, IsClosed) = (DeliveryAction.Unknown, default, null, false);
    }

    public static bool IsKnown(FieldReader field) =>
        field.Is("Action"u8) || field.Is("Status"u8) || field.Is("Diagnostic-Code"u8) || field.Is("Remote-MTA"u8)
        || field.Is("Last-Attempt-Date"u8) || field.Is("Will-Retry-Until"u8);

    public void Add(FieldReader field, int maxLength)
    {
        if (field.Is("Action"u8) || field.Is("Status"u8))
            AddResult(FieldText.Clean(field.Value, 200));
        else if (field.Is("Diagnostic-Code"u8))
            _diagnostic ??= DiagnosticCode.Parse(field.Value, maxLength);
        else if (field.Is("Remote-MTA"u8))
            _remoteMta ??= FieldText.ReadHost(field.Value);
        else if (field.Is("Last-Attempt-Date"u8))
            _lastAttempt ??= FieldText.ReadDate(field.Value);
        else
            _willRetryUntil ??= FieldText.ReadDate(field.Value);
    }

    public RecipientReport Build()
    {
        ApplyDefault();
        var status = ChooseStatus();
        return new RecipientReport
        {
            FinalRecipient = Final,
            OriginalRecipient = Original,
            Action = _action != DeliveryAction.Unknown ? _action : Imply(status, _diagnostic?.ReplyCode ?? 0),
            Status = status,
            Diagnostic = _diagnostic,
            RemoteMta = _remoteMta,
            LastAttempt = _lastAttempt,
            WillRetryUntil = _willRetryUntil,
        };
    }

    // Each of the two fields is found with the other's value, and Status with a whole reply.
    private void AddResult(string value)
    {
        var (_, status) = StatusCodes.ReadLeading(value);
        if (_status.IsNone)
            _status = status;
        if (_action == DeliveryAction.Unknown)
            _action = ReadAction(value);
    }

    private void ApplyDefault()
    {
        if (!HasResult)
            (_action, _status, _diagnostic) = (_defaultAction, _defaultStatus, _defaultDiagnostic);
        else if (_status.IsNone && Imply(_defaultStatus.Class) == _action)
            _status = _defaultStatus;
    }

    private EnhancedStatusCode ChooseStatus()
    {
        var inDiagnostic = _diagnostic?.Enhanced ?? default;
        var isBetter = _status.IsNone || (StatusCodes.IsVague(_status) && inDiagnostic.Class == _status.Class);
        return isBetter && !inDiagnostic.IsNone ? inDiagnostic : _status;
    }

    private static DeliveryAction ReadAction(ReadOnlySpan<char> value)
    {
        if (value.StartsWith("fail", StringComparison.OrdinalIgnoreCase))
            return DeliveryAction.Failed;
        if (value.StartsWith("delay", StringComparison.OrdinalIgnoreCase))
            return DeliveryAction.Delayed;
        if (value.StartsWith("deliver", StringComparison.OrdinalIgnoreCase))
            return DeliveryAction.Delivered;
        if (value.StartsWith("relay", StringComparison.OrdinalIgnoreCase))
            return DeliveryAction.Relayed;
        return value.StartsWith("expand", StringComparison.OrdinalIgnoreCase) ? DeliveryAction.Expanded : DeliveryAction.Unknown;
    }

    // RFC 3463 §3.5: x.4.7, the delivery time has expired: nobody tries again.
    private static DeliveryAction Imply(EnhancedStatusCode status, int reply) => status switch
    {
        { Class: 4, Subject: 4, Detail: 7 } => DeliveryAction.Failed,
        { Class: > 0 } => Imply(status.Class),
        _ => Imply(reply / 100),
    };

    private static DeliveryAction Imply(int statusClass) => statusClass switch
    {
        5 => DeliveryAction.Failed,
        4 => DeliveryAction.Delayed,
        2 => DeliveryAction.Delivered,
        _ => DeliveryAction.Unknown,
    };
}
