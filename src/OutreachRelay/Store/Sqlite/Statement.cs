using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OutreachRelay.Store.Sqlite;

/// <summary>
/// A prepared statement on SQLite's own interface. The ADO layer costs several times what the statement itself does; on the hot path
/// there is nothing between us and SQLite but this.
/// </summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    internal Statement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        SqliteException.ThrowExceptionForRC(
            raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement), _database);
    }

    /// <summary>Begins one execution; disposing of it resets the statement, which also ends a read's snapshot.</summary>
    internal Execution Execute() => new(_database, _statement);

    public void Dispose() => _statement.Dispose();
}

/// <summary>One execution of a <see cref="Statement"/>: bind (from 1), step, read columns (from 0).</summary>
internal readonly ref struct Execution(sqlite3 database, sqlite3_stmt statement)
{
    private const int StackBytes = 512;

    internal void Bind(int index, long value) => Check(raw.sqlite3_bind_int64(statement, index, value));

    internal void Bind(int index, long? value)
    {
        if (value is { } known)
            Bind(index, known);
        else
            BindNull(index);
    }

    internal void Bind(int index, bool value) => Check(raw.sqlite3_bind_int(statement, index, value ? 1 : 0));

    internal void Bind(int index, double? value)
    {
        if (value is { } known)
            Check(raw.sqlite3_bind_double(statement, index, known));
        else
            BindNull(index);
    }

    internal void BindNull(int index) => Check(raw.sqlite3_bind_null(statement, index));

    internal void Bind(int index, string? value)
    {
        if (value is null)
            BindNull(index);
        else if (value.Length == 0)
            Check(raw.sqlite3_bind_text(statement, index, value));
        else
            BindUtf8(index, value);
    }

    internal void Bind(int index, ReadOnlySpan<byte> value) =>
        // An empty span has no address, and SQLite takes no address for NULL.
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, index, 0) : raw.sqlite3_bind_blob(statement, index, value));

    /// <returns>Whether there is a row.</returns>
    internal bool Step()
    {
        var code = raw.sqlite3_step(statement);
        if (code == raw.SQLITE_ROW)
            return true;
        if (code != raw.SQLITE_DONE)
            SqliteException.ThrowExceptionForRC(code, database);
        return false;
    }

    /// <summary>Executes a statement that gives no rows.</summary>
    /// <returns>How many rows it changed.</returns>
    internal int Run()
    {
        Step();
        return raw.sqlite3_changes(database);
    }

    /// <summary>Executes an insert into a table with row ids and gives the new one.</summary>
    internal long Insert()
    {
        Step();
        return raw.sqlite3_last_insert_rowid(database);
    }

    internal bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    internal long Int64(int column) => raw.sqlite3_column_int64(statement, column);

    internal int Int32(int column) => raw.sqlite3_column_int(statement, column);

    internal long? OptionalInt64(int column) => IsNull(column) ? null : Int64(column);

    internal double? OptionalDouble(int column) => IsNull(column) ? null : raw.sqlite3_column_double(statement, column);

    internal string? Text(int column) => IsNull(column) ? null : raw.sqlite3_column_text(statement, column).utf8_to_string();

    /// <summary>The octets, valid until the next step.</summary>
    internal ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(statement, column);

    public void Dispose() => raw.sqlite3_reset(statement);

    private void BindUtf8(int index, string value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        byte[]? rented = null;
        var buffer = most <= StackBytes ? stackalloc byte[StackBytes] : rented = ArrayPool<byte>.Shared.Rent(most);
        var length = Encoding.UTF8.GetBytes(value, buffer);
        Check(raw.sqlite3_bind_text(statement, index, buffer[..length]));
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            SqliteException.ThrowExceptionForRC(code, database);
    }
}
