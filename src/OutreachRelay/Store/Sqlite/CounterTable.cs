using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>
/// The budgets' counters on the writer: committed values are cached, changes of the open transaction lie over them and are written once
/// per group, however many accepts touch the same client. Nothing is read by others before the commit.
/// </summary>
internal sealed class CounterTable(SqliteConnection connection, NameTable names) : IDisposable
{
    private const int CacheLimit = 200_000;

    private readonly Statement _select = new(connection, "SELECT used FROM counter WHERE date = ? AND scope = ? AND name = ?");
    private readonly Statement _upsert = new(connection, """
        INSERT INTO counter (date, scope, name, used) VALUES (?, ?, ?, ?)
        ON CONFLICT (date, scope, name) DO UPDATE SET used = excluded.used
        """);

    private readonly Dictionary<CounterKey, long> _committed = [];
    private readonly Dictionary<CounterKey, long> _pending = [];

    /// <summary>The value as the open transaction sees it.</summary>
    internal long Get(CounterKey key)
    {
        if (_pending.TryGetValue(key, out var used) || _committed.TryGetValue(key, out used))
            return used;
        return _committed[key] = Read(key);
    }

    internal void Add(CounterKey key, long units) => _pending[key] = Math.Max(0, Get(key) + units);

    /// <summary>Writes the changes of the open transaction.</summary>
    internal void Flush()
    {
        foreach (var (key, used) in _pending)
        {
            using var upsert = _upsert.Execute();
            upsert.Bind(1, key.Date.DayNumber);
            upsert.Bind(2, (int)key.Scope);
            upsert.Bind(3, names.Intern(key.Name));
            upsert.Bind(4, used);
            upsert.Run();
        }
    }

    /// <summary>Makes the open transaction's changes the committed values.</summary>
    /// <returns>The counters that changed.</returns>
    internal CounterValue[] Commit()
    {
        if (_pending.Count == 0)
            return [];
        if (_committed.Count > CacheLimit)
            _committed.Clear();
        var changed = new CounterValue[_pending.Count];
        var count = 0;
        foreach (var (key, used) in _pending)
        {
            _committed[key] = used;
            changed[count++] = new CounterValue(key, used);
        }
        _pending.Clear();
        return changed;
    }

    /// <summary>Adds the counters that the open transaction has changed.</summary>
    internal void CollectPending(HashSet<CounterKey> keys) => keys.UnionWith(_pending.Keys);

    internal void Rollback() => _pending.Clear();

    public void Dispose()
    {
        _select.Dispose();
        _upsert.Dispose();
    }

    private long Read(CounterKey key)
    {
        if (names.Find(key.Name) is not { } name)
            return 0;
        using var select = _select.Execute();
        select.Bind(1, key.Date.DayNumber);
        select.Bind(2, (int)key.Scope);
        select.Bind(3, name);
        return select.Step() ? select.Int64(0) : 0;
    }
}
