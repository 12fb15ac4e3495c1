using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver.Rendering;

/// <summary>Renders what one attempt transmits.</summary>
/// <remarks>
/// Our signatures come first, then our <c>Received</c> field. <c>From</c>, and what else is replaced, stands where the original's stood; what the original lacks is added
/// at the end of the header section, in the order From, Reply-To, Message-ID, Date, List-Unsubscribe, then what only this upstream gets. All other fields and the body are
/// the original's, octet for octet.
/// </remarks>
public static class MessageRenderer
{
    /// <summary>Renders a message: pure, equal arguments give equal octets.</summary>
    /// <param name="original">A message whose header section passed the check at acceptance.</param>
    /// <param name="frozen">What the entry's first lease fixed.</param>
    /// <param name="upstream">Where it goes; its preset says which fields a provider wants, such as our token, and which it replaces. Generic upstreams want and replace none.</param>
    /// <param name="signing">The keys of the sender's domain; <see langword="null"/>: it is not signed.</param>
    public static RenderedMessage Render(StoredMessage original, FrozenRendering frozen, UpstreamModel upstream, Signing? signing = null)
    {
        var header = ReadHeader(original);
        // (1) Every field, also those of this recipient and this upstream: what is not there now is not signed.
        var output = new ArrayBufferWriter<byte>(original.Received.Length + header.Length + 512);
        output.Write(original.Received.Span);
        new Pass(header, frozen, upstream.AddedFields, new HeaderWriter(output)).Run();

        // (2) The signatures over them, on top (RFC 6376 §5.6). Nothing comes after them.
        if (signing is not null)
            output = signing.Sign(output.WrittenMemory, frozen.SignedAt, upstream);
        var body = original.ContentFile is null ? original.Content[header.Length..] : default;
        return new RenderedMessage
        {
            Head = output.WrittenMemory,
            Body = body,
            BodyFile = original.ContentFile,
            BodyOffset = original.ContentFile is null ? 0 : header.Length,
            Length = output.WrittenCount + original.Length - header.Length,
            Has8Bit = Has8Bit(original, output.WrittenSpan, body.Span),
            NeedsSmtpUtf8 = original.NeedsSmtpUtf8 || frozen.From is { NeedsUtf8: true },
        };
    }

    /// <summary>The header section of a message that was accepted.</summary>
    internal static HeaderSection ReadHeader(StoredMessage original) =>
        HeaderSection.TryRead(original.Content, HeaderLimits.None, out var header, out var error)
            ? header
            : throw new UnreachableException($"Message {original.Id} was accepted although {error}.");

    // The original's only 8-bit octets may have stood in a field that was replaced. A body in a file is not read for that.
    private static bool Has8Bit(StoredMessage original, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body) =>
        !Ascii.IsValid(head) || (original.Has8Bit && (original.ContentFile is not null || !Ascii.IsValid(body)));

    /// <summary>One pass over the fields of the original.</summary>
    private ref struct Pass(HeaderSection header, FrozenRendering frozen, ImmutableArray<AddedField> added, HeaderWriter writer)
    {
        private OldAuthor _oldAuthor = new(header, frozen.From);
        private bool _fromDone = frozen.From is null;
        private bool _replyToDone = frozen.ReplyTo is null;
        private bool _messageIdDone = frozen.MessageId is null;
        private bool _dateDone = frozen.Date is null;

        public void Run()
        {
            foreach (var field in header)
            {
                if (IsAdded(field))
                    continue;
                switch (FieldRules.For(field.Name))
                {
                    case FieldRule.Remove:
                    case FieldRule.ReplyTo when frozen.RemoveReplyTo:
                    case FieldRule.Unsubscribe when frozen.UnsubscribeLink is not null:
                    case FieldRule.AuthenticationResults when IsOurs(field):
                    case FieldRule.Extension when frozen.From is not null && _oldAuthor.IsNamedIn(field.Value):
                        break;
                    case FieldRule.From when frozen.From is not null:
                        WriteFrom();
                        break;
                    case FieldRule.ReplyTo when frozen.ReplyTo is not null:
                        WriteReplyTo();
                        break;
                    case FieldRule.MessageId when frozen.MessageId is not null:
                        WriteMessageId();
                        break;
                    case FieldRule.Date when frozen.Date is not null:
                        WriteDate();
                        break;
                    default:
                        writer.Copy(field);
                        break;
                }
            }
            WriteFrom();
            WriteReplyTo();
            WriteMessageId();
            WriteDate();
            WriteUnsubscribe();
            foreach (var (name, value) in added)
                writer.Field(Encoding.ASCII.GetBytes(name), value.Replace(AddedField.Id, frozen.Token, StringComparison.Ordinal));
            writer.End();
        }

        // Of a field that providers act on there is one, and it is ours.
        private readonly bool IsAdded(HeaderField field)
        {
            foreach (var (name, _) in added)
            {
                if (Ascii.EqualsIgnoreCase(field.Name, name))
                    return true;
            }
            return false;
        }

        private void WriteFrom()
        {
            if (!_fromDone)
                writer.Mailbox("From"u8, frozen.FromDisplayName, frozen.From!);
            _fromDone = true;
        }

        private void WriteReplyTo()
        {
            if (!_replyToDone)
                writer.Field("Reply-To"u8, frozen.ReplyTo!);
            _replyToDone = true;
        }

        private void WriteMessageId()
        {
            if (!_messageIdDone)
                writer.Field("Message-ID"u8, $"<{frozen.MessageId}>");
            _messageIdDone = true;
        }

        private void WriteDate()
        {
            if (!_dateDone)
                writer.Field("Date"u8, MailDate.Format(frozen.Date!.Value));
            _dateDone = true;
        }

        // RFC 2369 §2 and §3.2, RFC 8058 §3.1: the best way comes first, and that is the link; a POST to it is all that is needed.
        private readonly void WriteUnsubscribe()
        {
            if (frozen.UnsubscribeLink is not { } link)
                return;
            writer.Field("List-Unsubscribe"u8, frozen.UnsubscribeMailbox is { } mailbox ? $"<{link}>,\r\n <mailto:{mailbox}?subject=unsubscribe>" : $"<{link}>");
            writer.Field("List-Unsubscribe-Post"u8, "List-Unsubscribe=One-Click");
        }

        // RFC 8601 §5: results under our own authserv-id that we did not write are forged.
        private readonly bool IsOurs(HeaderField field)
        {
            Span<byte> hostname = stackalloc byte[256];
            return Encoding.UTF8.TryGetBytes(frozen.Hostname, hostname, out var length)
                && Ascii.EqualsIgnoreCase(FieldTokens.First(field.Value), hostname[..length]);
        }
    }
}
