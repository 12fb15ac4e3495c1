using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store.Sqlite;

/// <summary>What a month of mail leaves behind.</summary>
public sealed class SqliteGrowthTests : StoreContract
{
    private const int MailsPerDay = 200;
    private const int PageSize = 4096;

    // Who was mailed, and under which Message-IDs, is kept beyond the mail: assignments and threads refer to it.
    private const int OctetsPerMail = 192;

    private readonly DataDirectory _directory;

    public SqliteGrowthTests() : this(new SqliteHarness())
    {
    }

    private SqliteGrowthTests(SqliteHarness harness) : base(harness) => _directory = harness.Directory;

    [Fact]
    public async Task O27_ThirtyDaysOfMail_LeaveNothingButTheirRecipientsAndThreads()
    {
        var retention = TimeSpan.FromDays(2);
        for (var day = 1; day <= 5; day++)
            await LiveADayAsync(retention);
        var settled = Pages();

        for (var day = 6; day <= 30; day++)
            await LiveADayAsync(retention);

        Assert.InRange(Pages(), 1, settled + (25 * MailsPerDay * OctetsPerMail / PageSize));
        Assert.Equal(default, Store.Counts);
    }

    private async Task LiveADayAsync(TimeSpan retention)
    {
        await Task.WhenAll(Enumerable.Range(0, MailsPerDay).Select(async i =>
        {
            var request = Request(Group([Candidate("a@s.example")], Draft($"to{i}-{Time.GetUtcNow():yyyyMMdd}@example.com", digest: 1)));
            var accepted = await AcceptAsync(request with { Content = new byte[PageSize], Length = PageSize });
            await LeaseAsync(accepted.Message.Id, 0);
            await SettleAsync(accepted.Message.Id, 1, EntryState.Relayed);
        }));
        Pass(TimeSpan.FromDays(1));
        while (await Store.PurgeAsync(retention, 100) > 0)
        {
            // Bounded steps, as in the relay.
        }
    }

    // Pages in use, and pages that a purge has freed for what comes next.
    private long Pages()
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_directory.Path, "relay.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA page_count";
        return (long)command.ExecuteScalar()!;
    }
}
