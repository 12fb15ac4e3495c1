using System.Net;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Suppression;

/// <summary>Recipients who opt out, from the link in their mail to the refusal of the next.</summary>
public sealed class OptOutTests
{
    private const int Recipients = 40;

    private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    [Fact]
    public async Task F22_OptOutsWhileMailWaits_DropThatMailAndRefuseTheNext()
    {
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(Config(sink.Port));
        var links = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < Recipients; i++)
            await relay.SubmitAsync(TestMessage.Create($"first-{i}", recipient: Recipient(i)));
        await relay.UntilIdleAsync();
        foreach (var mail in sink.Messages)
            links[Assert.Single(mail.Recipients)] = LinkOf(mail);
        Assert.Equal(Recipients, links.Values.Distinct().Count());

        // Their next mail waits while every other one of them opts out.
        Assert.Equal(0, (await relay.RunAsync("queue", "hold", "--upstream", "sink", "--reason", "a test")).ExitCode);
        var waiting = new List<string>();
        for (var i = 0; i < Recipients; i++)
            waiting.Add(await relay.SubmitAsync(TestMessage.Create($"second-{i}", recipient: Recipient(i))));
        for (var i = 0; i < Recipients; i += 2)
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(relay, links[Recipient(i)], HttpMethod.Get));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(relay, links[Recipient(i)], HttpMethod.Post));
            var refused = await SmtpConversation.SubmitAsync(relay.Port, TestMessage.Create($"third-{i}", recipient: $"P{i}+crm@Dest.example"));
            Assert.Equal("550 5.7.1 The recipient is suppressed: opt-out", refused.Text.Trim());
        }
        Assert.Equal(0, (await relay.RunAsync("queue", "release", "--upstream", "sink")).ExitCode);
        await relay.UntilIdleAsync();

        for (var i = 0; i < Recipients; i++)
            Assert.Equal(i % 2 == 0 ? "dropped" : "relayed", await relay.StateOfAsync(waiting[i]));
        Assert.Equal(Recipients + (Recipients / 2), sink.Messages.Count);
        Assert.DoesNotContain(sink.Messages, mail => mail.TestId.StartsWith("third", StringComparison.Ordinal));
        var shown = (await relay.RunAsync("queue", "show", waiting[0])).Output;
        Assert.Contains("its recipient is suppressed for crm: opt-out", shown);
        Assert.Equal(Recipients / 2, (await relay.JsonAsync("suppress", "list", "--reason", "opt_out")).GetArrayLength());
    }

    [Fact]
    public async Task F23_F24_OptOut_IsTheClientsAndOutlivesARestartAndAnImport()
    {
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(Config(sink.Port));
        await relay.SubmitAsync(TestMessage.Create("first", recipient: Recipient(1)));
        await relay.UntilIdleAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(relay, LinkOf(Assert.Single(sink.Messages)), HttpMethod.Post));
        var list = Path.Combine(relay.DataDirectory, "list.csv");
        await File.WriteAllTextAsync(list, $"{Recipient(1)}\nnobody\n{Recipient(2)}\n");

        var imported = await relay.RunAsync("suppress", "import", list, "--client", "crm");
        await relay.KillAsync();
        await relay.StartAsync();

        Assert.Equal(65, imported.ExitCode);
        Assert.Contains("1 added, 0 changed, 1 there already or twice, 1 bad", imported.Output);
        Assert.Contains("list.csv:2: the address is not valid", imported.Output);
        Assert.StartsWith("550 5.7.1 The recipient is suppressed: opt-out", (await SubmitAsync(relay, "crm", Recipient(1))).Text);
        Assert.StartsWith("550 5.7.1 The recipient is suppressed: imported", (await SubmitAsync(relay, "crm", Recipient(2))).Text);
        Assert.StartsWith("250", (await SubmitAsync(relay, "shop", Recipient(1))).Text);

        Assert.Equal(0, (await relay.RunAsync("suppress", "add", Recipient(1), "--global")).ExitCode);
        Assert.StartsWith("550 5.7.1 The recipient is suppressed: by hand", (await SubmitAsync(relay, "shop", Recipient(1))).Text);
    }

    [Fact]
    public async Task F21_LinkAfterItsKeyWasReplaced_StillWorks()
    {
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(Config(sink.Port));
        await relay.SubmitAsync(TestMessage.Create("first", recipient: Recipient(1)));
        await relay.UntilIdleAsync();
        var keys = Path.Combine(relay.DataDirectory, "token.key");
        await File.WriteAllTextAsync(keys, "a-new-key-of-the-operator\n" + await File.ReadAllTextAsync(keys));

        relay.Signal(Signal.HangUp);
        await Wait.UntilAsync(
            async () => (await relay.AskAsync("status")).GetProperty("last_reload").ValueKind == System.Text.Json.JsonValueKind.Object,
            TimeSpan.FromSeconds(20), () => relay.Log);
        await relay.SubmitAsync(TestMessage.Create("second", recipient: Recipient(1)));
        await relay.UntilIdleAsync();

        Assert.Equal(2, sink.Messages.Select(LinkOf).Distinct().Count());
        foreach (var link in sink.Messages.Select(LinkOf))
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(relay, link, HttpMethod.Post));
    }

    [Fact]
    public async Task L21_Erase_LeavesNoTraceOfTheAddressAndRefusesTheNextMail()
    {
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(Config(sink.Port));
        var person = "erased.person@dest.example";
        await relay.SubmitAsync(TestMessage.Create("first", recipient: person));
        await relay.UntilIdleAsync();
        await relay.RunAsync("suppress", "add", person, "--client", "crm", "--reason", "opt_out");

        Assert.Equal(0, (await relay.RunAsync("erase", person)).ExitCode);

        Assert.StartsWith("550 5.7.1 The recipient is suppressed", (await SubmitAsync(relay, "crm", person)).Text);
        Assert.Equal(0, await relay.StopAsync(TimeSpan.FromSeconds(30)));
        Assert.DoesNotContain("erased.person", relay.Log);
        // Freed pages keep what they held until they are used again or the database is compacted.
        Assert.Equal("ok", await DumpAsync(Path.Combine(relay.DataDirectory, "relay.db")));
    }

    private static RelayConfig Config(int port) => new()
    {
        Upstreams = [new("sink", port)],
        Unsubscribe = "add",
        HttpKeys = "public_url = \"https://relay.example\"",
        More = """

            [[client]]
            name = "shop"
            username = "shop"
            password = "env:API_TOKEN"
            networks = ["127.0.0.2/32"]
            default_direction = "news"
            [[direction]]
            client = "shop"
            name = "news"
            pool = "shop"
            upstreams = ["sink"]
            [[pool]]
            name = "shop"
            spread = "off"
            gap = "0s"
            window = "always"
            [[sender]]
            pool = "shop"
            address = "zoe@four.example"

            """,
    };

    private static string Recipient(int i) => $"p{i}@dest.example";

    // Each client has an address of its own on loopback.
    private static async Task<Reply> SubmitAsync(RelayProcess relay, string client, string recipient)
    {
        await using var conversation = await SmtpConversation.ConnectAsync(relay.Port, client == "shop" ? "127.0.0.2" : null);
        return await conversation.SubmitAsync(TestMessage.Create(Guid.NewGuid().ToString("n"), recipient: recipient));
    }

    private static string LinkOf(ReceivedMessage mail)
    {
        Assert.Equal("List-Unsubscribe=One-Click", mail.Field("List-Unsubscribe-Post"));
        return mail.Field("List-Unsubscribe")!.Trim('<', '>');
    }

    // The world reaches it by a proxy, the test without.
    private static async Task<HttpStatusCode> StatusAsync(RelayProcess relay, string link, HttpMethod method)
    {
        Assert.StartsWith("https://relay.example/u/", link);
        using var request = new HttpRequestMessage(method, $"http://127.0.0.1:{relay.HttpPort}{new Uri(link).AbsolutePath}");
        if (method == HttpMethod.Post)
            request.Content = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]);
        using var response = await Http.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task<string> DumpAsync(string database)
    {
        const string Script = """
            import sqlite3, sys
            dump = "\n".join(sqlite3.connect(sys.argv[1]).iterdump())
            print("found" if "erased.person" in dump or "6572617365642e706572736f6e" in dump.lower() else "ok")
            """;
        return (await ChildProcess.RunAsync("python3", ["-c", Script, database])).StandardOutput.Trim();
    }
}
