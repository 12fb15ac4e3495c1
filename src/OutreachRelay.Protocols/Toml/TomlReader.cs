using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace OutreachRelay.Protocols.Toml;

/// <summary>Reads TOML 1.0.0 (toml.io/en/v1.0.0) and keeps the place of every key and value.</summary>
/// <remarks>Time and memory grow linearly with the document; depth and size are bounded, so any input is safe.</remarks>
public static class TomlReader
{
    /// <summary>The largest document, in octets.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    /// <summary>How deep tables and arrays may nest, dotted keys counted by their parts.</summary>
    public const int MaxDepth = 100;

    /// <summary>Reads a whole document.</summary>
    /// <param name="utf8">UTF-8, with or without a byte order mark.</param>
    /// <param name="root">The document's own table.</param>
    /// <param name="error">The first error, where the document has one.</param>
    public static bool TryRead(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out TomlTable? root, [NotNullWhen(false)] out TomlError? error)
    {
        root = null;
        error = Check(utf8);
        if (error is not null)
            return false;
        var document = new TomlTable(TomlTableOrigin.Header, new TomlPosition(1, 1));
        var cursor = new TomlCursor(utf8);
        if (!TryReadLines(ref cursor, document))
        {
            error = cursor.Error ?? throw new InvalidOperationException("The reader stopped without an error.");
            return false;
        }
        root = document;
        return true;
    }

    private static TomlError? Check(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxLength)
            return new TomlError(1, 1, "the document is larger than 16 MiB");
        if (Utf8.IsValid(utf8))
            return null;
        var offset = 0;
        while (Rune.DecodeFromUtf8(utf8[offset..], out _, out var length) == System.Buffers.OperationStatus.Done)
            offset += length;
        var cursor = new TomlCursor(utf8);
        cursor.FailAt(Math.Max(offset, cursor.Offset), "the document is not valid UTF-8");
        return cursor.Error;
    }

    private static bool TryReadLines(ref TomlCursor cursor, TomlTable document)
    {
        var (table, depth) = (document, 0);
        while (true)
        {
            if (!cursor.TrySkipBlank())
                return false;
            if (cursor.AtEnd)
                return true;
            if (cursor.Peek() == '[')
            {
                if (!TomlHeaders.TryRead(ref cursor, document, ref table, ref depth))
                    return false;
            }
            else if (!TomlValues.TryReadPair(ref cursor, table, depth + 1))
                return false;
            if (!cursor.TryEndLine())
                return false;
        }
    }
}
