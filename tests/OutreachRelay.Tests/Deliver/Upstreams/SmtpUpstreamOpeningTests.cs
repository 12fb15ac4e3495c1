using System.Security.Cryptography.X509Certificates;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Protocols.Tests.Smtp.Client;

namespace OutreachRelay.Tests.Deliver.Upstreams;

/// <summary>What an upstream's configuration does to a session, up to the wire.</summary>
public sealed class SmtpUpstreamOpeningTests : IDisposable
{
    private const string OfferTls = "S: 220 hi\nC: EHLO relay.example.com\nS: 250-hi\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n! tls\n";

    private const string OfferAuth = OfferTls + "C: EHLO relay.example.com\nS: 250-hi\nS: 250 AUTH PLAIN XOAUTH2\n";

    private static readonly X509Certificate2 Certificate = TestCertificate.For("127.0.0.1");

    private static readonly CredentialModel Credential = new("up", [], "user", "secret");

    private readonly string _token = Path.GetTempFileName();

    public void Dispose() => File.Delete(_token);

    [Fact]
    public async Task Open_CertificateOfTheConfiguredRoot_LogsIn()
    {
        await using var upstream = Server(OfferAuth + "C: AUTH PLAIN AHVzZXIAc2VjcmV0\nS: 235 ok\nC: QUIT\nS: 221 bye");

        var result = await OpenAsync(Model(upstream), Credential);

        Assert.True(result.Succeeded, result.ToString());
        await upstream.PlayedAsync();
    }

    [Fact]
    public async Task S4_CredentialWithoutTls_NothingIsSent()
    {
        await using var upstream = Server();

        var result = await OpenAsync(Model(upstream) with { Tls = TlsMode.None, Roots = null }, Credential);

        Assert.Equal((SmtpStage.Connect, SmtpFailureKind.RefusedLocally), (result.Stage, result.Failure));
    }

    [Theory]
    [InlineData("S: 220 hi\nC: EHLO relay.example.com\nS: 250-hi\nS: 250 AUTH PLAIN\n! left")]
    [InlineData("S: 220 hi\nC: EHLO relay.example.com\nS: 250-hi\nS: 250-AUTH PLAIN\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 no\n! left")]
    public async Task S4_StartTlsStrippedOrRefused_NoCredentialIsSent(string transcript)
    {
        await using var upstream = Server(transcript);

        await AssertNoCredentialAsync(upstream, Model(upstream), "");
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "expired", "NotTimeValid" },
        { "other name", "RemoteCertificateNameMismatch" },
        { "other root", "RemoteCertificateChainErrors" },
        { "system roots", "RemoteCertificateChainErrors" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task S3_CertificateThatDoesNotPass_NoCredentialIsSent(string kind, string reason)
    {
        using var certificate = kind switch
        {
            "expired" => TestCertificate.For("127.0.0.1", DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(-1)),
            "other name" => TestCertificate.For("smtp.example.com"),
            _ => TestCertificate.For("127.0.0.1"),
        };
        await using var upstream = new ScriptedUpstream(OfferTls + "! left") { Certificate = certificate };
        var roots = kind switch { "other root" => Roots(Certificate), "system roots" => null, _ => Roots(certificate) };

        await AssertNoCredentialAsync(upstream, Model(upstream) with { Roots = roots }, reason);
    }

    [Fact]
    public async Task Open_TokenInAFile_IsReadAgainForEachSession()
    {
        await using var upstream = Server(
            OfferAuth + "C: AUTH XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIG9uZQEB\nS: 235 ok\nC: QUIT\nS: 221 bye",
            OfferAuth + "C: AUTH XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIHR3bwEB\nS: 235 ok\nC: QUIT\nS: 221 bye");
        var credential = Credential with { Auth = AuthMode.XOAuth2, TokenFile = _token };

        foreach (var token in (string[])["one\n", "two"])
        {
            await File.WriteAllTextAsync(_token, token);
            Assert.True((await OpenAsync(Model(upstream), credential)).Succeeded);
        }

        await upstream.PlayedAsync();
    }

    [Theory]
    [InlineData("", "the token's file is empty")]
    [InlineData("a\nb", "the token's file holds a line end")]
    [InlineData(null, "the token's file does not exist")]
    public async Task Open_TokenFileOfNoUse_SaysSoWithoutConnecting(string? content, string reason)
    {
        File.Delete(_token);
        if (content is not null)
            await File.WriteAllTextAsync(_token, content);
        await using var upstream = Server();

        var result = await OpenAsync(Model(upstream), Credential with { Auth = AuthMode.XOAuth2, TokenFile = _token });

        Assert.Equal((SmtpStage.Connect, SmtpFailureKind.RefusedLocally), (result.Stage, result.Failure));
        Assert.StartsWith(reason, result.Detail);
    }

    [Fact]
    public async Task S13_Probe_LogsInOnceInAQuarterOfAnHour()
    {
        const string Quit = "C: QUIT\nS: 221 bye", Login = "C: AUTH *\nS: 235 ok\n";
        await using var upstream = Server(OfferAuth + Login + Quit, OfferAuth + Quit, OfferAuth + Login + Quit);
        var (time, model) = (new FakeTime(), Model(upstream) with { Credential = Credential });
        var state = new UpstreamState(model, TimeSpan.FromSeconds(30), time.GetUtcNow(), time);
        var sessions = new UpstreamSessions(time);

        foreach (var minutes in (double[])[0, 14.9, 0.1])
        {
            time.Advance(TimeSpan.FromMinutes(minutes));
            var result = await sessions.ProbeAsync(state, Models.Relay(Models.Sender("a@x.example")), default);
            Assert.True(result.Succeeded, result.ToString());
        }

        await upstream.PlayedAsync();
    }

    private static async Task AssertNoCredentialAsync(ScriptedUpstream upstream, UpstreamModel model, string reason)
    {
        var result = await OpenAsync(model, Credential);

        Assert.Equal((SmtpStage.Tls, SmtpFailureKind.Tls), (result.Stage, result.Failure));
        Assert.Contains(reason, result.Detail);
        await upstream.PlayedAsync();
        Assert.DoesNotContain(upstream.Commands, command => command.StartsWith("AUTH", StringComparison.Ordinal));
    }

    private static async Task<SmtpResult> OpenAsync(UpstreamModel model, CredentialModel credential)
    {
        var opening = new SmtpUpstreamOpening((_, _) => throw new InvalidOperationException("asked"), TimeProvider.System);
        var (session, result) = await opening.RunAsync(model, credential, "relay.example.com", default).WaitAsync(ScriptedUpstream.Patience);
        if (session is not null)
            await session.QuitAsync();
        return result;
    }

    private static ScriptedUpstream Server(params string[] transcripts) => new(transcripts) { Certificate = Certificate };

    private static UpstreamModel Model(ScriptedUpstream upstream) =>
        Models.Upstream("up", port: upstream.Port) with { Tls = TlsMode.StartTls, Roots = Roots(Certificate) };

    private static TrustedRoots Roots(X509Certificate2 certificate) => new(certificate.Thumbprint, [certificate]);
}
