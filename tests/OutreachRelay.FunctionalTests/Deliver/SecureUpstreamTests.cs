using System.Text.RegularExpressions;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.Protocols.Tests.Smtp.Client;

namespace OutreachRelay.FunctionalTests.Deliver;

/// <summary>Postfix as a provider: TLS with a certificate of a private root, and a login.</summary>
public sealed partial class SecureUpstreamTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Deliver_StartTlsAndLogin_ArrivesOnce(bool chunking)
    {
        using var account = await CreateAccountAsync();
        await using var sink = new SinkServer();
        await using var postfix = await account.StartPostfixAsync(sink.Port);
        await using var relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("postfix", postfix.Port, Keys: $"{account.Keys(account.Root)}\nchunking = {(chunking ? "true" : "false")}", Tls: "starttls")],
        });
        var message = TestMessage.Create("secure");

        await relay.SubmitAsync(message);

        await Wait.UntilAsync(() => sink.CountOf("secure") == 1, Deadline, () => relay.Log + postfix.Log);
        await relay.StopAsync(Deadline);
        await Wait.UntilAsync(() => Disconnected().IsMatch(postfix.Log), Deadline, () => postfix.Log);
        Assert.Contains($"sasl_method=PLAIN, sasl_username={PostfixAccount.User}", postfix.Log);
        Assert.Contains(chunking ? " bdat=1 " : " data=1 ", postfix.Log);
        Assert.Equal(ReceivedMessage.BodyOf(message.Content), sink.Messages[0].Body);
    }

    [Fact]
    public async Task S3_CertificateOfAnotherRoot_NoCredentialIsSentAndTheSecondCarries()
    {
        using var account = await CreateAccountAsync();
        using var directory = new TemporaryDirectory();
        using var other = TestCertificate.For("127.0.0.1");
        var root = directory.Combine("other.pem");
        await File.WriteAllTextAsync(root, other.ExportCertificatePem());
        await using var second = new SinkServer();
        await using var postfix = await account.StartPostfixAsync(second.Port);
        await using var relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("first", postfix.Port, Keys: account.Keys(root), Tls: "starttls"), new("second", second.Port, Tier: 2)],
            Retry = """["1h"]""",
        });

        await relay.UntilStateAsync(await relay.SubmitAsync(TestMessage.Create("failover")), "relayed");

        Assert.Equal(1, second.CountOf("failover"));
        await Wait.UntilAsync(() => Disconnected().IsMatch(postfix.Log), Deadline, () => postfix.Log);
        Assert.Contains("starttls=", postfix.Log);
        Assert.DoesNotContain("auth=", postfix.Log);
        Assert.Contains("the certificate is not valid", relay.Log);
    }

    [Fact]
    public async Task S3_ServerSpeaksTls10Only_IsLeftAndTheSecondCarries()
    {
        using var account = await CreateAccountAsync();
        var port = FreePort.Next();
        string[] old = ["-tls1", "-cipher", "ALL:@SECLEVEL=0"];
        await using var server = ChildProcess.Start("openssl", ["s_server", "-www", "-accept", $"127.0.0.1:{port}", "-cert", account.Root, "-key", account.Key, .. old]);
        await Wait.UntilListeningAsync(port, Deadline, () => server.Output);
        var control = await ChildProcess.RunAsync("openssl", ["s_client", "-connect", $"127.0.0.1:{port}", .. old]);
        Assert.SkipUnless(control.Output.Contains("Protocol  : TLSv1", StringComparison.Ordinal), "openssl here does not speak TLS 1.0");
        await using var second = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("first", port, Keys: account.Keys(account.Root), Tls: "implicit"), new("second", second.Port, Tier: 2)],
            Retry = """["1h"]""",
        });

        await relay.UntilStateAsync(await relay.SubmitAsync(TestMessage.Create("old")), "relayed");

        Assert.Equal(1, second.CountOf("old"));
        Assert.Contains("no session with first, Tls", relay.Log);
    }

    private static async Task<PostfixAccount> CreateAccountAsync()
    {
        Requires.Root("Postfix changes its user");
        Requires.Program("postfix", "saslpasswd2", "openssl");
        return await PostfixAccount.CreateAsync();
    }

    [GeneratedRegex("disconnect from .*commands=", RegexOptions.NonBacktracking)]
    private static partial Regex Disconnected();
}
