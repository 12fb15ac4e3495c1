using Microsoft.Data.Sqlite;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Store;

/// <summary>The backup of <c>docs/operations.md</c>.</summary>
public sealed class BackupTests
{
    [Fact]
    public async Task Backup_TakenUnderLoad_OpensWithEverythingAcknowledgedBefore()
    {
        // Nobody listens upstream, so that all mail waits.
        var config = new RelayConfig { Upstreams = [new("sink", FreePort.Next())] };
        await using var relay = await RelayProcess.StartAsync(config);
        var large = await relay.SubmitAsync(TestMessage.Create("large", size: 1024 * 1024));
        await using var load = LoadGenerator.Start(relay.Port, new Ledger(), connections: 5);
        var last = await relay.SubmitAsync(TestMessage.Create("last"));

        await using var sink = new SinkServer();
        await using var restored = new RelayProcess(config with { Upstreams = [new("sink", sink.Port)] });
        BackUp(relay.DataDirectory, restored.DataDirectory);
        await load.StopAsync();
        await restored.StartAsync();

        await restored.UntilStateAsync(large, "relayed");
        await restored.UntilStateAsync(last, "relayed");
        Assert.Equal((1, 1), (sink.CountOf("large"), sink.CountOf("last")));
    }

    [Fact]
    public async Task Restored_UpstreamsThatNobodyServes_EntriesWaitUntilTheyAreHeld()
    {
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", FreePort.Next())] });
        var waiting = await relay.SubmitAsync(TestMessage.Create("waiting"));

        Assert.Equal(0, (await relay.RunAsync("queue", "hold", "--all", "--reason", "restored")).ExitCode);

        var entry = await relay.JsonAsync("queue", "show", waiting);
        Assert.Equal(("held", 0), (entry.GetProperty("state").GetString(), entry.GetProperty("attempts").GetInt32()));
    }

    private static void BackUp(string data, string backup)
    {
        Directory.CreateDirectory(backup);
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(data, "relay.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "VACUUM INTO $file";
            command.Parameters.AddWithValue("$file", Path.Combine(backup, "relay.db"));
            command.ExecuteNonQuery();
        }
        foreach (var file in Directory.GetFiles(Path.Combine(data, "content"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(backup, Path.GetRelativePath(data, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
