using System.Text;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver.Rendering;

/// <summary>Recognises the address of the author that is replaced, so that no extension field (<c>X-…</c>) gives away who wrote before us.</summary>
/// <param name="author">The new author; when it is the old one, there is nothing to give away.</param>
internal ref struct OldAuthor(HeaderSection header, Mailbox? author)
{
    private byte[]? _localPart;
    private byte[] _domain = [];

    /// <summary>Whether the value holds the author's address, in any case. Linear, and without work for values without an at sign.</summary>
    public bool IsNamedIn(ReadOnlySpan<byte> value)
    {
        while (true)
        {
            var at = value.IndexOf((byte)'@');
            if (at < 0)
                return false;
            if (_localPart is null)
                Read();
            if (_localPart is { Length: > 0 } && EndsWith(value[..at], _localPart) && StartsWith(value[(at + 1)..], _domain))
                return true;
            value = value[(at + 1)..];
        }
    }

    private void Read()
    {
        var mailbox = header.TryFind("From"u8, out var field) ? AddressList.Parse(field.Value).FirstMailbox : null;
        if (mailbox?.Key == author?.Key)
            mailbox = null;
        _localPart = Encoding.UTF8.GetBytes(mailbox?.LocalPart ?? "");
        _domain = Encoding.UTF8.GetBytes(mailbox?.Domain ?? "");
    }

    private static bool EndsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part) =>
        text.Length >= part.Length && EqualsIgnoreCase(text[^part.Length..], part);

    private static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part) =>
        text.Length >= part.Length && EqualsIgnoreCase(text[..part.Length], part);

    // Ascii.EqualsIgnoreCase finds no two texts equal that hold an octet beyond ASCII.
    private static bool EqualsIgnoreCase(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) => Ascii.EqualsIgnoreCase(a, b) || a.SequenceEqual(b);
}
