using System.Buffers;

namespace OutreachRelay.Protocols.Mime;

/// <summary>Comments and folding white space (RFC 5322 §3.2.2), skipped without recursion and in one pass.</summary>
internal static class Cfws
{
    /// <summary>How deep comments may nest before they count as malformed. They are skipped at any depth.</summary>
    public const int MaxDepth = 100;

    private static readonly SearchValues<byte> CommentMarks = SearchValues.Create("()\\"u8);

    public static bool IsSpace(byte octet) => octet is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    /// <summary>Moves past white space and comments.</summary>
    /// <returns><see langword="false"/> when a comment is not closed or nests too deep; <paramref name="at"/> is past it all the same.</returns>
    public static bool Skip(ReadOnlySpan<byte> text, ref int at)
    {
        var valid = true;
        while (at < text.Length)
        {
            if (IsSpace(text[at]))
                at++;
            else if (text[at] == '(')
                valid &= SkipComment(text, ref at);
            else
                break;
        }
        return valid;
    }

    /// <summary>Moves past the comment that begins at <paramref name="at"/>; to the end when it is not closed.</summary>
    public static bool SkipComment(ReadOnlySpan<byte> text, ref int at)
    {
        var depth = 0;
        var deepest = 0;
        while (at < text.Length)
        {
            var mark = text[at..].IndexOfAny(CommentMarks);
            if (mark < 0)
                break;
            at += mark;
            switch (text[at++])
            {
                case (byte)'(':
                    deepest = Math.Max(deepest, ++depth);
                    break;
                case (byte)')' when --depth == 0:
                    return deepest <= MaxDepth;
                case (byte)'\\':
                    at++;
                    break;
            }
        }
        at = text.Length;
        return false;
    }

    /// <summary>Moves past the quoted string that begins at <paramref name="at"/>; to the end when it is not closed.</summary>
    public static bool SkipQuoted(ReadOnlySpan<byte> text, ref int at)
    {
        at++;
        while (at < text.Length)
        {
            var mark = text[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (mark < 0)
                break;
            at += mark;
            if (text[at++] == '"')
                return true;
            at++;
        }
        at = text.Length;
        return false;
    }
}
