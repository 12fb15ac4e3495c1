using Microsoft.Data.Sqlite;
using OutreachRelay.Receive;
using OutreachRelay.Store;
using OutreachRelay.Tests.Store;
using SQLitePCL;

namespace OutreachRelay.Tests.Receive;

/// <summary>The store fails, the disk fills, the session dies: what the client hears, and what is there afterwards.</summary>
public sealed class StoreTroubleTests
{
    private readonly FakeTime _time = new();
    private Action _beforeCommit = () => { };
    private long _freeSpace = long.MaxValue;
    private long _freeInodes = long.MaxValue;

    [Fact]
    public async Task R31_CommitFails_IsTransientAndWorksAgain()
    {
        await using var door = await OpenAsync();
        _beforeCommit = () => throw new SqliteException("disk I/O error", raw.SQLITE_IOERR);

        Assert.StartsWith("451 4.3.0", (await door.SubmitAsync(Submissions.OfLength(400_000), "to@y.example")).ToString());
        Assert.StartsWith("451 4.3.0", (await door.Connect().MailAsync()).ToString());

        _beforeCommit = () => { };
        await Eventually.TrueAsync(() => door.Store.Health.CanWrite, () => _time.Advance(TimeSpan.FromSeconds(1)));
        Assert.True((await door.SubmitAsync(Submissions.OfLength(400_000), "to@y.example")).IsPositive);
        Assert.Single(await door.AllEntriesAsync());
        await Eventually.TrueAsync(() => door.Kept.Length == 1);
        Assert.Empty(door.Spooled);
    }

    [Fact]
    public async Task R31_IncomingDirectoryCannotBeWritten_IsTransientAndTheSessionGoesOn()
    {
        await using var door = await OpenAsync();
        var session = door.Connect();
        Directory.Delete(door.Store.IncomingDirectory);

        Assert.StartsWith("451 4.3.0", (await session.SubmitAsync(Submissions.OfLength(2_000_000), "to@y.example")).ToString());
        Assert.True((await session.SubmitAsync(Submissions.OfLength(2_000), "to@y.example")).IsPositive);

        Directory.CreateDirectory(door.Store.IncomingDirectory);
        Assert.True((await session.SubmitAsync(Submissions.OfLength(2_000_000), "to@y.example")).IsPositive);
    }

    [Fact]
    public async Task R31_IncomingDirectoryGoneBeforeTheLastOctets_IsTransient()
    {
        await using var door = await OpenAsync();
        Directory.Delete(door.Store.IncomingDirectory);
        // One octet too many for memory, and the last of it never reached a file.
        Assert.StartsWith("451 4.3.0", (await door.SubmitAsync(Submissions.OfLength(ContentSpool.MemoryLimit + 1), "to@y.example")).ToString());
    }

    [Fact]
    public async Task R32_DiskNearlyFull_IsToldAtMailAndAtTheEndOfContent()
    {
        await using var door = await OpenAsync();
        var session = door.Connect();
        await session.MailAsync();
        await session.RcptAsync("to@y.example");
        _freeSpace = 999;
        await Eventually.TrueAsync(() => door.Store.Health.Status == StoreStatus.DiskNearlyFull, () => _time.Advance(TimeSpan.FromSeconds(1)));

        Assert.StartsWith("452 4.3.1", (await session.DataAsync("From: x@y.example\r\n\r\n"u8.ToArray())).ToString());
        Assert.StartsWith("452 4.3.1", (await session.MailAsync()).ToString());

        _freeSpace = 1000;
        await Eventually.TrueAsync(() => door.Store.Health.CanWrite, () => _time.Advance(TimeSpan.FromSeconds(1)));
        Assert.True((await session.MailAsync()).IsPositive);
    }

