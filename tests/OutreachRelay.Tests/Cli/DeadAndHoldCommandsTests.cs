using System.Text.Json;
using OutreachRelay.Deliver;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Cli;

/// <summary>Dead letters and holds from the command line.</summary>
public sealed class DeadAndHoldCommandsTests
{
    [Theory]
    [InlineData("--client", "crm", true)]
    [InlineData("--client", "other", false)]
    [InlineData("--direction", "main", true)]
    [InlineData("--sender", "Ann@Example.com", true)]
    [InlineData("--sender", "bob@example.com", false)]
    [InlineData("--upstream", "sendgrid", true)]
    [InlineData("--upstream", "ses", false)]
    [InlineData("--recipient-domain", "EXAMPLE.org", true)]
    [InlineData("--recipient-domain", "example.com", false)]
    [InlineData("--stage", "final_dot", true)]
    [InlineData("--stage", "rcpt", false)]
    [InlineData("--code", "451", true)]
    [InlineData("--code", "45", true)]
    [InlineData("--code", "4", true)]
    [InlineData("--code", "5", false)]
    [InlineData("--older-than", "80m", true)]
    [InlineData("--older-than", "2h", false)]
    [InlineData("--newer-than", "2h", true)]
    [InlineData("--newer-than", "80m", false)]
    public async Task Filter_OfListAndAction_MeansTheSame(string option, string value, bool found)
    {
        await using var api = await Api.StartAsync();
        AddDead(api);
        var (list, drop) = (new Shell(api.SocketPath), new Shell(api.SocketPath));

        Assert.Equal(0, await list.RunAsync("dead", "list", "--json", option, value));
        Assert.Equal(0, await drop.RunAsync("dead", "drop", option, value));

        using var json = JsonDocument.Parse(list.Output.ToString());
        Assert.Equal(found ? 1 : 0, json.RootElement.GetArrayLength());
        Assert.Equal(found ? "1 of 1 done\n" : "0 of 0 done\n", drop.Output.ToString());
    }

    [Theory]
    [InlineData("--stage", "lunch")]
    [InlineData("--code", "4x")]
    [InlineData("--code", "4510")]
    [InlineData("--sender", "nobody")]
    [InlineData("--recipient-domain", "a@b")]
    [InlineData("--older-than", "soon")]
    public async Task Filter_NotUnderstood_IsRefused(string option, string value)
    {
        await using var api = await Api.StartAsync();
        AddDead(api);

        Assert.Equal(64, await new Shell(api.SocketPath).RunAsync("dead", "drop", option, value));
        Assert.Empty(api.Store.Actions);
    }

    [Fact]
    public async Task DeadList_Piped_ShowsUpstreamStageAndReply()
    {
        await using var api = await Api.StartAsync();
        AddDead(api);
        var shell = new Shell(api.SocketPath);

        await shell.RunAsync("dead", "list");

        var lines = shell.Output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches("^id +accepted +attempts +upstream +stage +sender +recipient +last reply", lines[0]);
        Assert.Matches("^[0-9a-z]+ +(90 m|1 h) ago +2 +sendgrid +final_dot +ann@example.com +jane@example.org +451 later", lines[1]);
    }

    [Fact]
    public async Task DeadRequeue_MayHaveBeenSent_StaysUnlessAskedFor()
    {
        await using var api = await Api.StartAsync();
        var entry = AddDead(api);
        api.Store.Entries[entry.Id] = api.Store.Entries[entry.Id] with { MaybeSent = true };
        var shell = new Shell(api.SocketPath);

        Assert.Equal(65, await shell.RunAsync("dead", "requeue", "--all"));
        Assert.Equal($"{QueueId.Format(entry.Id)}  maybe_sent (now dead)\n0 of 1 done\n", shell.Output.ToString());
        Assert.Contains("--even-if-sent", shell.Error.ToString());

        Assert.Equal(0, await new Shell(api.SocketPath).RunAsync("dead", "requeue", "--all", "--even-if-sent"));
        Assert.Equal(EntryState.Queued, api.Store.Entries[entry.Id].State);
    }

