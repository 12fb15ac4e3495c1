using Microsoft.Data.Sqlite;
using OutreachRelay.Store;
using OutreachRelay.Store.Sqlite;

namespace OutreachRelay.Tests.Store.Sqlite;

public sealed class SqliteOpeningTests : IDisposable
{
    private readonly DataDirectory _directory = new();
    private readonly FakeTime _time = new();

    private string Database => Path.Combine(_directory.Path, "relay.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task O17_SecondOpen_IsRefusedUntilTheFirstCloses()
    {
        var first = await _directory.OpenAsync(_time);
        await Assert.ThrowsAsync<StoreLockedException>(() => _directory.OpenAsync(_time));
        await first.DisposeAsync();

        await (await _directory.OpenAsync(_time)).DisposeAsync();
    }

    [Fact]
    public async Task O13_NewerSchema_IsRefusedAndUntouched()
    {
        await CreateAsync();
        Run("PRAGMA user_version = 99");
        var before = await File.ReadAllBytesAsync(Database);

        var error = await Assert.ThrowsAsync<StoreTooNewException>(() => _directory.OpenAsync(_time));

        Assert.Contains("version 99", error.Message);
        Assert.Equal(before, await File.ReadAllBytesAsync(Database));
    }

    [Fact]
    public async Task O13_OlderSchema_IsMigrated()
    {
        await CreateAsync();
        using var connection = Connect();

        Schema.Migrate(connection, [.. Schema.Migrations, "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT"]);

        Assert.Equal(Schema.Migrations.Count + 1L, Scalar(connection, "PRAGMA user_version"));
        Assert.Equal(0L, Scalar(connection, "SELECT count(*) FROM later"));
    }

    [Fact]
    public async Task O13_MigrationThatFails_LeavesTheOldSchemaWhole()
    {
        await CreateAsync();
        using var connection = Connect();

        Assert.Throws<SqliteException>(() => Schema.Migrate(
            connection, [.. Schema.Migrations, "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT; INSERT INTO nowhere VALUES (1)"]));

        Assert.Equal((long)Schema.Migrations.Count, Scalar(connection, "PRAGMA user_version"));
        Assert.Equal(0L, Scalar(connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'later'"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    [InlineData(10_000)]
    public async Task O16_FileThatIsNoDatabase_IsRefusedAndKept(int length)
    {
        await CreateAsync();
        await File.WriteAllBytesAsync(Database, new byte[length]);

        var error = await Assert.ThrowsAsync<StoreDamagedException>(() => _directory.OpenAsync(_time));

        Assert.Contains("backup", error.Message);
        Assert.Equal(length, new FileInfo(Database).Length);
    }

    [Fact]
    public async Task O16_EmptyFileOfACreationThatACrashEnded_IsFilledAndAnEmptyOneAfterItRefused()
    {
        Directory.CreateDirectory(_directory.Path);
        await File.WriteAllBytesAsync(Database, []);
        await File.WriteAllBytesAsync(Database + "-new", []);

        await CreateAsync();

        Assert.False(File.Exists(Database + "-new"));
        await File.WriteAllBytesAsync(Database, []);
        await Assert.ThrowsAsync<StoreDamagedException>(() => _directory.OpenAsync(_time));
    }

    [Fact]
    public async Task O16_FileCutOff_IsRefused()
    {
        await CreateAsync();
        using (var file = File.OpenWrite(Database))
            file.SetLength(file.Length / 2);

        await Assert.ThrowsAsync<StoreDamagedException>(() => _directory.OpenAsync(_time));
    }

    [Fact]
    public async Task O16_DatabaseOfAnotherProgram_IsRefused()
    {
        Directory.CreateDirectory(_directory.Path);
        Run("PRAGMA user_version = 1; CREATE TABLE theirs (id INTEGER)");

        await Assert.ThrowsAsync<StoreDamagedException>(() => _directory.OpenAsync(_time));
    }

    [Fact]
    public async Task Open_LeftoversOfADeadProcess_AreRemoved()
    {
        await CreateAsync();
        var incoming = _directory.Write([1]);
        var orphan = Path.Combine(_directory.Path, "content", "ab", QueueId.Format(1));
        var foreign = Path.Combine(_directory.Path, "content", "readme");
        Directory.CreateDirectory(Path.GetDirectoryName(orphan)!);
        await File.WriteAllTextAsync(orphan, "");
        await File.WriteAllTextAsync(foreign, "");

        Run("INSERT INTO meta (key, value) VALUES ('last_id', 5)");
        await using var store = await _directory.OpenAsync(_time);

        await Eventually.TrueAsync(() => !File.Exists(orphan));
        Assert.False(File.Exists(incoming));
        Assert.True(File.Exists(foreign));
    }

    [Fact]
    public async Task O12_QueriesOfTheHotPath_UseAnIndex()
    {
        await CreateAsync();
        using var connection = Connect();

        foreach (var sender in (string[])["= 1", "IS NULL"])
        {
            Assert.DoesNotContain("TEMP B-TREE", Plan(connection,
                $"SELECT id FROM entry WHERE client = 1 AND direction = 1 AND sender {sender} AND rank = 5 AND state IN (0, 2) AND due <= 9 ORDER BY due, id"));
        }
        Assert.DoesNotContain("TEMP B-TREE", Plan(connection,
            "SELECT client, direction, sender, min(due) FROM entry INDEXED BY entry_lane WHERE state IN (0, 2) GROUP BY client, direction, sender"));
        Assert.Contains("sent_id_entry", Plan(connection, "SELECT value FROM sent_id INDEXED BY sent_id_entry WHERE entry_id < 5 LIMIT 9"));
        Assert.Contains("entry_recipient", Plan(connection, "SELECT id FROM entry WHERE recipient_id = 1 AND id >= 5"));
    }

    private async Task CreateAsync() => await (await _directory.OpenAsync(_time)).DisposeAsync();

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        return connection;
    }

    private void Run(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static string Plan(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + sql;
        using var rows = command.ExecuteReader();
        var plan = "";
        while (rows.Read())
            plan += rows.GetString(3) + "\n";
        return plan;
    }
}
