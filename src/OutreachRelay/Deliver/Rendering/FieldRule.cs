using System.Text;

namespace OutreachRelay.Deliver.Rendering;

/// <summary>What rendering does with a field of the original.</summary>
internal enum FieldRule
{
    Keep,
    Remove,
    From,
    ReplyTo,
    MessageId,
    Date,

    /// <summary>Removed when the recipient gets a link of ours.</summary>
    Unsubscribe,

    /// <summary>Removed when it speaks in our name.</summary>
    AuthenticationResults,

    /// <summary>Removed when it names the author that was replaced.</summary>
    Extension,
}

/// <summary>Finds the rule for a field by its name: by length first, so that most names are compared with none.</summary>
internal static class FieldRules
{
    public static FieldRule For(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 when Is(name, "Bcc"u8) => FieldRule.Remove,
        4 when Is(name, "From"u8) => FieldRule.From,
        4 when Is(name, "Date"u8) => FieldRule.Date,
        6 when Is(name, "Sender"u8) => FieldRule.Remove,
        8 when Is(name, "Reply-To"u8) => FieldRule.ReplyTo,
        9 when Is(name, "Errors-To"u8) => FieldRule.Remove,
        10 when Is(name, "Message-ID"u8) => FieldRule.MessageId,
        10 when Is(name, "Resent-Bcc"u8) => FieldRule.Remove,
        11 when Is(name, "Return-Path"u8) => FieldRule.Remove,
        14 when Is(name, "DKIM-Signature"u8) => FieldRule.Remove,
        16 when Is(name, "List-Unsubscribe"u8) => FieldRule.Unsubscribe,
        17 when Is(name, "Return-Receipt-To"u8) => FieldRule.Remove,
        21 when Is(name, "List-Unsubscribe-Post"u8) => FieldRule.Unsubscribe,
        22 when Is(name, "Authentication-Results"u8) => FieldRule.AuthenticationResults,
        22 when Is(name, "Resend-Idempotency-Key"u8) => FieldRule.Remove,
        27 when Is(name, "Disposition-Notification-To"u8) => FieldRule.Remove,
        _ when StartsWith(name, "ARC-"u8) => FieldRule.Remove,
        _ when StartsWith(name, "X-"u8) => ForExtension(name),
        _ => FieldRule.Keep,
    };

    private static FieldRule ForExtension(ReadOnlySpan<byte> name) =>
        Is(name, "X-Sender"u8) || Is(name, "X-Original-From"u8) || Is(name, "X-SMTPAPI"u8)
        || StartsWith(name, "X-Outreach-"u8) || StartsWith(name, "X-Mailgun-"u8) || StartsWith(name, "X-SES-"u8) || StartsWith(name, "X-PM-"u8)
            ? FieldRule.Remove
            : FieldRule.Extension;

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> other) => Ascii.EqualsIgnoreCase(name, other);

    private static bool StartsWith(ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix) =>
        name.Length >= prefix.Length && Ascii.EqualsIgnoreCase(name[..prefix.Length], prefix);
}
