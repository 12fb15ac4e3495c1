using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>The text behind interned ids, shared by all connections. Names come from configurations, so their number is bounded by these.</summary>
internal sealed class NameCache
{
    private readonly ConcurrentDictionary<long, string> _texts = new();

    internal string? Find(long id) => _texts.GetValueOrDefault(id);

    internal void Add(long id, string text) => _texts[id] = text;
}

/// <summary>Reads interned names on one connection.</summary>
internal sealed class NameReader(SqliteConnection connection, NameCache cache) : IDisposable
{
    private readonly Statement _text = new(connection, "SELECT text FROM name WHERE id = ?");
    private readonly Statement _id = new(connection, "SELECT id FROM name WHERE text = ?");
    private readonly Dictionary<string, long> _ids = [];

    internal string Text(long id) => FindText(id) ?? throw new StoreDamagedException("a name is missing in relay.db");

    /// <summary>The text of an id that came from elsewhere.</summary>
    internal string? FindText(long id)
    {
        if (cache.Find(id) is { } known)
            return known;
        using var select = _text.Execute();
        select.Bind(1, id);
        if (!select.Step())
            return null;
        var text = select.Text(0)!;
        cache.Add(id, text);
        return text;
    }

    internal long? FindId(string text)
    {
        if (_ids.TryGetValue(text, out var known))
            return known;
        using var select = _id.Execute();
        select.Bind(1, text);
        return select.Step() ? _ids[text] = select.Int64(0) : null;
    }

    public void Dispose()
    {
        _text.Dispose();
        _id.Dispose();
    }
}

/// <summary>Interns names on the writer.</summary>
internal sealed class NameTable(SqliteConnection connection, NameCache cache) : IDisposable
{
    private readonly NameReader _reader = new(connection, cache);
    private readonly Statement _insert = new(connection, "INSERT INTO name (text) VALUES (?)");
    private readonly Dictionary<string, long> _ids = [];
    private readonly List<string> _pending = [];

    internal long Intern(string text)
    {
        if (_ids.TryGetValue(text, out var id))
            return id;
        if (_reader.FindId(text) is { } found)
            return _ids[text] = found;
        using var insert = _insert.Execute();
        insert.Bind(1, text);
        id = insert.Insert();
        _pending.Add(text);
        return _ids[text] = id;
    }

    /// <summary>The id of a name that may not be there yet, without adding it.</summary>
    internal long? Find(string text)
    {
        if (_ids.TryGetValue(text, out var id))
            return id;
        if (_reader.FindId(text) is not { } found)
            return null;
        return _ids[text] = found;
    }

    /// <summary>The text of a name, new ones of the open transaction included.</summary>
    internal string Text(long id)
    {
        foreach (var text in _pending)
        {
            if (_ids[text] == id)
                return text;
        }
        return _reader.Text(id);
    }

    internal void Commit()
    {
        foreach (var text in _pending)
            cache.Add(_ids[text], text);
        _pending.Clear();
    }

    internal void Rollback()
    {
        foreach (var text in _pending)
            _ids.Remove(text);
        _pending.Clear();
    }

    public void Dispose()
    {
        _reader.Dispose();
        _insert.Dispose();
    }
}
