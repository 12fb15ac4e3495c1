using System.Buffers;

namespace OutreachRelay.Protocols.Mime;

/// <summary>Reads a structured value word by word, comments and white space passed over: for <c>Content-Type</c>, <c>Received</c>, <c>Auto-Submitted</c> and their like.</summary>
/// <param name="value">The octets after the colon, folding included.</param>
public ref struct FieldTokens(ReadOnlySpan<byte> value)
{
    private static readonly SearchValues<byte> Ends = SearchValues.Create(" \t\r\n(;=\""u8);

    private readonly ReadOnlySpan<byte> _value = value;
    private int _at;

    /// <summary>The first word of a value: the media type of <c>Content-Type</c>, the authserv-id of <c>Authentication-Results</c>. Empty when there is none.</summary>
    public static ReadOnlySpan<byte> First(ReadOnlySpan<byte> value)
    {
        new FieldTokens(value).TryRead(out var token);
        return token;
    }

    /// <summary>Reads the next word, or the content of a quoted string with its escapes. Semicolons and equals signs separate.</summary>
    public bool TryRead(out ReadOnlySpan<byte> token)
    {
        Cfws.Skip(_value, ref _at);
        while (_at < _value.Length && _value[_at] is (byte)';' or (byte)'=')
        {
            _at++;
            Cfws.Skip(_value, ref _at);
        }
        token = default;
        if (_at == _value.Length)
            return false;
        var start = _at;
        if (_value[_at] == '"')
        {
            var closed = Cfws.SkipQuoted(_value, ref _at);
            token = _value[(start + 1)..(closed ? _at - 1 : _at)];
            return true;
        }
        var length = _value[_at..].IndexOfAny(Ends);
        _at = length < 0 ? _value.Length : _at + length;
        token = _value[start.._at];
        return true;
    }

    /// <summary>Whether a comment with exactly this content follows, white space aside.</summary>
    public readonly bool NextIsComment(ReadOnlySpan<byte> content)
    {
        var rest = _value[_at..].TrimStart(" \t\r\n"u8);
        return rest.Length >= content.Length + 2 && rest[0] == '(' && rest[1..].StartsWith(content) && rest[content.Length + 1] == ')';
    }
}
