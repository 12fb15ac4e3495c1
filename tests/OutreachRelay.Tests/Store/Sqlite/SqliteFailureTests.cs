using Microsoft.Data.Sqlite;
using OutreachRelay.Store;
using SQLitePCL;

namespace OutreachRelay.Tests.Store.Sqlite;

/// <summary>The disk fails in the ways that can be brought about by hand.</summary>
public sealed class SqliteFailureTests : StoreContract
{
    private readonly DataDirectory _directory;
    private Exception? _beforeCommit;
    private Exception? _afterCommit;
    private long _freeSpace = long.MaxValue;
    private string? _onOpen;

    public SqliteFailureTests() : this(new SqliteHarness())
    {
    }

    private SqliteFailureTests(SqliteHarness harness) : base(harness)
    {
        _directory = harness.Directory;
        harness.Configure = options => options with
        {
            MinFreeSpace = 1000,
            HardMinFreeSpace = 100,
            FreeSpace = () => _freeSpace,
            BeforeCommit = () => Throw(ref _beforeCommit),
            AfterCommit = () => Throw(ref _afterCommit),
            WriterOpened = connection => Run(connection, _onOpen),
        };
    }

    [Fact]
    public async Task R31_FailureBeforeTheCommit_WritesNothingAndRecovers()
    {
        _beforeCommit = new SqliteException("disk I/O error", raw.SQLITE_IOERR);

        var result = await Store.AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com", sticky: true))));

        Assert.Equal(
            new StoreHealth(StoreStatus.Failing, "the disk failed"), Assert.IsType<AcceptResult.Unavailable>(result).Health);
        await RecoverAsync();
        Assert.Empty((await Store.ListAsync(new EntryFilter(), CancellationToken.None)).Entries);
        Assert.Equal(0, await UsedAsync("a@s.example"));
        Assert.Null(await Store.ReadAssignmentAsync("crm", "jane@example.com", CancellationToken.None));
        await AcceptOneAsync();
        Assert.Equal(1, await UsedAsync("a@s.example"));
    }

    [Fact]
    public async Task R34_CommitWhoseOutcomeIsUnknown_IsFoundAgainByTheRepetition()
    {
        var request = Request(Group([Candidate("a@s.example")], Draft("jane@example.com", digest: 1)));
        var told = new List<CounterValue>();
        Store.CountersCommitted = told.AddRange;
        _afterCommit = new SqliteException("disk I/O error", raw.SQLITE_IOERR);

        Assert.IsType<AcceptResult.Unavailable>(await Store.AcceptAsync(request));
        await RecoverAsync();

        Assert.IsType<AcceptResult.Duplicate>(await Store.AcceptAsync(request));
        Assert.Equal(1, Store.Counts.Queued);
        Assert.Equal([new CounterValue(Key("a@s.example"), 1)], told);
    }

    [Fact]
    public async Task R34_CommitWhoseOutcomeIsUnknown_IsReadAgainBecauseTheStoreTellsOfItsRecovery()
    {
        var recoveries = 0;
        Store.Recovered = () => Interlocked.Increment(ref recoveries);
        _afterCommit = new SqliteException("disk I/O error", raw.SQLITE_IOERR);
        await Store.AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com"))));

        await RecoverAsync();
        // The writer tells of it before it takes the next write.
        await AcceptOneAsync();

        Assert.Equal(1, recoveries);
        Assert.Equal(2, (await Store.ReadLaneAsync(
            new LaneKey("crm", "sales", "a@s.example"), EntryRank.Tried, EntryRank.FirstLow, Time.GetUtcNow(), 10, CancellationToken.None)).Entries.Length);
    }

    [Fact]
    public async Task R34_PowerLostAfterAFailedFlush_KeepsWhatWasAcceptedSince()
    {
        await AcceptOneAsync("before@example.com");
        var start = Log().Length;
        _afterCommit = new IOException("the write-ahead log could not be flushed");
        Assert.IsType<AcceptResult.Unavailable>(await Store.AcceptAsync(Request(Group([], Draft("failed@example.com")))));
        var failed = Log()[start..];
        await RecoverAsync();
        await AcceptOneAsync("after@example.com");

        using var disk = new DataDirectory();
        var log = Log();
        // What was not flushed is not there, unless it was written again.
        if (log.Length >= start + failed.Length && log.AsSpan(start, failed.Length).SequenceEqual(failed))
            log.AsSpan(start, failed.Length).Clear();
        await File.WriteAllBytesAsync(Path.Combine(disk.Path, "relay.db-wal"), log);
        await File.WriteAllBytesAsync(Path.Combine(disk.Path, "relay.db"), Read("relay.db"));

        Assert.NotEmpty(failed);
        Assert.Equal(["after@example.com", "before@example.com"], RecipientsIn(disk).Where(static key => key != "failed@example.com").Order());
    }

