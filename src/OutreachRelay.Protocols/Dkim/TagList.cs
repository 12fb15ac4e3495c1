using System.Diagnostics.CodeAnalysis;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>A tag-list (RFC 6376 §3.2), as in a signature and in a key record. One character per octet, U+0000 to U+00FF.</summary>
internal sealed class TagList
{
    /// <summary>RFC 6376 knows 13; the search for duplicates is short with so few.</summary>
    private const int MaxTags = 64;

    private const string Blank = " \t\r\n";

    private static readonly char[] Blanks = Blank.ToCharArray();

    private readonly string _text;
    private readonly List<(Range Name, Range Value)> _tags = [];

    private TagList(string text) => _text = text;

    /// <summary>The name of the first tag.</summary>
    public ReadOnlySpan<char> FirstName => _text.AsSpan(_tags[0].Name);

    /// <returns><see langword="false"/> when the text is no tag-list: a tag without "=", a bad name, a control character, a name twice.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out TagList? tags)
    {
        tags = new TagList(text);
        if (tags.TryRead())
            return true;
        tags = null;
        return false;
    }

    /// <summary>The value of a tag without the white space around it; <see langword="null"/> when it is absent. Names are case-sensitive.</summary>
    public string? Find(ReadOnlySpan<char> name) =>
        FindRange(name) is { } range ? _text.AsSpan(range).Trim(Blank).ToString() : null;

    /// <summary>Where the value stands in the text, the white space around it included.</summary>
    public Range? FindRange(ReadOnlySpan<char> name)
    {
        foreach (var tag in _tags)
        {
            if (_text.AsSpan(tag.Name).SequenceEqual(name))
                return tag.Value;
        }
        return null;
    }

    /// <summary>The parts of a value with colons between (RFC 6376 §3.2).</summary>
    public static string[] Split(string value)
    {
        var parts = value.Split(':');
        for (var i = 0; i < parts.Length; i++)
            parts[i] = parts[i].Trim(Blanks);
        return parts;
    }

    private bool TryRead()
    {
        // Fields were checked for control characters when they were received; records come as they are.
        foreach (var c in _text)
        {
            if (c is < ' ' and not ('\t' or '\r' or '\n') or '\x7F')
                return false;
        }
        var at = 0;
        while (at < _text.Length)
        {
            var semicolon = _text.IndexOf(';', at);
            var end = semicolon < 0 ? _text.Length : semicolon;
            if (!TryAdd(at, end) && !(semicolon < 0 && _tags.Count > 0 && _text.AsSpan(at).Trim(Blank).IsEmpty))
                return false;
            at = end + 1;
        }
        return _tags.Count > 0;
    }

    private bool TryAdd(int start, int end)
    {
        var equals = _text.IndexOf('=', start, end - start);
        if (equals < 0 || _tags.Count == MaxTags)
            return false;
        var name = Trim(start, equals);
        if (!IsName(_text.AsSpan(name)) || FindRange(_text.AsSpan(name)) is not null)
            return false;
        _tags.Add((name, (equals + 1)..end));
        return true;
    }

    private Range Trim(int start, int end)
    {
        while (start < end && Blank.Contains(_text[start]))
            start++;
        while (end > start && Blank.Contains(_text[end - 1]))
            end--;
        return start..end;
    }

    private static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || !char.IsAsciiLetter(name[0]))
            return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                return false;
        }
        return true;
    }
}
