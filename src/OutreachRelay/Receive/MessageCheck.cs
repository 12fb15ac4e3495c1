using System.Text;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Receive;

/// <summary>Checks a header section before acceptance and gathers its facts, in one pass.</summary>
public static class MessageCheck
{
    /// <summary>RFC 5321 §6.3 asks for a count well above any real path; 100 is what it names.</summary>
    public const int MaxReceived = 100;

    /// <summary>Control values longer than this name nothing that exists.</summary>
    private const int MaxControlValue = 256;

    // RFC 5322 §3.6: at most one of each. Signatures, filters and readers disagree on which of two counts.
    private static readonly string[] Single = ["From", "Subject", "Message-ID", "Date", "To", "Reply-To", "Sender"];

    /// <summary>Checks the header section at the start of a content.</summary>
    /// <param name="content">The content as received: CRLF line ends, without bare CR, LF or NUL; at least its header section.</param>
    /// <param name="hostname">Our own name, for the recognition of our own hop.</param>
    /// <param name="facts">What the section tells, when there is no refusal.</param>
    /// <returns><see langword="null"/> when it may be accepted; otherwise a permanent reply: 550 5.6.0 for what is malformed, 552 5.3.4 for what is too large, 554 5.4.6 for a loop.</returns>
    public static SmtpReply? Check(ReadOnlyMemory<byte> content, string hostname, HeaderLimits limits, out MessageFacts? facts)
    {
        facts = null;
        if (!HeaderSection.TryRead(content, limits, out var header, out var error))
            return error.Fault == HeaderFault.TooLarge
                ? new SmtpReply(552, 5, 3, 4, error.ToString())
                : new SmtpReply(550, 5, 6, 0, error.ToString());
        var seen = 0;
        var received = 0;
        var gathered = new MessageFacts
        {
            HeaderLength = header.Length,
            HeaderHas8Bit = !Ascii.IsValid(header.Raw.Span),
        };
        foreach (var field in header)
        {
            if (field.Is("Received"u8) && (++received > MaxReceived || ReceivedField.IsOwn(field.Value, hostname)))
                return new SmtpReply(554, 5, 4, 6, "the message loops");
            var index = SingleIndex(field.Name);
            if (index >= 0 && (seen & (1 << index)) != 0)
                return new SmtpReply(550, 5, 6, 0, $"the message has more than one {Single[index]} field");
            seen |= index >= 0 ? 1 << index : 0;
            gathered = Gather(gathered, field);
        }
        facts = gathered;
        return null;
    }

    private static int SingleIndex(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < Single.Length; i++)
        {
            if (name.Length == Single[i].Length && Ascii.EqualsIgnoreCase(name, Single[i]))
                return i;
        }
        return -1;
    }

    private static MessageFacts Gather(MessageFacts facts, HeaderField field) => field.Name.Length switch
    {
        4 when field.Is("From"u8) => facts with { Authors = [.. AddressList.Parse(field.Value).Mailboxes()] },
        4 when field.Is("Date"u8) => facts with { Date = MailDate.TryParse(field.GetText(), out var date) ? date : null },
        10 when field.Is("Message-ID"u8) => facts with { MessageId = MessageIds.ParseOne(field.Value) },
        10 when field.Is("References"u8) => facts with { References = MessageIds.Parse(field.Value, MessageFacts.MaxThreadIds) },
        11 when field.Is("In-Reply-To"u8) => facts with { InReplyTo = MessageIds.Parse(field.Value, MessageFacts.MaxThreadIds) },
        12 when field.Is("Content-Type"u8) => GatherType(facts, FieldTokens.First(field.Value)),
        14 when field.Is("DKIM-Signature"u8) => facts with { HasDkimSignature = true },
        14 when field.Is("Auto-Submitted"u8) => facts with { IsAutoSubmitted = !Ascii.EqualsIgnoreCase(FieldTokens.First(field.Value), "no"u8) },
        18 when field.Is("X-Outreach-Send-At"u8) => facts with { SendAtHeader = ControlValue(field) },
        19 when field.Is("X-Outreach-Priority"u8) => facts with { PriorityHeader = ControlValue(field) },
        20 when field.Is("X-Outreach-Direction"u8) => facts with { DirectionHeader = ControlValue(field) },
        _ => facts,
    };

    private static MessageFacts GatherType(MessageFacts facts, ReadOnlySpan<byte> type) => facts with
    {
        IsReport = Ascii.EqualsIgnoreCase(type, "multipart/report"u8),
        IsCalendar = Ascii.EqualsIgnoreCase(type, "text/calendar"u8),
        IsSignedOrEncrypted = Ascii.EqualsIgnoreCase(type, "multipart/signed"u8) || Ascii.EqualsIgnoreCase(type, "multipart/encrypted"u8)
            || Ascii.EqualsIgnoreCase(type, "application/pkcs7-mime"u8) || Ascii.EqualsIgnoreCase(type, "application/x-pkcs7-mime"u8),
    };

    private static string ControlValue(HeaderField field)
    {
        var value = field.GetText();
        return value.Length <= MaxControlValue ? value : value[..MaxControlValue];
    }
}
