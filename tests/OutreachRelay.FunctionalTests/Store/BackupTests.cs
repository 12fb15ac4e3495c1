using System.Text.Json;
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
    public async Task O15_BackupTakenUnderLoad_StartsHeldWithEverythingAcknowledgedBefore()
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

        Assert.Contains("restored from a backup", restored.Log);
        await restored.UntilStateAsync(await restored.SubmitAsync(TestMessage.Create("new")), "relayed");
        var status = await restored.JsonAsync("status");
        Assert.Equal(0, status.GetProperty("queue").GetProperty("queued").GetInt64());
        Assert.NotEqual(JsonValueKind.Null, status.GetProperty("restored_at").ValueKind);
        Assert.Contains("queue release --all", (await restored.RunAsync("status")).StandardOutput);
        Assert.Equal("new", Assert.Single(sink.Messages).TestId);

        Assert.Equal(0, (await restored.RunAsync("queue", "release", "--all")).ExitCode);
        await restored.UntilStateAsync(large, "relayed");
        await restored.UntilStateAsync(last, "relayed");
        Assert.Equal((1, 1), (sink.CountOf("large"), sink.CountOf("last")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task O15_StopOrCrash_IsNoRestore(bool crash)
    {
        await using var sink = new SinkServer { OnMail = _ => new SinkAction.Reply("451 4.3.0 later") };
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", sink.Port)], Retry = """["1s", "1s", "1s", "1s", "1s", "1s", "1s", "1s", "1s"]""" });
        var waiting = await relay.SubmitAsync(TestMessage.Create("waiting"));

        for (var i = 0; i < 2; i++)
        {
            if (crash)
                await relay.KillAsync();
            else
                await relay.StopAsync(TimeSpan.FromSeconds(30));
            await relay.StartAsync();
        }

        sink.OnMail = _ => null;
        await relay.UntilStateAsync(waiting, "relayed");
        Assert.DoesNotContain("restored from a backup", relay.Log);
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
