namespace OutreachRelay.Protocols.Toml;

/// <summary>Reads <c>[table]</c> and <c>[[array of tables]]</c> headers and finds or makes the table that they open.</summary>
internal static class TomlHeaders
{
    /// <param name="table">Becomes the table that the following pairs belong to.</param>
    /// <param name="depth">Becomes that table's depth below the document.</param>
    public static bool TryRead(ref TomlCursor cursor, TomlTable document, ref TomlTable table, ref int depth)
    {
        var position = cursor.Position();
        var ofArray = cursor.Peek(1) == '[';
        cursor.Offset += ofArray ? 2 : 1;
        var parts = new List<TomlKey>();
        if (!TomlKeys.TryRead(ref cursor, parts))
            return false;
        if (cursor.Peek() != ']' || (ofArray && cursor.Peek(1) != ']'))
            return cursor.Fail(ofArray ? "expected ]] after the name of the array of tables" : "expected ] after the name of the table");
        cursor.Offset += ofArray ? 2 : 1;
        depth = parts.Count;
        return TryFindParent(ref cursor, document, parts, out table)
            && (ofArray ? TryAppend(ref cursor, ref table, parts[^1], position) : TryOpen(ref cursor, ref table, parts[^1], position));
    }

    private static bool TryFindParent(ref TomlCursor cursor, TomlTable document, List<TomlKey> parts, out TomlTable parent)
    {
        parent = document;
        for (var i = 0; i < parts.Count - 1; i++)
        {
            var part = parts[i];
            if (!parent.TryGet(part.Name, out var entry))
            {
                var implied = new TomlTable(TomlTableOrigin.Implied, part.Position);
                parent.TryAdd(part, implied);
                parent = implied;
            }
            else if (entry.Value is TomlTable { Origin: not TomlTableOrigin.Inline } known)
                parent = known;
            else if (entry.Value is TomlArray { OfTables: true } array)
                parent = (TomlTable)array.Items[^1];
            else
            {
                return cursor.FailAt(part.Position,
                    $"{TomlKeys.Show(part.Name)} is {entry.Value.TypeName} since {entry.Key.Position}, no table can be added to it");
            }
        }
        return true;
    }

    private static bool TryOpen(ref TomlCursor cursor, ref TomlTable table, TomlKey key, TomlPosition position)
    {
        if (table.TryGet(key.Name, out var entry))
        {
            if (entry.Value is not TomlTable { Origin: TomlTableOrigin.Implied } implied)
                return FailDefined(ref cursor, key, entry);
            implied.Origin = TomlTableOrigin.Header;
            table = implied;
            return true;
        }
        var opened = new TomlTable(TomlTableOrigin.Header, position);
        table.TryAdd(key, opened);
        table = opened;
        return true;
    }

    private static bool TryAppend(ref TomlCursor cursor, ref TomlTable table, TomlKey key, TomlPosition position)
    {
        var element = new TomlTable(TomlTableOrigin.Header, position);
        if (!table.TryGet(key.Name, out var entry))
        {
            var array = new TomlArray(position, ofTables: true);
            array.Add(element);
            table.TryAdd(key, array);
        }
        else if (entry.Value is TomlArray { OfTables: true } array)
            array.Add(element);
        else
            return FailDefined(ref cursor, key, entry);
        table = element;
        return true;
    }

    private static bool FailDefined(ref TomlCursor cursor, TomlKey key, TomlEntry entry) =>
        cursor.FailAt(key.Position, $"{TomlKeys.Show(key.Name)} is defined already, as {entry.Value.TypeName} at {entry.Key.Position}");
}
