using System.Text.Json;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.Protocols.Dsn;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Tests.Outcome.Telling;

namespace OutreachRelay.FunctionalTests.Outcome;

/// <summary>What a client hears of its mail: by HTTP and by mail, with kills in between.</summary>
public sealed class TellingTests : IAsyncLifetime
{
    private const string Secret = "correct horse battery staple";
    private const string Dsn = "dsn_from = \"ben@two.example\"";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly SinkServer _sink = new()
    {
        OnRecipient = static path => path.StartsWith("prospect-bad", StringComparison.Ordinal) ? new SinkAction.Reply("550 5.1.1 no such user") : null,
    };

    private readonly TemporaryDirectory _directory = new();
    private readonly string _secretFile;
    private RelayProcess? _relay;

    public TellingTests()
    {
        _secretFile = _directory.Combine("secret");
        File.WriteAllText(_secretFile, Secret);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_relay is not null)
            await _relay.DisposeAsync();
        await _sink.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Hook_DownAtFirstAndTheRelayKilled_HearsEachEventInOrderAndHoldsNoMailUp()
    {
        await using var receiver = await HookReceiver.StartAsync();
        receiver.Answer = static _ => Task.FromResult(500);
        var relay = await StartAsync(Hook(receiver.Url));
        var bad = await relay.SubmitAsync(TestMessage.Create("bad-1"));
        await relay.UntilStateAsync(bad, "failed");
        await Wait.UntilAsync(() => !receiver.Requests.IsEmpty, Deadline, () => relay.Log);

        await relay.UntilStateAsync(await relay.SubmitAsync(TestMessage.Create("good")), "relayed");
        await relay.UntilStateAsync(await relay.SubmitAsync(TestMessage.Create("bad-2")), "failed");
        await relay.KillAsync();
        receiver.Answer = static _ => Task.FromResult(200);
        await relay.StartAsync();

        await Wait.UntilAsync(() => receiver.Events.Count >= 2, Deadline, () => relay.Log);
        Assert.Equal(["bad-1@mailer.crm-tool.example", "bad-2@mailer.crm-tool.example"], receiver.Events.Select(static told => told.GetProperty("message_id").GetString()));
        var told = receiver.Events[0];
        Assert.Equal($"failed {bad} {bad} prospect-bad-1@dest.example cold up failed 550", string.Join(' ', ((string[])["kind", "queue_id", "entry", "recipient", "direction", "upstream", "state", "code"]).Select(name => told.GetProperty(name).ToString())));
        await AssertProvenByTheExampleAsync(receiver);
        Assert.Contains("outreach_hook_events_total{client=\"crm\",result=\"delivered\"} 2", await relay.GetAsync("/metrics"), StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", relay.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hook_Refuses410_IsListedAndToldAgainByTheCommandLine()
    {
        await using var receiver = await HookReceiver.StartAsync();
        receiver.Answer = static _ => Task.FromResult(410);
        var relay = await StartAsync("");
        relay.Write(relay.Config with { ClientKeys = Hook(receiver.Url) });
        relay.Signal(Signal.HangUp);
        await Wait.UntilAsync(async () => await GaveUpAsync(relay), Deadline, () => relay.Log);

        var untold = (await relay.JsonAsync("untold", "list", "--client", "crm")).EnumerateArray().ToList();
        Assert.All(untold, static one => Assert.Equal("answered 410", one.GetProperty("reason").GetString()));
        Assert.Equal("events_untold", (await relay.JsonAsync("status")).GetProperty("alerts")[0].GetProperty("alert").GetString());
        Assert.Contains("result=\"given_up\"", await relay.GetAsync("/metrics"), StringComparison.Ordinal);
        Assert.Equal(65, (await relay.RunAsync("untold", "resend", "4711")).ExitCode);
        Assert.Equal(64, (await relay.RunAsync("untold", "drop")).ExitCode);

        receiver.Answer = static _ => Task.FromResult(200);
        Assert.Equal(0, (await relay.RunAsync("untold", "resend", "--all")).ExitCode);

        await Wait.UntilAsync(() => receiver.Kinds.Contains("failed"), Deadline, () => relay.Log);
        await Wait.UntilAsync(async () => !(await relay.JsonAsync("untold", "list")).EnumerateArray().Any(), Deadline, () => relay.Log);
    }

    [Fact]
    public async Task F12_RefusedMail_IsNotifiedOfOnceOverKillsAndReadByOthers()
    {
        var relay = await StartAsync(Dsn);
        var failed = await relay.SubmitAsync(TestMessage.Create("bad-1"));
        await relay.UntilStateAsync(failed, "failed");
        await Wait.UntilAsync(() => Notices().Count == 1, Deadline, () => relay.Log);
        // What is killed during its attempt may arrive twice.
        await relay.UntilIdleAsync();
        await relay.KillAsync();
        await relay.StartAsync();
        await relay.UntilStateAsync(await relay.SubmitAsync(TestMessage.Create("bad-2")), "failed");
        await Wait.UntilAsync(() => Notices().Count >= 2, Deadline, () => relay.Log);
        await relay.UntilIdleAsync();

        Assert.Equal(2, Notices().Count);
        var notice = Notices()[0];
        Assert.Equal(("", TestMessage.Author), (notice.ReversePath, Assert.Single(notice.Recipients)));
        var read = BounceReader.Read(notice.Content, new BounceOptions(), hasNullReversePath: true);
        Assert.Equal((BounceKind.Failure, "relay.example", "bad-1@mailer.crm-tool.example"), (read.Kind, read.ReportingMta, read.Original?.MessageId));
        Assert.Equal(
            (DeliveryAction.Failed, new EnhancedStatusCode(5, 1, 1), "prospect-bad-1@dest.example"),
            (read.Recipients[0].Action, read.Recipients[0].Status, read.Recipients[0].FinalRecipient?.Address));
        await AssertReadByPythonAsync(notice);
        Assert.Contains("DSN queued as", (await relay.JsonAsync("queue", "show", failed)).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task R16_MailWithTheNullReversePath_IsNotNotifiedOf()
    {
        var relay = await StartAsync(Dsn + "\nnotifications = true");
        await using (var conversation = await SmtpConversation.ConnectAsync(relay.Port))
        {
            foreach (var command in (string[])["MAIL FROM:<>", "RCPT TO:<prospect-bad-null@dest.example>"])
                Assert.Equal(250, (await conversation.SendAsync(command)).Code);
            Assert.Equal(354, (await conversation.SendAsync("DATA")).Code);
            var content = "From: <ben@two.example>\r\nTo: <prospect-bad-null@dest.example>\r\n\r\nGone.\r\n"u8.ToArray();
            var reply = await conversation.FinishAsync(new TestMessage("null", "prospect-bad-null@dest.example", content));
            await relay.UntilStateAsync(reply.QueueId, "failed");
        }
        // The events are followed in their order: when the later failure was told of, the earlier was passed.
        await relay.UntilStateAsync(await relay.SubmitAsync(TestMessage.Create("bad-later")), "failed");
        await Wait.UntilAsync(() => Notices().Count > 0, Deadline, () => relay.Log);
        await relay.UntilIdleAsync();

        Assert.Contains("bad-later", Assert.Single(Notices()).Text, StringComparison.Ordinal);
    }

    private async Task<RelayProcess> StartAsync(string clientKeys) =>
        _relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("up", _sink.Port)], ClientKeys = clientKeys });

    private string Hook(Uri url) => $"events_url = \"{url}\"\nevents_secret = \"file:{_secretFile}\"";

    private List<ReceivedMessage> Notices() => [.. _sink.Messages.Where(static message => message.ReversePath.Length == 0)];

    // A new hook hears of what happens from when it is in force.
    private static async Task<bool> GaveUpAsync(RelayProcess relay)
    {
        await relay.UntilStateAsync(await relay.SubmitAsync(TestMessage.Create($"bad-{Guid.NewGuid():n}")), "failed");
        return (await relay.JsonAsync("untold", "list")).EnumerateArray().Any();
    }

    // The example of the documentation, as a client would have it.
    private async Task AssertProvenByTheExampleAsync(HookReceiver receiver)
    {
        var page = await File.ReadAllTextAsync(ProjectDirectory.Combine("..", "..", "docs", "telling.md"), TestContext.Current.CancellationToken);
        var start = page.IndexOf("```python\n", StringComparison.Ordinal) + "```python\n".Length;
        var example = page[start..page.IndexOf("```", start, StringComparison.Ordinal)];
        var script = _directory.Combine("verify.py");
        await File.WriteAllTextAsync(
            script, example + "\nimport sys\nprint(is_genuine(sys.argv[1], open(sys.argv[2], 'rb').read(), sys.argv[3]))\n", TestContext.Current.CancellationToken);
        var (signature, body, _) = receiver.Requests.Last(static request => request.Status == 200);

        Assert.Equal("True", await RunAsync(script, signature, await WriteAsync("body", body), Secret));
        Assert.Equal("False", await RunAsync(script, signature, await WriteAsync("forged", [.. body, (byte)' ']), Secret));
        Assert.Equal("False", await RunAsync(script, signature, await WriteAsync("body", body), "another secret"));
    }

    private async Task AssertReadByPythonAsync(ReceivedMessage notice)
    {
        var output = await RunAsync(ProjectDirectory.Combine("Outcome", "read_dsn.py"), await WriteAsync("notice.eml", notice.Content));
        var read = JsonSerializer.Deserialize<JsonElement>(output);
        Assert.Equal("multipart/report delivery-status auto-replied", $"{read.GetProperty("type")} {read.GetProperty("report")} {read.GetProperty("auto")}");
        Assert.Equal("Mail Delivery System <ben@two.example>", read.GetProperty("from").GetString());
        Assert.Equal("<bad-1@mailer.crm-tool.example>", read.GetProperty("reply").GetString());
        Assert.Equal(["text/plain", "message/delivery-status", "text/rfc822-headers"], read.GetProperty("parts").EnumerateArray().Select(static part => part.GetString()));
        Assert.Equal("rfc822; prospect-bad-1@dest.example", read.GetProperty("recipient").GetProperty("Final-Recipient").GetString());
        Assert.Equal("failed 5.1.1", $"{read.GetProperty("recipient").GetProperty("Action")} {read.GetProperty("recipient").GetProperty("Status")}");
        Assert.Contains("Subject: Message bad-1", read.GetProperty("original").GetString(), StringComparison.Ordinal);
        Assert.Empty(read.GetProperty("defects").EnumerateArray());
    }

    private async Task<string> WriteAsync(string name, byte[] octets)
    {
        await File.WriteAllBytesAsync(_directory.Combine(name), octets, TestContext.Current.CancellationToken);
        return _directory.Combine(name);
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        var result = await ChildProcess.RunAsync("python3", arguments, Deadline);
        Assert.True(result.ExitCode == 0, result.Output);
        return result.StandardOutput.Trim();
    }
}
