using System.Collections.Immutable;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>To which mailboxes a message was sent, as its own header section tells: for whoever finds it in a folder and has no envelope (RFC 5321 §2.3.1) any more.</summary>
public static class Addressees
{
    /// <summary>Addresses that are looked at.</summary>
    public const int Most = 50;

    // What servers write of the envelope when they deliver, and only then what the author wrote: the more a name says of this copy, the sooner it stands here.
    private static readonly byte[][] Names =
        [[.. "Delivered-To"u8], [.. "X-Original-To"u8], [.. "Envelope-To"u8], [.. "X-Envelope-To"u8], [.. "X-Delivered-To"u8], [.. "To"u8]];

    /// <summary>Reads the header section at the start of a message; line ends may be CRLF or LF.</summary>
    /// <returns>
    /// What stands in <c>Delivered-To</c> (RFC 9228), <c>X-Original-To</c>, <c>Envelope-To</c>, <c>X-Envelope-To</c>, <c>X-Delivered-To</c> and <c>To</c>, in this order;
    /// at most <see cref="Most"/>. None of it is authenticated. Never throws whatever the message holds.
    /// </returns>
    public static ImmutableArray<Mailbox> Read(ReadOnlyMemory<byte> message)
    {
        var found = new List<Mailbox>[Names.Length];
        var left = Most;
        var reader = new FieldReader(Lines.SkipBlank(message).Span, isSection: true);
        while (left > 0 && reader.TryRead())
        {
            if (RankOf(reader) is not (>= 0 and var rank))
                continue;
            var mailboxes = AddressList.Parse(reader.Value, left).Mailboxes().Take(left).ToList();
            (found[rank] ??= []).AddRange(mailboxes);
            left -= mailboxes.Count;
        }
        return [.. found.Where(static list => list is not null).SelectMany(static list => list)];
    }

    private static int RankOf(FieldReader field)
    {
        for (var rank = 0; rank < Names.Length; rank++)
        {
            if (field.Is(Names[rank]))
                return rank;
        }
        return -1;
    }
}