    [Fact]
    public async Task S30_LeaseWhoseCommitIsUnknown_GivesBackWhatItClaimed()
    {
        var entry = await AcceptOneAsync();
        var claimed = new CounterKey(CounterScope.UpstreamDay, "ses", DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime));
        var request = new LeaseRequest(entry.Id, 0, "ses", "key", "token", default, TimeSpan.FromMinutes(10)) { Claims = [new CounterClaim(claimed, 10, long.MaxValue)] };
        _afterCommit = new SqliteException("disk I/O error", raw.SQLITE_IOERR);

        Assert.Equal(LeaseOutcome.Unavailable, (await Store.LeaseAsync(request)).Outcome);
        await RecoverAsync();

        Assert.Equal(LeaseOutcome.Leased, (await Store.LeaseAsync(request with { Epoch = (await ReadAsync(entry.Id)).Epoch })).Outcome);
        Assert.Equal(1, (await Store.ReadCountersAsync(claimed.Date, CancellationToken.None)).Single(value => value.Key == claimed).Used);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task R34_ContentFileOfAFailedAccept_StaysOnlyIfItsRowDoes(bool committed)
    {
        var request = Request(Group([], Draft("jane@example.com"))) with { ContentFile = WriteIncoming([1, 2, 3]) };
        var failure = new SqliteException("disk I/O error", raw.SQLITE_IOERR);
        if (committed)
            _afterCommit = failure;
        else
            _beforeCommit = failure;

        Assert.IsType<AcceptResult.Unavailable>(await Store.AcceptAsync(request));
        await RecoverAsync();

        await Eventually.TrueAsync(() => ContentFiles().Length == (committed ? 1 : 0));
    }

    [Fact]
    public async Task S30_LeaseWhoseCommitIsUnknown_IsUndoneBecauseNothingWasSent()
    {
        var entry = await AcceptOneAsync();
        _afterCommit = new SqliteException("disk I/O error", raw.SQLITE_IOERR);

        Assert.Equal(LeaseOutcome.Unavailable, (await LeaseAsync(entry.Id, 0)).Outcome);
        await RecoverAsync();

        var after = await ReadAsync(entry.Id);
        Assert.Equal((EntryState.Queued, 0, null), (after.State, after.Attempts, after.Upstream));
        Assert.Empty(await Store.ReadAttemptsAsync(entry.Id, CancellationToken.None));
        Assert.Equal(new QueueCounts(1, 0, 0, 0, 0), Store.Counts);
        Assert.Equal(LeaseOutcome.Leased, (await LeaseAsync(entry.Id, after.Epoch)).Outcome);
    }

    [Fact]
    public async Task R31_DatabaseFull_AnswersUnavailableAndWorksAgainWhenThereIsRoom()
    {
        _onOpen = "PRAGMA max_page_count = 60";
        await ReopenAsync();
        var big = Request(Group([Candidate("a@s.example")], Draft("jane@example.com"))) with { Content = new byte[250_000] };

        var result = await Store.AcceptAsync(big);
        Assert.Equal("the disk is full", Assert.IsType<AcceptResult.Unavailable>(result).Health.Reason);

        _onOpen = "PRAGMA max_page_count = 1000000";
        await RecoverAsync();
        await AcceptAsync(big);
        Assert.Equal(1, await UsedAsync("a@s.example"));
    }

    [Fact]
    public async Task R33_StoreFailing_RefusesEveryWriteAtOnceAndStillReads()
    {
        var entry = await MakeAsync(EntryState.Leased);
        _beforeCommit = new SqliteException("disk I/O error", raw.SQLITE_IOERR);
        Assert.Equal(SettleOutcome.Unavailable, (await SettleAsync(entry.Id, 1, EntryState.Relayed)).Outcome);

        Assert.Equal(StoreStatus.Failing, Store.Health.Status);
        Assert.IsType<AcceptResult.Unavailable>(await Store.AcceptAsync(Request(Group([], Draft("joe@example.com")))));
        Assert.Equal(LeaseOutcome.Unavailable, (await LeaseAsync(entry.Id, 0)).Outcome);
        Assert.Equal(SettleOutcome.Unavailable, (await SettleAsync(entry.Id, 1, EntryState.Relayed)).Outcome);
        Assert.Equal(ActionOutcome.Unavailable, await ApplyAsync(EntryActionKind.Drop, entry.Id));
        Assert.False(await Store.RenewAsync(entry.Id, 1, TimeSpan.FromMinutes(1)));
        Assert.Empty(await Store.SweepAsync(10, GiveBack));
        Assert.Equal(EntryState.Leased, (await ReadAsync(entry.Id)).State);

        await RecoverAsync();
        Assert.Equal(SettleOutcome.Settled, (await SettleAsync(entry.Id, 1, EntryState.Relayed)).Outcome);
    }

