using Microsoft.Data.Sqlite;
using OutreachRelay.Store;
using OutreachRelay.Store.Sqlite;

namespace OutreachRelay.Tests.Store.Sqlite;

/// <summary>A database that was restored, moved, or simply started again.</summary>
public sealed class SqliteRestoreTests : StoreContract
{
    private readonly DataDirectory _directory;
    private readonly DataDirectory _elsewhere = new();

    public SqliteRestoreTests() : this(new SqliteHarness())
    {
    }

    private SqliteRestoreTests(SqliteHarness harness) : base(harness) => _directory = harness.Directory;

    private string Database => Path.Combine(_directory.Path, "relay.db");

    private string Mark => Path.Combine(_directory.Path, "relay.mark");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _elsewhere.Dispose();
    }

    [Fact]
    public async Task O15_StartedAgain_GoesOn()
    {
        var entry = await AcceptOneAsync();

        for (var i = 0; i < 3; i++)
            await ReopenAsync();

        Assert.Equal((EntryState.Queued, null), ((await ReadAsync(entry.Id)).State, ((SqliteStore)Store).RestoredAt));
    }

    [Fact]
    public async Task O15_RestoredElsewhere_HoldsWhatWouldBeSentAndNothingElse()
    {
        var states = (EntryState[])[EntryState.Queued, EntryState.InDoubt, EntryState.Leased, EntryState.Held, EntryState.Dead, EntryState.Relayed];
        var entries = new List<QueueEntry>();
        foreach (var state in states)
            entries.Add(await MakeAsync(state, $"{state}@example.com"));
        BackUp(Path.Combine(_elsewhere.Path, "relay.db"));

        await using var restored = await _elsewhere.OpenAsync(Time);

        foreach (var (entry, state) in entries.Zip((EntryState[])[EntryState.Held, EntryState.Held, EntryState.Held, EntryState.Held, EntryState.Dead, EntryState.Relayed]))
            Assert.Equal(state, await StateInAsync(restored, entry.Id));
        Assert.Equal(new QueueCounts(0, 0, 0, 4, 1), restored.Counts);
        Assert.Equal(Time.GetUtcNow(), restored.RestoredAt);
        Assert.True((await restored.LoadAsync(entries[2].Id, default))!.Entry.MaybeSent);
        Assert.Equal(
            new StoreEvent(Time.GetUtcNow(), StoreEventKind.Hold, "relay", "restored from a backup: it may have been sent since"),
            (await restored.ReadEventsAsync(entries[0].Id, default))[^1]);
    }

    [Fact]
    public async Task O15_RestoredAndReleased_GoesOnAtTheNextStart()
    {
        var entry = await AcceptOneAsync();
        BackUp(Path.Combine(_elsewhere.Path, "relay.db"));
        await using (var restored = await _elsewhere.OpenAsync(Time))
            await restored.ApplyAsync(new EntryAction(EntryActionKind.Release, [entry.Id], "alice", "looked it up", GiveBack));

        await using var again = await _elsewhere.OpenAsync(Time);

        Assert.Equal((EntryState.Queued, null), (await StateInAsync(again, entry.Id), again.RestoredAt));
    }

    [Fact]
    public async Task O15_RestoredAndNotReleased_StaysHeldAtTheNextStart()
    {
        var entry = await AcceptOneAsync();
        BackUp(Path.Combine(_elsewhere.Path, "relay.db"));
        await (await _elsewhere.OpenAsync(Time)).DisposeAsync();

        await using var again = await _elsewhere.OpenAsync(Time);

        Assert.Equal((EntryState.Held, Time.GetUtcNow()), (await StateInAsync(again, entry.Id), again.RestoredAt));
        Assert.Equal(1, (await again.ReadEventsAsync(entry.Id, default)).Count(happened => happened.Kind == StoreEventKind.Hold));
    }

    [Fact]
    public async Task O15_BackupWrittenOverItsDatabase_IsHeld()
    {
        var entry = await AcceptOneAsync();
        var backup = Path.Combine(_elsewhere.Path, "relay.db");
        BackUp(backup);
        await Store.DisposeAsync();

        // The file stays, and its number with it; only what is in it is of the past.
        await using (var target = new FileStream(Database, FileMode.Truncate))
            await target.WriteAsync(await File.ReadAllBytesAsync(backup));
        await ReopenAsync();

        Assert.Equal(EntryState.Held, (await ReadAsync(entry.Id)).State);
    }

    [Fact]
    public async Task O15_WholeDirectoryCopied_IsHeld()
    {
        var entry = await AcceptOneAsync();
        await Store.DisposeAsync();
        foreach (var file in (string[])[Database, Mark])
            File.Copy(file, Path.Combine(_elsewhere.Path, Path.GetFileName(file)));

        await using var copy = await _elsewhere.OpenAsync(Time);

        Assert.Equal(EntryState.Held, await StateInAsync(copy, entry.Id));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1 2")]
    public async Task O15_MarkGoneOrOfAnother_IsHeld(string? content)
    {
        var entry = await AcceptOneAsync();
        await Store.DisposeAsync();
        File.Delete(Mark);
        if (content is not null)
            await File.WriteAllTextAsync(Mark, content);

        await ReopenAsync();

        Assert.Equal(EntryState.Held, (await ReadAsync(entry.Id)).State);
    }

    [Fact]
    public async Task O15_DatabaseOfBeforeThereWereMarks_GoesOn()
    {
        var entry = await AcceptOneAsync();
        await Store.DisposeAsync();
        File.Delete(Mark);
        Run("DELETE FROM meta WHERE key = 'mark'");

        await ReopenAsync();

        Assert.Equal(EntryState.Queued, (await ReadAsync(entry.Id)).State);
    }

    [Fact]
    public async Task O15_NewDatabaseBesideAnOldMark_IsNew()
    {
        await AcceptOneAsync();
        await Store.DisposeAsync();
        foreach (var file in Directory.GetFiles(_directory.Path, "relay.db*"))
            File.Delete(file);

        await ReopenAsync();
        var entry = await AcceptOneAsync();
        await ReopenAsync();

        Assert.Equal(EntryState.Queued, (await ReadAsync(entry.Id)).State);
    }

    [Fact]
    public async Task O15_KilledBetweenTwoMarks_BothAreKnown()
    {
        await Store.DisposeAsync();
        var mark = new StoreMark(_directory.Path);

        mark.Write(3, 5);
        Assert.Equal((true, true, false), (mark.Knows(3), mark.Knows(5), mark.Knows(7)));
        mark.Write(5);
        Assert.Equal((false, true), (mark.Knows(3), mark.Knows(5)));
    }

    private static async Task<EntryState> StateInAsync(SqliteStore store, long id) => (await store.LoadAsync(id, default))!.Entry.State;

    private void BackUp(string to) => Run($"VACUUM INTO '{to}'");

    private void Run(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
