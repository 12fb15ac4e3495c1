using Microsoft.Data.Sqlite;
using OutreachRelay.Store.Sqlite;
using SQLitePCL;

namespace OutreachRelay.Tests.Store.Sqlite;

public sealed class StatementTests : IDisposable
{
    // https://www.sqlite.org/c3ref/c_stmtstatus_counter.html
    private const int Replanned = 5;

    private readonly DataDirectory _directory = new(inMemory: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Execute_OtherValuesEachTime_IsPlannedOnce(bool reader)
    {
        var file = new DatabaseFile(Path.Combine(_directory.Path, "relay.db"));
        using var writer = file.OpenWriter(create: true);
        Run(writer, "CREATE TABLE word (text TEXT NOT NULL) STRICT");
        using var connection = reader ? file.OpenReader() : writer;
        // The library must keep note of statements to tell of them.
        connection.Handle!.enable_sqlite3_next_stmt(true);
        using var statement = new Statement(connection, "SELECT text FROM word WHERE text > ? ORDER BY text LIMIT ?");

        for (var limit = 1; limit <= 3; limit++)
        {
            using var select = statement.Execute();
            select.Bind(1, $"{limit}");
            select.Bind(2, limit);
            Assert.False(select.Step());
        }

        Assert.Equal(0, raw.sqlite3_stmt_status(raw.sqlite3_next_stmt(connection.Handle!, null), Replanned, 0));
    }

    public void Dispose() => _directory.Dispose();

    private static void Run(SqliteConnection connection, string sql)
    {
        using var statement = new Statement(connection, sql);
        using var execution = statement.Execute();
        execution.Run();
    }
}
