using System.Text;
using OutreachRelay.FunctionalTests.Clients;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>Mail programs that check the certificate, and OpenSSL, which shows what it sees.</summary>
public sealed class TlsClientTests(NetworkRelay door) : IClassFixture<NetworkRelay>
{
    public static TheoryData<string, bool> Clients()
    {
        var rows = new TheoryData<string, bool>();
        foreach (var name in RealClient.All.Keys)
        {
            rows.Add(name, false);
            rows.Add(name, true);
        }
        return rows;
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Submit_OverTlsWithLogin_ArrivesOnce(string name, bool isImplicit)
    {
        var client = RealClient.All[name];
        Requires.Program(client.Program, name == "msmtp" ? "msmtp" : client.Program);
        var submission = new Submission(
            isImplicit ? door.ImplicitPort : door.StartTlsPort, $"{name}-{(isImplicit ? "implicit" : "starttls")}",
            (RelayConfig.User, RelayConfig.Password), door.Tls(isImplicit));

        await client.SubmitAsync(submission);

        await Wait.UntilAsync(() => door.Sink.CountOf(submission.TestId) > 0, TimeSpan.FromSeconds(30), () => $"nothing arrived:\n{door.Relay.Log}");
        var message = Assert.Single(door.Sink.Messages, m => m.TestId == submission.TestId);
        Assert.Contains("with ESMTPSA id", message.Text);
    }

    [Theory]
    [InlineData("-tls1_2", false, "TLSv1.2")]
    [InlineData("-tls1_3", false, "TLSv1.3")]
    [InlineData("-tls1_2", true, "TLSv1.2")]
    [InlineData("-tls1_3", true, "TLSv1.3")]
    public async Task OpenSsl_SeesTheWholeChain(string version, bool isImplicit, string protocol)
    {
        var result = await SClientAsync(isImplicit, version);
        Assert.Contains($"New, {protocol}, Cipher is", result.Output);
        Assert.Contains("Verify return code: 0 (ok)", result.Output);
        Assert.Equal(2, result.Output.Split("-----BEGIN CERTIFICATE-----").Length - 1);
        Assert.Contains("221 2.0.0 Bye", result.Output);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenSsl_WithAnOldProtocol_IsRefused(bool isImplicit)
    {
        // Level 0, so that it is the server that says no.
        var result = await SClientAsync(isImplicit, "-tls1_1", "-cipher", "ALL@SECLEVEL=0");
        Assert.Contains("Cipher is (NONE)", result.Output);
        Assert.DoesNotContain("221 2.0.0 Bye", result.Output);
    }

    [Fact]
    public async Task R13_StartTlsWithInjectedCommands_RunsNoneOfThem()
    {
        await using var conversation = await SmtpConversation.ConnectAsync(door.StartTlsPort);
        await conversation.WriteAsync("STARTTLS\r\nRSET\r\nMAIL FROM:<evil@crm.example>\r\n"u8.ToArray());
        Assert.Equal(220, (await conversation.ReadReplyAsync()).Code);
        await conversation.EncryptAsync();
        Assert.Contains("503 5.5.1 Send EHLO first", (await conversation.SendAsync("MAIL FROM:<a@crm.example>")).Text);
    }

    [Fact]
    public async Task R14_BeforeTls_NeitherLoginNorMail()
    {
        await using var conversation = await SmtpConversation.ConnectAsync(door.StartTlsPort);
        var greeting = await conversation.SendAsync("EHLO crm.example");
        Assert.Contains("STARTTLS", greeting.Text);
        Assert.DoesNotContain("AUTH", greeting.Text);
        Assert.StartsWith("538 5.7.11", (await conversation.SendAsync("AUTH PLAIN AGNybQB4")).Text);
        Assert.StartsWith("530 5.7.0", (await conversation.SendAsync("MAIL FROM:<a@crm.example>")).Text);
    }

    [Fact]
    public async Task R52_SubmissionWithoutLoginFromOutsideTheNetworks_IsRefused()
    {
        await using var conversation = await SmtpConversation.ConnectAsync(door.Relay.Port);
        Assert.StartsWith("530 5.7.0", (await conversation.SendAsync("MAIL FROM:<a@crm.example>")).Text);
    }

    [Fact]
    public async Task R35_MessageInChunks_ArrivesAsItIs()
    {
        await using var conversation = await SmtpConversation.ConnectAsync(door.Relay.Port);
        await conversation.SendAsync("AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{RelayConfig.User}\0{RelayConfig.Password}")));
        var message = TestMessage.Create("chunks", size: 600_000);
        await conversation.SendAsync($"MAIL FROM:<{TestMessage.Author}>");
        await conversation.SendAsync($"RCPT TO:<{message.Recipient}>");
        for (var at = 0; at < message.Content.Length; at += 100_000)
        {
            var chunk = message.Content.AsMemory(at, Math.Min(100_000, message.Content.Length - at));
            await conversation.WriteAsync(Encoding.ASCII.GetBytes($"BDAT {chunk.Length}\r\n"));
            await conversation.WriteAsync(chunk);
            Assert.True((await conversation.ReadReplyAsync()).IsPositive);
        }
        Assert.Contains("queued as", (await conversation.SendAsync("BDAT 0 LAST")).Text);
        await Wait.UntilAsync(() => door.Sink.CountOf("chunks") > 0, TimeSpan.FromSeconds(30), () => door.Relay.Log);
        var arrived = Assert.Single(door.Sink.Messages, m => m.TestId == "chunks");
        Assert.True(arrived.Body.AsSpan().SequenceEqual(Peers.ReceivedMessage.BodyOf(message.Content)));
    }

    private Task<ProgramResult> SClientAsync(bool isImplicit, params string[] more)
    {
        Requires.Program("openssl");
        string[] arguments =
        [
            "s_client", "-connect", $"127.0.0.1:{(isImplicit ? door.ImplicitPort : door.StartTlsPort)}", "-CAfile", door.RootFile,
            "-verify_return_error", "-verify_hostname", "first.example", "-showcerts", "-crlf", "-ign_eof",
            .. isImplicit ? (string[])[] : ["-starttls", "smtp"], .. more,
        ];
        return ChildProcess.RunAsync("openssl", arguments, input: "EHLO crm.example\nQUIT\n");
    }
}
