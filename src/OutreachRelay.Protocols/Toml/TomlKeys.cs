using System.Buffers;
using System.Text;

namespace OutreachRelay.Protocols.Toml;

/// <summary>Reads keys: bare, quoted and dotted.</summary>
internal static class TomlKeys
{
    private static readonly SearchValues<byte> Bare =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"u8);

    /// <summary>Reads <c>a."b".c</c> into its parts, and the spaces behind it.</summary>
    public static bool TryRead(ref TomlCursor cursor, List<TomlKey> parts)
    {
        parts.Clear();
        while (true)
        {
            cursor.SkipSpaces();
            if (parts.Count == TomlReader.MaxDepth)
                return cursor.Fail("the key has more parts than tables may nest");
            if (!TryReadPart(ref cursor, parts))
                return false;
            cursor.SkipSpaces();
            if (cursor.Peek() != '.')
                return true;
            cursor.Offset++;
        }
    }

    /// <summary>A key's name for an error message: bounded, and without control characters.</summary>
    public static string Show(string name)
    {
        var shown = new StringBuilder(Math.Min(name.Length, 44)).Append('\'');
        foreach (var rune in name.EnumerateRunes())
        {
            if (shown.Length >= 40)
            {
                shown.Append('…');
                break;
            }
            shown.Append(Rune.IsControl(rune) ? "?" : rune.ToString());
        }
        return shown.Append('\'').ToString();
    }

    private static bool TryReadPart(ref TomlCursor cursor, List<TomlKey> parts)
    {
        var position = cursor.Position();
        string? name;
        if (cursor.Peek() is '"' or '\'')
        {
            if (!TomlStrings.TryReadLine(ref cursor, out name))
                return false;
        }
        else
        {
            var length = cursor.Rest.IndexOfAnyExcept(Bare);
            length = length < 0 ? cursor.Rest.Length : length;
            if (length == 0)
                return cursor.Fail("expected a key: letters, digits, _ and -, or a string in quotes");
            name = Encoding.ASCII.GetString(cursor.Rest[..length]);
            cursor.Offset += length;
        }
        parts.Add(new TomlKey(name, position));
        return true;
    }
}