    [Fact]
    public async Task R32_DiskNearlyFullInsideContent_FreesItsFileAtOnceAndIsToldAtTheEnd()
    {
        await using var door = await OpenAsync();
        var session = door.Connect();
        await session.MailAsync();
        await session.RcptAsync("to@y.example");
        var sink = session.BeginContent();
        await sink.WriteAsync(Submissions.OfLength(ContentSpool.MemoryLimit + 1));
        Assert.Single(door.Spooled);
        _freeSpace = 999;
        await Eventually.TrueAsync(() => door.Store.Health.Status == StoreStatus.DiskNearlyFull, () => _time.Advance(TimeSpan.FromSeconds(1)));

        for (var i = 0; i < 8; i++)
        {
            await sink.WriteAsync(new byte[64 * 1024]);
            Assert.Empty(door.Spooled);
        }

        Assert.StartsWith("452 4.3.1", (await session.EndContentAsync(sink, CancellationToken.None)).ToString());
        session.Reset();
        _freeSpace = 1000;
        await Eventually.TrueAsync(() => door.Store.Health.CanWrite, () => _time.Advance(TimeSpan.FromSeconds(1)));
        Assert.True((await session.SubmitAsync(Submissions.OfLength(ContentSpool.MemoryLimit + 1), "to@y.example")).IsPositive);
    }

    [Theory]
    [InlineData(99, 10)]
    [InlineData(1000, 9)]
    public async Task R32_DiskFull_TurnsClientsAwayUntilThereIsRoom(long octets, long inodes)
    {
        await using var port = await SmtpPort.OpenAsync(await OpenAsync());
        using var before = await port.ConnectAsync();
        (_freeSpace, _freeInodes) = (octets, inodes);
        await Eventually.TrueAsync(() => port.Door.Store.Health.Status == StoreStatus.DiskFull, () => _time.Advance(TimeSpan.FromSeconds(1)));

        using var refused = await port.ConnectAsync();

        Assert.StartsWith("421 4.3.2", refused.Greeting);
        Assert.Equal("", await refused.ReadAsync());
        await before.AskAsync("EHLO crm.example");
        Assert.StartsWith("452 4.3.1", await before.AskAsync("MAIL FROM:<jane@crm.example>"));

        (_freeSpace, _freeInodes) = (100, 10);
        await Eventually.TrueAsync(() => port.Door.Store.Health.Status == StoreStatus.DiskNearlyFull, () => _time.Advance(TimeSpan.FromSeconds(1)));
        using var heard = await port.ConnectAsync();
        Assert.StartsWith("220", heard.Greeting);
    }

    [Fact]
    public async Task R31_ThreadCannotBeLookedUp_IsTransient()
    {
        await using var door = await OpenAsync();
        var session = door.Connect();
        await session.MailAsync();
        await session.RcptAsync("to@y.example");
        await door.Store.DisposeAsync();

        var reply = await session.DataAsync("From: x@y.example\r\nIn-Reply-To: <first@y.example>\r\n\r\n"u8.ToArray());

        Assert.StartsWith("451 4.3.0", reply.ToString());
    }

    [Theory]
    [InlineData(StoreStatus.Failing, "451 4.3.0")]
    [InlineData(StoreStatus.Closed, "451 4.3.0")]
    [InlineData(StoreStatus.DiskNearlyFull, "452 4.3.1")]
    [InlineData(StoreStatus.DiskFull, "452 4.3.1")]
    public void StoreReply_NotReady_IsTransientAndBland(StoreStatus status, string reply)
    {
        var said = SubmissionSession.StoreReply(new StoreHealth(status, "a reason for the log"))!.ToString();
        Assert.StartsWith(reply, said);
        Assert.DoesNotContain("reason", said);
    }

    [Fact]
    public async Task R30_SessionCancelledWhileTheCommitRuns_TheCommitEnds()
    {
        using var hold = new ManualResetEventSlim();
        using var reached = new ManualResetEventSlim();
        await using var door = await OpenAsync();
        _beforeCommit = () =>
        {
            reached.Set();
            hold.Wait(TimeSpan.FromSeconds(30));
        };
        using var abort = new CancellationTokenSource();
        var session = door.Connect();
        await session.MailAsync();
        await session.RcptAsync("to@y.example");
        var replying = session.DataAsync("From: x@y.example\r\n\r\n"u8.ToArray(), abort.Token);
        await Eventually.TrueAsync(() => reached.IsSet);

        await abort.CancelAsync();
        Assert.False(replying.IsCompleted);
        hold.Set();

        Assert.Single(await door.EntriesAsync(await replying));
    }

    private Task<Door> OpenAsync() => Door.OpenAsync(Models.Relay(Models.Sender("ann@x.example")), _time, options => options with
    {
        MinFreeSpace = 1000,
        HardMinFreeSpace = 100,
        MinFreeInodes = 10,
        FreeSpace = () => _freeSpace,
        FreeInodes = () => _freeInodes,
        BeforeCommit = () => _beforeCommit(),
    });
}