    [Fact]
    public async Task DeadExport_NamedEntry_WritesTheOriginalAndWhatIsKnown()
    {
        await using var api = await Api.StartAsync();
        var entry = AddDead(api);
        byte[] original = [.. "Subject: x\r\n\r\nbody \0\xff"u8];
        api.Store.Loaded[entry.Id] = new LoadedEntry(entry, Message(entry, original, null), default);
        var (shell, target) = (new Shell(api.SocketPath), Path.Combine(api.Folder, "out", "dead"));

        Assert.Equal(0, await shell.RunAsync("dead", "export", QueueId.Format(entry.Id), target));

        Assert.Equal($"1 written to {target}\n", shell.Output.ToString());
        Assert.Equal(original, await File.ReadAllBytesAsync(Path.Combine(target, QueueId.Format(entry.Id) + ".eml")));
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(target, QueueId.Format(entry.Id) + ".json")));
        Assert.Equal("jane@example.org", json.RootElement.GetProperty("recipient").GetString());
        Assert.Equal(2, Directory.GetFiles(target).Length);
    }

    [Fact]
    public async Task DeadExport_LargeContent_ComesFromItsFile()
    {
        await using var api = await Api.StartAsync();
        var entry = AddDead(api);
        var file = Path.Combine(api.Folder, "content");
        var original = new byte[300_000];
        new Random(1).NextBytes(original);
        await File.WriteAllBytesAsync(file, original);
        api.Store.Loaded[entry.Id] = new LoadedEntry(entry, Message(entry, original, file), default);

        Assert.Equal(0, await new Shell(api.SocketPath).RunAsync("dead", "export", "--all", api.Folder));

        Assert.Equal(original, await File.ReadAllBytesAsync(Path.Combine(api.Folder, QueueId.Format(entry.Id) + ".eml")));
    }

    [Fact]
    public async Task DeadExport_NoDeadLetter_Is65()
    {
        await using var api = await Api.StartAsync();
        var entry = api.Store.Add();

        Assert.Equal(65, await new Shell(api.SocketPath).RunAsync("dead", "export", QueueId.Format(entry.Id), api.Folder));
    }

    [Fact]
    public async Task DeadExport_TargetIsAFile_Is73()
    {
        await using var api = await Api.StartAsync();
        AddDead(api);
        var file = Path.Combine(api.Folder, "file");
        await File.WriteAllTextAsync(file, "");

        Assert.Equal(73, await new Shell(api.SocketPath).RunAsync("dead", "export", "--all", file));
    }

    [Fact]
    public async Task QueueHold_Scope_IsShownUntilItIsReleased()
    {
        await using var api = await Api.StartAsync();
        var entry = api.Store.Add(client: "acme");
        api.Store.Entries[entry.Id] = entry with { Due = Api.Now };
        string[] scope = ["--client", "acme", "--recipient-domain", "Example.ORG"];

        var held = new Shell(api.SocketPath);
        Assert.Equal(0, await held.RunAsync(["queue", "hold", .. scope, "--reason", "a \u001b[2Jcomplaint", "--for", "2h"]));
        Assert.Matches(@"client acme, recipient domain example.org +0 s ago +in 2 h +\S+ +a \\x1b\[2Jcomplaint", held.Output.ToString());
        Assert.Equal(
            new HoldScope { Client = "acme", RecipientDomain = "example.org" }, Assert.Single(api.Schedule.Holds.All).Scope);

        foreach (var verb in (string[][])[["queue", "holds"], ["status"]])
        {
            var shell = new Shell(api.SocketPath);
            Assert.Equal(0, await shell.RunAsync(verb));
            Assert.Contains("recipient domain example.org", shell.Output.ToString());
        }
        Assert.Equal(65, await new Shell(api.SocketPath).RunAsync("queue", "release", "--client", "acme"));
        Assert.Equal(0, await new Shell(api.SocketPath).RunAsync(["queue", "release", .. scope]));
        Assert.Empty(api.Schedule.Holds.All);
        Assert.Empty(api.Store.Actions);
    }

    [Fact]
    public async Task QueueList_HeldScopeAndClosedGate_ShowsWhatItWaitsFor()
    {
        await using var api = await Api.StartAsync();
        var entry = api.Store.Add(client: "acme");
        api.Store.Entries[entry.Id] = entry with { Due = Api.Now, Rank = EntryRank.First };
        await new Shell(api.SocketPath).RunAsync("senders", "pause", "ann@example.com", "--reason", "on leave", "--for", "3h");
        Assert.Contains("in 3 h (paused)", await ListAsync());

        await api.Holds.HoldAsync(new HoldScope { Client = "acme" }, null, "alice", "a test");
        Assert.Contains("operator", await ListAsync());

        async Task<string> ListAsync()
        {
            var shell = new Shell(api.SocketPath);
            Assert.Equal(0, await shell.RunAsync("queue", "list"));
            return shell.Output.ToString();
        }
    }

    [Theory]
    [InlineData("queue", "hold", "--client", "acme")]
    [InlineData("queue", "hold", "--client", "nobody", "--reason", "x")]
    [InlineData("queue", "hold", "--direction", "nowhere", "--reason", "x")]
    [InlineData("queue", "hold", "--sender", "nobody@example.com", "--reason", "x")]
    [InlineData("queue", "hold", "--upstream", "nobody", "--reason", "x")]
    [InlineData("queue", "hold", "--reason", "x")]
    [InlineData("queue", "hold", "0000000000001", "--client", "acme", "--reason", "x")]
    [InlineData("queue", "hold", "0000000000001", "--for", "2h")]
    [InlineData("queue", "hold", "--upstream", "a", "--recipient-domain", "example.org", "--reason", "x")]
    [InlineData("queue", "release")]
    public async Task QueueHold_NotUnderstood_HoldsNothing(params string[] verb)
    {
        await using var api = await Api.StartAsync();

        Assert.Equal(64, await new Shell(api.SocketPath).RunAsync(verb));

        Assert.Empty(api.Store.Holds);
        Assert.Empty(api.Store.Actions);
    }

    [Fact]
    public async Task QueueRelease_All_EndsHoldsAndReleasesEntries()
    {
        await using var api = await Api.StartAsync();
        var entry = api.Store.Add(EntryState.Held);
        await api.Holds.HoldAsync(new HoldScope { Client = "acme" }, null, "alice", "a test");

        Assert.Equal(0, await new Shell(api.SocketPath).RunAsync("queue", "release", "--all"));

        Assert.Empty(api.Store.Holds);
        Assert.Equal(EntryState.Queued, api.Store.Entries[entry.Id].State);
    }

    [Fact]
    public async Task QueueRelease_Entries_LeavesTheHold()
    {
        await using var api = await Api.StartAsync();
        var entry = api.Store.Add(EntryState.Held);
        await api.Holds.HoldAsync(new HoldScope { Client = "crm" }, null, "alice", "a test");

        Assert.Equal(0, await new Shell(api.SocketPath).RunAsync("queue", "release", "--entries", "--client", "crm"));

        Assert.Single(api.Store.Holds);
        Assert.Equal(EntryState.Queued, api.Store.Entries[entry.Id].State);
    }

    [Fact]
    public async Task QueueHold_StoreFailing_Is75()
    {
        await using var api = await Api.StartAsync();
        api.Store.Health = new StoreHealth(StoreStatus.Failing, "a write failed");

        Assert.Equal(75, await new Shell(api.SocketPath).RunAsync("queue", "hold", "--all", "--reason", "x"));
        Assert.Same(HoldSet.None, api.Schedule.Holds);
    }

    private static QueueEntry AddDead(Api api)
    {
        var entry = api.Store.Add(EntryState.Dead, reply: "451 later") with { LastStage = AttemptStage.FinalDot, LastCode = 451 };
        return api.Store.Entries[entry.Id] = entry;
    }

    private static StoredMessage Message(QueueEntry entry, byte[] content, string? file) => new()
    {
        Id = entry.MessageId,
        Client = entry.Client,
        Direction = entry.Direction,
        ReversePath = null,
        ReceivedAt = Api.Now,
        Received = "Received: x\r\n"u8.ToArray(),
        Content = file is null ? content : content[..10],
        ContentFile = file,
        Length = content.Length,
        NeedsSmtpUtf8 = false,
        Has8Bit = false,
    };
}
