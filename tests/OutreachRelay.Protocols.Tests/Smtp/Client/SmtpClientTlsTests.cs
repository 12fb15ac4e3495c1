using System.Security.Cryptography.X509Certificates;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Tests;
using static OutreachRelay.Protocols.Tests.Smtp.Client.SmtpClientTranscripts;

namespace OutreachRelay.Protocols.Tests.Smtp.Client;

public sealed class SmtpClientTlsTests
{
    private const string OfferTls = "S: 220 hi\nC: EHLO relay.example\nS: 250-hi\nS: 250-SIZE 1\nS: 250-AUTH PLAIN\nS: 250 STARTTLS\n";

    private const string Secured = OfferTls + "C: STARTTLS\nS: 220 go\n! tls\nC: EHLO relay.example\n";

    private static readonly X509Certificate2 Certificate = TestCertificate.For("localhost");

    private static readonly SmtpClientCredential Credential = new("user", "secret");

    private static readonly SmtpClientCredential Token = Credential with { IsToken = true };

    [Fact]
    public async Task Open_ImplicitTls_CarriesMail()
    {
        await using var upstream = Tls("! tls\n" + Greeting + Carried);
        var result = await SendOneAsync(upstream, Secure(upstream) with { Tls = SmtpClientTls.Implicit });
        Assert.True(result.Succeeded, result.ToString());
        Assert.Single(upstream.Messages);
    }

    [Theory]
    [InlineData("! close")]
    [InlineData("S: 421 4.4.2 idle for too long\n! left")]
    public async Task S36_TlsSessionLeftOrSpokenOnWhileIdle_CarriesNothingMore(string end)
    {
        // The two replies are two TLS records, which may well come in one packet.
        await using var upstream = Tls($"! tls\n{Greeting}{Envelope}{GoAhead}! content\nS: 250 ok\n! pause\n{end}");
        await using var session = await OpenedAsync(upstream, Secure(upstream) with { Tls = SmtpClientTls.Implicit });
        Assert.True((await session.SendAsync()).Succeeded);
        await UntilAsync(() => !session.IsUsable);
        var result = await session.SendAsync();
        Assert.Equal((SmtpFailureKind.ConnectionLost, false, false), (result.Failure, result.Answered, result.InDoubt));
    }

    [Fact]
    public async Task S34_ExtraReplyInARecordOfItsOwn_IsNotCreditedToTheFinalDot()
    {
        await using var upstream = Tls($"! tls\n{Greeting}{Envelope}! hold\n{GoAhead}! pause\nS: 250 one more\n! release\n! content\nS: 554 no\n! left");
        var result = await SendOneAsync(upstream, Secure(upstream) with { Tls = SmtpClientTls.Implicit });
        Assert.Equal((SmtpStage.Content, SmtpFailureKind.Protocol, false), (result.Stage, result.Failure, result.InDoubt));
    }

    [Fact]
    public async Task S5_StartTls_OnlyTheExtensionsAfterItCount()
    {
        await using var upstream = Tls(Secured + "S: 250-hi\nS: 250 SIZE 500\n! left");
        await using var session = await OpenedAsync(upstream, Secure(upstream));
        Assert.Equal((500L, false), (session.Capabilities.Size, session.Capabilities.StartTls));
        Assert.Empty(session.Capabilities.AuthMechanisms);
    }

