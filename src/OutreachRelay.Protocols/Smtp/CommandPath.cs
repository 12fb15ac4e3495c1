using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>A reverse-path or forward-path at the start of a command's arguments (RFC 5321 §4.1.2), found but not yet read.</summary>
internal readonly ref struct CommandPath
{
    // RFC 5321 §4.5.3.1.3: the angle brackets included.
    private const int MaxLength = 256;

    private CommandPath(ReadOnlySpan<byte> address, ReadOnlySpan<byte> rest, bool isTooLong)
    {
        Address = address;
        Rest = rest;
        IsTooLong = isTooLong;
    }

    /// <summary>What stands between the angle brackets, without a source route.</summary>
    public ReadOnlySpan<byte> Address { get; }

    /// <summary>What follows the path: the parameters, white space before them included.</summary>
    public ReadOnlySpan<byte> Rest { get; }

    public bool IsTooLong { get; }

    /// <summary>Whether the domain is an address literal such as <c>[192.0.2.1]</c>.</summary>
    public bool IsLiteral => Address.EndsWith("]"u8) && Address.LastIndexOf("@["u8) > 0;

    /// <summary>Finds the path behind <c>FROM:</c> or <c>TO:</c>, which white space may follow (not by the standard, but by some clients).</summary>
    public static bool TryFind(ReadOnlySpan<byte> arguments, ReadOnlySpan<byte> keyword, out CommandPath path)
    {
        path = default;
        if (arguments.Length < keyword.Length || !Ascii.EqualsIgnoreCase(arguments[..keyword.Length], keyword))
            return false;
        arguments = arguments[keyword.Length..].TrimStart((byte)' ');
        if (!arguments.StartsWith("<"u8) || FindEnd(arguments) is not (> 0 and var end))
            return false;
        var rest = arguments[(end + 1)..];
        path = new CommandPath(SkipRoute(arguments[1..end]), rest, end >= MaxLength);
        return rest.IsEmpty || rest[0] == ' ';
    }

    /// <summary>Reads the address. <paramref name="error"/> can be shown to the peer.</summary>
    public bool TryRead([NotNullWhen(true)] out Mailbox? mailbox, [NotNullWhen(false)] out string? error)
    {
        mailbox = null;
        error = "the path is longer than 256 octets";
        if (IsTooLong)
            return false;
        Span<char> text = stackalloc char[MaxLength];
        error = "the address is not valid UTF-8";
        return Utf8.ToUtf16(Address, text, out _, out var length, replaceInvalidSequences: false) == OperationStatus.Done
            && Mailbox.TryParse(text[..length], out mailbox, out error);
    }

    // The first '>' that is not inside a quoted string; -1 when there is none.
    private static int FindEnd(ReadOnlySpan<byte> text)
    {
        var isQuoted = false;
        for (var i = 1; i < text.Length; i++)
        {
            switch (text[i])
            {
                case (byte)'"':
                    isQuoted = !isQuoted;
                    break;
                case (byte)'\\' when isQuoted:
                    i++;
                    break;
                case (byte)'>' when !isQuoted:
                    return i;
            }
        }
        return -1;
    }

    // RFC 5321 §4.1.1.3, appendix C: "@a,@b:user@c" is accepted, and the route ignored.
    private static ReadOnlySpan<byte> SkipRoute(ReadOnlySpan<byte> path)
    {
        if (!path.StartsWith("@"u8))
            return path;
        var isLiteral = false;
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] == '[')
                isLiteral = true;
            else if (path[i] == ']')
                isLiteral = false;
            else if (path[i] == ':' && !isLiteral)
                return path[(i + 1)..];
        }
        return path;
    }
}
