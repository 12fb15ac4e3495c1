namespace OutreachRelay.Protocols.Mime;

/// <summary>Why a header section cannot be read.</summary>
public enum HeaderFault
{
    None,

    /// <summary>The content is empty, begins with an empty line, or its first line is no field.</summary>
    NoHeaderSection,

    /// <summary>The first line begins with white space: it continues nothing.</summary>
    FoldedFirstLine,

    /// <summary>A line is neither a field, nor the continuation of one, nor empty.</summary>
    NoColon,

    /// <summary>A name is empty or holds a space or an octet beyond printable ASCII.</summary>
    BadName,

    /// <summary>A CR or LF that is not part of a CRLF, or a NUL (RFC 5322 §2.2).</summary>
    ControlCharacter,

    /// <summary>The section is larger than <see cref="HeaderLimits.MaxSize"/>.</summary>
    TooLarge,

    /// <summary>There are more fields than <see cref="HeaderLimits.MaxFields"/>.</summary>
    TooManyFields,
}

/// <param name="Line">The line of the content, from 1.</param>
public readonly record struct HeaderError(HeaderFault Fault, int Line)
{
    /// <summary>The error in words that can be shown to a peer: nothing of the content is repeated.</summary>
    public override string ToString() => Fault switch
    {
        HeaderFault.None => "",
        HeaderFault.NoHeaderSection => "the message has no header section",
        HeaderFault.FoldedFirstLine => "line 1 begins with white space",
        HeaderFault.NoColon => $"line {Line} of the header section has no colon",
        HeaderFault.BadName => $"line {Line} of the header section has no valid field name",
        HeaderFault.ControlCharacter => $"line {Line} holds a bare CR, a bare LF or a NUL",
        HeaderFault.TooLarge => "the header section is too large",
        _ => "the header section has too many fields",
    };
}
