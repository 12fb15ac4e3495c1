using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Smtp.Server;

public sealed class AuthTests
{
    // NUL user NUL pass; user NUL user NUL pass; user; pass.
    private const string Plain = "AHVzZXIAcGFzcw==";
    private const string PlainWithAuthorizationId = "dXNlcgB1c2VyAHBhc3M=";
    private const string User = "dXNlcg==";
    private const string Pass = "cGFzcw==";

    [Theory]
    [InlineData("AUTH PLAIN " + Plain)]
    [InlineData("auth plain " + PlainWithAuthorizationId)]
    [InlineData("AUTH PLAIN", "334 ", Plain)]
    [InlineData("AUTH PLAIN =", "334 ", Plain)]
    [InlineData("AUTH LOGIN", "334 VXNlcm5hbWU6", User, "334 UGFzc3dvcmQ6", Pass)]
    [InlineData("AUTH LOGIN =", "334 VXNlcm5hbWU6", User, "334 UGFzc3dvcmQ6", Pass)]
    [InlineData("AUTH LOGIN " + User, "334 UGFzc3dvcmQ6", Pass)]
    public async Task R38_GoodCredentialsInEachForm_LogIn(params string[] exchange)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        for (var i = 0; i < exchange.Length - 1; i += 2)
            Assert.Equal(exchange[i + 1], await session.AskAsync(exchange[i]));
        Assert.Equal("235 2.7.0 Welcome", await session.AskAsync(exchange[^1]));
        Assert.True(session.Session.IsAuthenticated);
        Assert.Equal("ESMTPA", session.Session.ProtocolKeyword);
    }

    [Theory]
    [InlineData("501 5.7.0", "AUTH PLAIN", "*")]
    [InlineData("501 5.7.0", "AUTH LOGIN " + User, "*")]
    [InlineData("501 5.5.2", "AUTH PLAIN ???")]
    [InlineData("501 5.5.2", "AUTH PLAIN", "dXNlcg")]
    [InlineData("501 5.5.2", "AUTH PLAIN " + User)]
    [InlineData("501 5.5.2", "AUTH PLAIN AAA=")]
    [InlineData("501 5.5.2", "AUTH PLAIN AHVzZXIA")]
    [InlineData("501 5.5.2", "AUTH PLAIN AHVzZXIAcABhc3M=")]
    [InlineData("501 5.5.2", "AUTH PLAIN AHVzZXIA/w==")]
    [InlineData("501 5.5.2", "AUTH LOGIN " + User, "%%%")]
    [InlineData("504 5.5.4", "AUTH CRAM-MD5")]
    [InlineData("504 5.5.4", "AUTH XOAUTH2 " + User)]
    [InlineData("501 5.5.4", "AUTH")]
    [InlineData("535 5.7.8", "AUTH PLAIN AHVzZXIAd3Jvbmc=")]
    public async Task R38_FailedExchange_LeavesTheSessionUsable(string reply, params string[] lines)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        for (var i = 0; i < lines.Length - 1; i++)
            Assert.StartsWith("334 ", await session.AskAsync(lines[i]));
        Assert.StartsWith(reply, await session.AskAsync(lines[^1]));
        Assert.False(session.Session.IsAuthenticated);
        Assert.StartsWith("235 ", await session.AskAsync("AUTH PLAIN " + Plain));
    }

    [Fact]
    public async Task R39_AuthInsideTransaction_IsRefused()
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.OpenAsync();
        Assert.StartsWith("503 5.5.1", await session.AskAsync("AUTH PLAIN " + Plain));
    }

    [Fact]
    public async Task R39_AuthTwice_IsRefused()
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.AskAsync("AUTH PLAIN " + Plain);
        Assert.StartsWith("503 5.5.1", await session.AskAsync("AUTH PLAIN " + Plain));
    }

    [Fact]
    public async Task R39_AuthorizationId_IsTheHandlersToJudge()
    {
        SmtpCredentials? given = null;
        var handler = new RecordingHandler
        {
            OnAuth = credentials =>
            {
                given = credentials;
                return new SmtpReply(535, 5, 7, 8, "No");
            },
        };
        await using var session = await SessionUnderTest.GreetedAsync(handler: handler);
        await session.AskAsync("AUTH PLAIN Ym9zcwB1c2VyAHBhc3M=");
        Assert.Equal(new SmtpCredentials("boss", "user", "pass"), given);
        Assert.DoesNotContain("pass", given!.ToString());
    }

    [Theory]
    [InlineData("AUTH PLAIN " + Plain)]
    [InlineData("AUTH LOGIN")]
    public async Task R14_AuthWithoutEncryption_IsRefusedUnevaluated(string line)
    {
        var handler = new RecordingHandler { OnAuth = _ => throw new InvalidOperationException("credentials were looked at") };
        await using var session = await SessionUnderTest.GreetedAsync(SessionUnderTest.Defaults with { AllowPlaintextAuth = false }, handler);
        Assert.StartsWith("538 5.7.11", await session.AskAsync(line));
        Assert.DoesNotContain("AUTH", await session.AskAsync("EHLO client.example"));
    }

    [Fact]
    public async Task Auth_NotOffered_IsNotImplemented()
    {
        await using var session = await SessionUnderTest.GreetedAsync(SessionUnderTest.Defaults with { OfferAuth = false });
        Assert.StartsWith("502 5.5.1", await session.AskAsync("AUTH PLAIN " + Plain));
        Assert.StartsWith("555 5.5.4", await session.AskAsync("MAIL FROM:<a@client.example> AUTH=<>"));
    }
}