    [Theory]
    [InlineData("S: 250 hi\nC: QUIT\nS: 221 bye")]
    [InlineData("S: 250-hi\nS: 250 AUTH CRAM-MD5 XOAUTH2\nC: QUIT\nS: 221 bye")]
    public async Task S5_NoMechanismAfterTls_NoCredentialIsSent(string end)
    {
        await using var upstream = Tls(Secured + end);
        var (_, result) = await OpenAsync(upstream, Secure(upstream) with { Credential = Credential });
        Assert.Equal((SmtpStage.Auth, SmtpFailureKind.NoMechanism), (result.Stage, result.Failure));
        Assert.DoesNotContain(upstream.Commands, command => command.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S4_RepliesInjectedBeforeTls_AreForgotten()
    {
        await using var upstream = Tls(OfferTls + "C: STARTTLS\nS: 220 go\nS: 250-evil\nS: 250 AUTH PLAIN\n! tls\nC: EHLO relay.example\nS: 250 hi\n! left");
        await using var session = await OpenedAsync(upstream, Secure(upstream));
        Assert.Empty(session.Capabilities.AuthMechanisms);
    }

    [Theory]
    [InlineData("S: 220 hi\nC: EHLO relay.example\nS: 250-hi\nS: 250 AUTH PLAIN\n! left")]
    [InlineData(OfferTls + "C: STARTTLS\nS: 454 not now\n! left")]
    [InlineData(OfferTls + "C: STARTTLS\nS: 220 go\n! close")]
    [InlineData(OfferTls + "C: STARTTLS\nS: 220 go\n! take 5\n! raw \\x15\\x03\\x03\\x00\\x02\\x02\\x28\n! left")]
    public async Task S4_TlsMissingRefusedOrDying_NoCredentialIsSent(string transcript)
    {
        await using var upstream = Tls(transcript);
        var (session, result) = await OpenAsync(upstream, Secure(upstream) with { Credential = Credential });
        await upstream.PlayedAsync();
        Assert.Null(session);
        Assert.Equal((SmtpStage.Tls, SmtpFailureKind.Tls), (result.Stage, result.Failure));
        Assert.DoesNotContain(upstream.Commands, command => command.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S4_CredentialWithoutTls_IsRefusedBeforeConnecting()
    {
        await using var upstream = new ScriptedUpstream();
        var (_, result) = await OpenAsync(upstream, Options(upstream) with { Credential = Credential });
        Assert.Equal((SmtpStage.Connect, SmtpFailureKind.RefusedLocally), (result.Stage, result.Failure));
    }

    public static TheoryData<string, string> BadCertificates => new()
    {
        { "expired", "NotTimeValid" },
        { "other name", "RemoteCertificateNameMismatch" },
        { "unknown issuer", "RemoteCertificateChainErrors" },
    };

    [Theory]
    [MemberData(nameof(BadCertificates))]
    public async Task S3_BadCertificate_EndsBeforeAuthAndSaysWhy(string kind, string reason)
    {
        var certificate = kind switch
        {
            "expired" => TestCertificate.For("localhost", DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(-1)),
            "other name" => TestCertificate.For("mx.example"),
            _ => TestCertificate.For("localhost"),
        };
        await using var upstream = new ScriptedUpstream("! tls\n! left") { Certificate = certificate };
        X509Certificate2Collection? roots = kind == "unknown issuer" ? null : [certificate];
        var (_, result) = await OpenAsync(upstream, Secure(upstream) with { Tls = SmtpClientTls.Implicit, Credential = Credential, Roots = roots });
        Assert.Equal((SmtpStage.Tls, SmtpFailureKind.Tls), (result.Stage, result.Failure));
        Assert.Contains(reason, result.Detail);
    }

    [Theory]
    [InlineData("\\x01")]
    [InlineData("\\x02")]
    public async Task S3_ServerSpeaksOldTlsOnly_EndsBeforeAuth(string minor)
    {
        // A ServerHello of TLS 1.0 or 1.1: record, handshake, version, random, no session id, a cipher suite, no compression.
        var random = string.Concat(Enumerable.Repeat("\\x5A", 32));
        var hello = $"\\x16\\x03{minor}\\x00\\x2A\\x02\\x00\\x00\\x26\\x03{minor}{random}\\x00\\xC0\\x13\\x00";
        await using var upstream = new ScriptedUpstream($"! take 5\n! raw {hello}\n! left");
        var (session, result) = await OpenAsync(upstream, Secure(upstream) with { Tls = SmtpClientTls.Implicit, Credential = Credential });
        Assert.Null(session);
        Assert.Equal((SmtpStage.Tls, SmtpFailureKind.Tls), (result.Stage, result.Failure));
    }

    [Fact]
    public async Task S6_HandshakeNeverEnds_IsATimeout()
    {
        await using var upstream = new ScriptedUpstream("! silence") { Time = new FakeTime() };
        var (_, result) = await OpenAsync(upstream, Secure(upstream) with { Tls = SmtpClientTls.Implicit });
        Assert.Equal((SmtpStage.Tls, SmtpFailureKind.Timeout), (result.Stage, result.Failure));
    }

    [Theory]
    [InlineData("PLAIN LOGIN", "C: AUTH PLAIN AHVzZXIAc2VjcmV0\nS: 235 ok")]
    [InlineData("LOGIN", "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: dXNlcg==\nS: 334 UGFzc3dvcmQ6\nC: c2VjcmV0\nS: 235 ok")]
    public async Task Auth_ByTheMechanismOffered_Succeeds(string mechanisms, string dialogue)
    {
        await using var upstream = Tls($"{Secured}S: 250-hi\nS: 250 AUTH {mechanisms}\n{dialogue}\n! left");
        var (session, result) = await OpenAsync(upstream, Secure(upstream) with { Credential = Credential });
        Assert.True(result.Succeeded, result.ToString());
        await session!.DisposeAsync();
        await upstream.PlayedAsync();
    }

    [Fact]
    public async Task Auth_LongCredential_FollowsAfterTheChallenge()
    {
        await using var upstream = Tls($"{Secured}S: 250-hi\nS: 250 AUTH PLAIN\nC: AUTH PLAIN\n! alone\nS: 334\nC: AHVzZXIA*\nS: 235 ok\n! left");
        await using var session = await OpenedAsync(upstream, Secure(upstream) with { Credential = Credential with { Password = new string('x', 900) } });
        Assert.True(session.IsUsable);
    }

    [Theory]
    [InlineData("XOAUTH2 PLAIN", "C: AUTH XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIHNlY3JldAEB\nS: 235 ok")]
    [InlineData("XOAUTH2 OAUTHBEARER", "C: AUTH XOAUTH2 *\nS: 235 ok")]
    [InlineData("PLAIN OAUTHBEARER", "C: AUTH OAUTHBEARER bixhPXVzZXIsAWhvc3Q9bG9jYWxob3N0AXBvcnQ9*\nS: 235 ok")]
    public async Task Auth_TokenByTheMechanismOffered_Succeeds(string mechanisms, string dialogue)
    {
        await using var upstream = Tls($"{Secured}S: 250-hi\nS: 250 AUTH {mechanisms}\n{dialogue}\n! left");
        var (session, result) = await OpenAsync(upstream, Secure(upstream) with { Credential = Token });
        Assert.True(result.Succeeded, result.ToString());
        await session!.DisposeAsync();
        await upstream.PlayedAsync();
    }

    [Theory]
    [InlineData("XOAUTH2", "C:")]
    [InlineData("OAUTHBEARER", "C: AQ==")]
    public async Task Auth_TokenRefusedByAChallenge_IsAcknowledgedAndRefused(string mechanism, string acknowledgement)
    {
        await using var upstream = Tls(
            $"{Secured}S: 250-hi\nS: 250 AUTH {mechanism}\nC: AUTH {mechanism} *\nS: 334 eyJzdGF0dXMiOiI0MDEifQ==\n{acknowledgement}\nS: 535 5.7.8 no\nC: QUIT\nS: 221 bye");
        var (_, result) = await OpenAsync(upstream, Secure(upstream) with { Credential = Token });
        await upstream.PlayedAsync();
        Assert.Equal((SmtpStage.Auth, SmtpFailureKind.Refused, 535), (result.Stage, result.Failure, result.Reply!.Code));
    }

    [Fact]
    public async Task Auth_LongToken_FollowsAfterTheEmptyChallenge()
    {
        await using var upstream = Tls($"{Secured}S: 250-hi\nS: 250 AUTH XOAUTH2\nC: AUTH XOAUTH2\n! alone\nS: 334\nC: dXNlcj11c2Vy*\nS: 235 ok\n! left");
        await using var session = await OpenedAsync(upstream, Secure(upstream) with { Credential = Token with { Password = new string('x', 2000) } });
        Assert.True(session.IsUsable);
    }

    [Theory]
    [InlineData(true, "PLAIN LOGIN")]
    [InlineData(false, "XOAUTH2 OAUTHBEARER")]
    public async Task S5_MechanismsOfTheOtherKindOnly_NothingIsSent(bool isToken, string mechanisms)
    {
        await using var upstream = Tls($"{Secured}S: 250-hi\nS: 250 AUTH {mechanisms}\nC: QUIT\nS: 221 bye");
        var (_, result) = await OpenAsync(upstream, Secure(upstream) with { Credential = Credential with { IsToken = isToken } });
        Assert.Equal((SmtpStage.Auth, SmtpFailureKind.NoMechanism), (result.Stage, result.Failure));
    }

    [Theory]
    [InlineData("user", "sec\u0001ret")]
    [InlineData("user", "sec ret")]
    [InlineData("us\u0001er", "secret")]
    public async Task Auth_TokenThatCouldEndItsField_IsRefusedBeforeConnecting(string user, string token)
    {
        await using var upstream = new ScriptedUpstream();
        var (_, result) = await OpenAsync(upstream, Secure(upstream) with { Credential = new(user, token, IsToken: true) });
        Assert.Equal((SmtpStage.Connect, SmtpFailureKind.RefusedLocally), (result.Stage, result.Failure));
    }

    [Theory]
    [InlineData("S: 535 5.7.8 wrong\nC: QUIT\nS: 221 bye", SmtpFailureKind.Refused)]
    [InlineData("S: 454 4.7.0 later\nC: QUIT\nS: 221 bye", SmtpFailureKind.Refused)]
    [InlineData("S: 421 bye", SmtpFailureKind.Refused)]
    [InlineData("S: 250 ok", SmtpFailureKind.Protocol)]
    [InlineData("S: 334 more", SmtpFailureKind.Protocol)]
    public async Task S13_AuthNotAccepted_IsAValueWithoutTheSecret(string end, SmtpFailureKind failure)
    {
        await using var upstream = Tls($"{Secured}S: 250-hi\nS: 250 AUTH PLAIN\nC: AUTH PLAIN *\n{end}");
        var (_, result) = await OpenAsync(upstream, Secure(upstream) with { Credential = Credential });
        await upstream.PlayedAsync();
        Assert.Equal((SmtpStage.Auth, failure), (result.Stage, result.Failure));
        Assert.DoesNotContain("secret", Credential + result.ToString());
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition() && TimeProvider.System.GetElapsedTime(start) < ScriptedUpstream.Patience)
            await Task.Delay(5);
        Assert.True(condition());
    }

    private static ScriptedUpstream Tls(string transcript) => new(transcript) { Certificate = Certificate };

    private static SmtpClientOptions Secure(ScriptedUpstream upstream) => Options(upstream) with { Tls = SmtpClientTls.StartTls, Roots = [Certificate] };
}
