using System.Text;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>Walks the parameters of MAIL and RCPT, <c>KEYWORD</c> or <c>KEYWORD=value</c> separated by spaces (RFC 5321 §4.1.2, esmtp-param).</summary>
internal ref struct CommandParameters(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> _rest = text;

    public ReadOnlySpan<byte> Keyword { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    public bool HasValue { get; private set; }

    public readonly bool Is(ReadOnlySpan<byte> keyword) => Ascii.EqualsIgnoreCase(Keyword, keyword);

    /// <returns><see langword="false"/> at the end.</returns>
    public bool MoveNext()
    {
        _rest = _rest.TrimStart((byte)' ');
        if (_rest.IsEmpty)
            return false;
        var end = _rest.IndexOf((byte)' ');
        var parameter = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? default : _rest[end..];
        var equals = parameter.IndexOf((byte)'=');
        HasValue = equals >= 0;
        Keyword = HasValue ? parameter[..equals] : parameter;
        Value = HasValue ? parameter[(equals + 1)..] : default;
        return true;
    }

    /// <summary>Whether the parameter at hand keeps to esmtp-keyword and esmtp-value.</summary>
    public readonly bool IsWellFormed()
    {
        foreach (var c in Keyword)
        {
            if (!char.IsAsciiLetterOrDigit((char)c) && c != '-')
                return false;
        }
        return !Keyword.IsEmpty && Keyword[0] != '-' && HasValue == !Value.IsEmpty
            && Value.IndexOf((byte)'=') < 0 && Value.IndexOfAnyInRange((byte)0, (byte)32) < 0 && Value.IndexOf((byte)127) < 0;
    }
}
