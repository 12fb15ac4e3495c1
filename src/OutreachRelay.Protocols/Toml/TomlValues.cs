namespace OutreachRelay.Protocols.Toml;

/// <summary>Reads a value of any type. Arrays and inline tables recurse, at most <see cref="TomlReader.MaxDepth"/> deep.</summary>
internal static class TomlValues
{
    /// <param name="depth">How many tables and arrays lie around the value.</param>
    /// <returns><see langword="null"/> when the cursor holds an error.</returns>
    public static TomlValue? Read(ref TomlCursor cursor, int depth)
    {
        if (depth > TomlReader.MaxDepth)
        {
            cursor.Fail("values are nested too deeply");
            return null;
        }
        switch (cursor.Peek())
        {
            case '"' or '\'':
                var position = cursor.Position();
                return TomlStrings.TryRead(ref cursor, out var text) ? new TomlString(text, position) : null;
            case '[':
                return ReadArray(ref cursor, depth);
            case '{':
                return ReadInlineTable(ref cursor, depth);
            default:
                return TomlScalars.Read(ref cursor);
        }
    }

    /// <summary>Reads <c>key = value</c> into the table.</summary>
    /// <param name="depth">How many tables and arrays lie around the table's values.</param>
    public static bool TryReadPair(ref TomlCursor cursor, TomlTable table, int depth)
    {
        var parts = new List<TomlKey>(1);
        if (!TomlKeys.TryRead(ref cursor, parts))
            return false;
        if (cursor.Peek() != '=')
            return cursor.Fail("expected = after the key");
        cursor.Offset++;
        cursor.SkipSpaces();
        var value = Read(ref cursor, depth + parts.Count - 1);
        return value is not null && TryPlace(ref cursor, table, parts, value);
    }

    private static bool TryPlace(ref TomlCursor cursor, TomlTable table, List<TomlKey> parts, TomlValue value)
    {
        for (var i = 0; i < parts.Count - 1; i++)
        {
            if (!table.TryGet(parts[i].Name, out var entry))
            {
                var dotted = new TomlTable(TomlTableOrigin.Dotted, parts[i].Position);
                table.TryAdd(parts[i], dotted);
                table = dotted;
            }
            else if (entry.Value is TomlTable { Origin: TomlTableOrigin.Dotted } known)
                table = known;
            else
            {
                return cursor.FailAt(parts[i].Position,
                    $"a dotted key cannot add to {TomlKeys.Show(parts[i].Name)}, which is complete since {entry.Key.Position}");
            }
        }
        if (table.TryAdd(parts[^1], value))
            return true;
        table.TryGet(parts[^1].Name, out var first);
        return cursor.FailAt(parts[^1].Position, $"the key {TomlKeys.Show(parts[^1].Name)} is defined already, at {first.Key.Position}");
    }

    private static TomlArray? ReadArray(ref TomlCursor cursor, int depth)
    {
        var array = new TomlArray(cursor.Position());
        cursor.Offset++;
        while (true)
        {
            if (!cursor.TrySkipBlank())
                return null;
            if (cursor.Peek() == ']')
                break;
            if (Read(ref cursor, depth + 1) is not { } item)
                return null;
            array.Add(item);
            if (!cursor.TrySkipBlank())
                return null;
            if (cursor.Peek() == ']')
                break;
            if (cursor.Peek() != ',')
            {
                cursor.Fail("expected , or ] in the array");
                return null;
            }
            cursor.Offset++;
        }
        cursor.Offset++;
        return array;
    }

    // TOML 1.0: on one line, and no comma behind the last pair.
    private static TomlTable? ReadInlineTable(ref TomlCursor cursor, int depth)
    {
        var table = new TomlTable(TomlTableOrigin.Inline, cursor.Position());
        cursor.Offset++;
        cursor.SkipSpaces();
        while (table.Entries.Count > 0 || cursor.Peek() != '}')
        {
            if (!TryReadPair(ref cursor, table, depth + 1))
                return null;
            cursor.SkipSpaces();
            if (cursor.Peek() == '}')
                break;
            if (cursor.Peek() != ',')
            {
                cursor.Fail("expected , or } in the inline table, on the same line");
                return null;
            }
            cursor.Offset++;
        }
        cursor.Offset++;
        return table;
    }
}