    [Theory]
    [InlineData(999, StoreStatus.DiskNearlyFull)]
    [InlineData(99, StoreStatus.DiskFull)]
    public async Task R32_DiskNearlyFull_BeginsNothingButEndsWhatRuns(long free, StoreStatus status)
    {
        var leased = await MakeAsync(EntryState.Leased);
        var queued = await AcceptOneAsync("joe@example.com");
        _freeSpace = free;
        await Eventually.TrueAsync(() => Store.Health.Status == status, () => Time.Advance(TimeSpan.FromSeconds(1)));

        Assert.IsType<AcceptResult.Unavailable>(await Store.AcceptAsync(Request(Group([], Draft("jim@example.com")))));
        Assert.Equal(LeaseOutcome.Unavailable, (await LeaseAsync(queued.Id, 0)).Outcome);
        Assert.Equal(SettleOutcome.Settled, (await SettleAsync(leased.Id, 1, EntryState.Relayed)).Outcome);

        _freeSpace = 1000;
        await Eventually.TrueAsync(() => Store.Health.CanWrite, () => Time.Advance(TimeSpan.FromSeconds(1)));
        Assert.Equal(LeaseOutcome.Leased, (await LeaseAsync(queued.Id, 0)).Outcome);
    }

    [Fact]
    public async Task O18_DatabaseFileGone_FailsInsteadOfWritingToNowhere()
    {
        var database = Path.Combine(_directory.Path, "relay.db");
        File.Move(database, database + ".away");

        await Eventually.TrueAsync(() => Store.Health.Status == StoreStatus.Failing, () => Time.Advance(TimeSpan.FromSeconds(1)));
        for (var i = 0; i < 3; i++)
            Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(new StoreHealth(StoreStatus.Failing, "the database file is gone"), Store.Health);
        Assert.False(File.Exists(database));

        File.Move(database + ".away", database);
        await RecoverAsync();
        await AcceptOneAsync();
    }

    [Fact]
    public async Task O10_StopWhileTheStoreFails_Ends()
    {
        _beforeCommit = new SqliteException("disk I/O error", raw.SQLITE_IOERR);
        Assert.IsType<AcceptResult.Unavailable>(await Store.AcceptAsync(Request(Group([], Draft("jane@example.com")))));

        await Store.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(StoreStatus.Closed, Store.Health.Status);
    }

    [Fact]
    public async Task Closed_Store_RefusesWritesAndThrowsOnReads()
    {
        await Store.DisposeAsync();

        Assert.Equal(StoreStatus.Closed, Store.Health.Status);
        Assert.Equal(LeaseOutcome.Unavailable, (await LeaseAsync(1, 0)).Outcome);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => ReadAsync(1));
    }

    private Task RecoverAsync() => Eventually.TrueAsync(() => Store.Health.CanWrite, () => Time.Advance(TimeSpan.FromSeconds(1)));

    private byte[] Log() => Read("relay.db-wal");

    private byte[] Read(string name)
    {
        using var file = new FileStream(Path.Combine(_directory.Path, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var octets = new byte[file.Length];
        file.ReadExactly(octets);
        return octets;
    }

    private static List<string> RecipientsIn(DataDirectory directory)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(directory.Path, "relay.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT r.key FROM entry e JOIN recipient r ON r.id = e.recipient_id";
        using var rows = command.ExecuteReader();
        var found = new List<string>();
        while (rows.Read())
            found.Add(rows.GetString(0));
        return found;
    }

    private string[] ContentFiles() => Directory.GetFiles(Path.Combine(_directory.Path, "content"), "*", SearchOption.AllDirectories);

    private static void Throw(ref Exception? failure)
    {
        if (Interlocked.Exchange(ref failure, null) is { } thrown)
            throw thrown;
    }

    private static void Run(SqliteConnection connection, string? sql)
    {
        if (sql is null)
            return;
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
