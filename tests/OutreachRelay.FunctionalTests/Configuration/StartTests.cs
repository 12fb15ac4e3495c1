using Microsoft.Data.Sqlite;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Configuration;

/// <summary>Starts that must not succeed.</summary>
public sealed class StartTests
{
    private const int BadConfiguration = 78;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task O7_Start_BadConfiguration_NamesEveryErrorAndExitsWith78()
    {
        await using var relay = new RelayProcess(new RelayConfig
        {
            Upstreams = [new("sink", FreePort.Next())],
            More = "\n[log]\nlevel = \"loud\"\nunheard_of = 1\n",
        });

        relay.Launch();

        Assert.Equal(BadConfiguration, await relay.WaitForExitAsync(Deadline));
        Assert.Contains("log.level", relay.Log);
        Assert.Contains("log.unheard_of", relay.Log);
        Assert.False(Directory.Exists(relay.DataDirectory), "the data directory was made");
        await Assert.ThrowsAsync<IOException>(() => SmtpConversation.OpenAsync(relay.Port));
    }

    // SCHED_BATCH of sched(7): it finds several events at a time, instead of pushing aside for each what works on the one before.
    [Fact]
    public async Task Start_ThreadThatWaitsForSockets_DoesNotGoBeforeOthers()
    {
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", FreePort.Next())] });

        Assert.Equal([3], ProcessFigures.Policies(relay.Id, ".NET Sockets").Distinct());
        Assert.Equal([0], ProcessFigures.Policies(relay.Id, "store writer"));
    }

    [Fact]
    public async Task O17_Start_SecondProcessOnTheSameData_ExitsAndTheFirstLivesOn()
    {
        await using var sink = new SinkServer();
        var config = new RelayConfig { Upstreams = [new("sink", sink.Port)] };
        await using var first = await RelayProcess.StartAsync(config);
        await using var second = new RelayProcess(config with { DataDirectory = first.DataDirectory });

        second.Launch();

        Assert.NotEqual(0, await second.WaitForExitAsync(Deadline));
        Assert.NotEmpty(second.Log);
        Assert.DoesNotContain("   at ", second.Log);
        await first.SubmitAsync(TestMessage.Create("still-here"));
        await Wait.UntilAsync(() => sink.CountOf("still-here") == 1, Deadline, () => first.Log);
    }

    [Fact]
    public async Task O17_Start_AfterKill_TheLockDiedWithItsProcess()
    {
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", FreePort.Next())] });

        await relay.KillAsync();

        await relay.StartAsync();
    }

    [Fact]
    public async Task O13_Start_StoreOfANewerVersion_IsRefusedAndUntouched()
    {
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", FreePort.Next())] });
        Assert.Equal(0, await relay.StopAsync(Deadline));
        var database = Assert.Single(Directory.GetFiles(relay.DataDirectory, "*.db"));
        SetUserVersion(database, 1_000_000);
        var before = await File.ReadAllBytesAsync(database);

        relay.Launch();

        Assert.NotEqual(0, await relay.WaitForExitAsync(Deadline));
        Assert.Contains("newer", relay.Log, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(before, await File.ReadAllBytesAsync(database));
    }

    [Theory]
    [InlineData(365, "the clock is wrong, or was then")]
    [InlineData(-365, "if the relay did not rest that long")]
    public async Task O19_Start_StoreWrittenAYearFromNow_IsWarnedOfBeforeMailIsTaken(int days, string warning)
    {
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", FreePort.Next())] });
        Assert.Equal(0, await relay.StopAsync(Deadline));
        Assert.DoesNotContain("The clock says", relay.Log);
        foreach (var file in Directory.GetFiles(relay.DataDirectory, "relay.db*"))
            File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddDays(days));

        await relay.StartAsync();

        var warned = relay.Log.IndexOf(warning, StringComparison.Ordinal);
        Assert.InRange(warned, 0, relay.Log.LastIndexOf("takes mail on", StringComparison.Ordinal));
    }

    private static void SetUserVersion(string database, int version)
    {
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA user_version = {version}; PRAGMA wal_checkpoint(TRUNCATE);";
        command.ExecuteNonQuery();
    }
}
