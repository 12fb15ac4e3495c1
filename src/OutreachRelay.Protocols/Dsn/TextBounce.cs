using System.Collections.Immutable;
using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>What a text without fields says, read by one of <see cref="TextForm.All"/>.</summary>
/// <param name="Original">What follows the list, from its first field on; empty for nothing.</param>
internal sealed record TextBounce(TextForm Form, ImmutableArray<RecipientReport> Recipients, bool IsTruncated, ReadOnlyMemory<byte> Original)
{
    public static TextBounce? Read(ReadOnlyMemory<byte> text, BounceOptions options)
    {
        foreach (var form in TextForm.All)
        {
            if (TryFindList(text.Span, form, out var at) && new TextBounceList(form, options).Read(text, at) is { Recipients.Length: > 0 } bounce)
                return bounce;
        }
        return null;
    }

    /// <summary>Finds the message that a text quotes by the paragraph with a Message-ID. Marks of quoting may stand before that line.</summary>
    public static OriginalMessage? FindOriginal(ReadOnlyMemory<byte> text, BounceOptions options)
    {
        var paragraph = 0;
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            var line = Lines.Read(text.Span, ref at);
            if (Lines.IsBlank(line))
                paragraph = at;
            var field = line.TrimStart("> \t"u8);
            if (field.Length < 12 || !Ascii.EqualsIgnoreCase(field[..11], "Message-ID:"u8))
                continue;
            return field.Length == line.Length
                ? OriginalMessage.Read(text[paragraph..], options)
                : new OriginalMessage(text[start..], MessageIds.ParseOne(field[11..]), []);
        }
        return null;
    }

    private static bool TryFindList(ReadOnlySpan<byte> text, TextForm form, out int at)
    {
        at = 0;
        var isOpen = false;
        while (at < text.Length)
        {
            var line = Lines.Read(text, ref at);
            isOpen = isOpen || line.TrimStart(" \t"u8).StartsWith(form.Opening);
            if (isOpen && line.IndexOf(form.List) >= 0)
                return true;
        }
        return false;
    }
}
