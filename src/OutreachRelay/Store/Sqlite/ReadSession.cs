using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>What a reader thread holds: a connection, opened at the first read and again after the writer reopened the database.</summary>
internal sealed class ReadSession(DatabaseFile file, NameCache cache, Func<int> generation) : IDisposable
{
    private readonly Dictionary<string, Statement> _statements = [];
    private SqliteConnection? _connection;
    private NameReader? _names;
    private int _opened;

    internal NameReader Names => _names!;

    /// <summary>Runs a read.</summary>
    /// <exception cref="StoreUnavailableException">The disk or the database failed.</exception>
    internal T Read<T>(Func<ReadSession, T> query)
    {
        try
        {
            Open();
            return query(this);
        }
        catch (Exception error) when (StoreFailure.Is(error))
        {
            Dispose();
            throw new StoreUnavailableException(StoreFailure.Describe(error), error);
        }
    }

    /// <summary>Begins one of the few fixed statements, prepared once.</summary>
    internal Execution Execute(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
            _statements[sql] = statement = new Statement(_connection!, sql);
        return statement.Execute();
    }

    /// <summary>Runs several statements on one snapshot.</summary>
    internal T Snapshot<T>(Func<ReadSession, T> query)
    {
        Run("BEGIN");
        try
        {
            return query(this);
        }
        finally
        {
            Run("COMMIT");
        }
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _statements.Clear();
        _names?.Dispose();
        _names = null;
        _connection?.Dispose();
        _connection = null;
    }

    private void Open()
    {
        var current = generation();
        if (_connection is not null && _opened == current)
            return;
        Dispose();
        _connection = file.OpenReader();
        _names = new NameReader(_connection, cache);
        _opened = current;
    }

    private void Run(string sql)
    {
        using var run = Execute(sql);
        run.Run();
    }
}
