using System.Security.Authentication;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Tests;

namespace OutreachRelay.Protocols.Tests.Smtp.Server;

public sealed class StartTlsTests
{
    private const string Login = "AUTH PLAIN AHVzZXIAcGFzcw==";

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task StartTls_ThenAMessage_IsTaken(SslProtocols version)
    {
        await using var session = new TlsConversation { Protocols = version };
        Assert.Contains("250-STARTTLS\r\n", await session.GreetAsync());
        await session.EncryptAsync();
        Assert.Contains("250-AUTH PLAIN LOGIN\r\n", await session.AskAsync("EHLO client.example"));
        Assert.StartsWith("235 ", await session.AskAsync(Login));
        Assert.StartsWith("250 ", await session.AskAsync("MAIL FROM:<a@client.example>"));
        Assert.Equal("ESMTPSA", session.Session.ProtocolKeyword);
        Assert.StartsWith("250 ", await session.AskAsync("RCPT TO:<b@example.org>"));
        Assert.StartsWith("354 ", await session.AskAsync("DATA"));
        var content = "Subject: x\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('y', 900) + "\r\n", 200));
        Assert.StartsWith("250 ", await session.AskAsync(content + "."));
        Assert.Equal("221 2.0.0 Bye", await session.AskAsync("QUIT"));
        Assert.Equal(SmtpSessionEnd.Quit, await session.EndAsync());
        Assert.Equal(content, Assert.Single(session.Handler.Messages).Text);
    }

    [Fact]
    public async Task R14_BeforeTls_NeitherLoginNorMail()
    {
        await using var session = new TlsConversation();
        Assert.DoesNotContain("AUTH", await session.GreetAsync());
        Assert.StartsWith("538 5.7.11 ", await session.AskAsync(Login));
        Assert.StartsWith("530 5.7.0 ", await session.AskAsync("MAIL FROM:<a@client.example>"));
        Assert.StartsWith("250 ", await session.AskAsync("NOOP"));
        Assert.Empty(session.Handler.Mails);
        Assert.False(session.Session.IsAuthenticated);
    }

    [Fact]
    public async Task R13_CommandsBehindStartTls_AreNeverRun()
    {
        await using var session = new TlsConversation();
        await session.GreetAsync();
        await session.SendAsync("STARTTLS\r\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<b@example.org>\r\n");
        Assert.StartsWith("220 ", await session.ReplyAsync());
        await session.ShakeHandsAsync();
        // The first reply under TLS answers the first command under TLS.
        Assert.StartsWith("503 5.5.1 Send EHLO first", await session.AskAsync("MAIL FROM:<a@client.example>"));
        Assert.StartsWith("250-", await session.AskAsync("EHLO client.example"));
        Assert.StartsWith("503 5.5.1 Send MAIL first", await session.AskAsync("RCPT TO:<b@example.org>"));
        Assert.Empty(session.Handler.Mails);
    }

    [Fact]
    public async Task R13_AfterTheHandshake_NothingIsRemembered()
    {
        await using var session = new TlsConversation();
        await session.GreetAsync();
        await session.EncryptAsync();
        Assert.StartsWith("503 5.5.1 Send EHLO first", await session.AskAsync(Login));
        Assert.Null(session.Session.HeloName);
        Assert.Equal(1, session.Handler.StartedOver);
        Assert.DoesNotContain("STARTTLS", await session.AskAsync("EHLO client.example"));
    }

    [Fact]
    public async Task R13_StartTlsAgain_IsRefused()
    {
        await using var session = new TlsConversation();
        await session.GreetAsync();
        await session.EncryptAsync();
        await session.AskAsync("EHLO client.example");
        Assert.StartsWith("503 5.5.1 ", await session.AskAsync("STARTTLS"));
        Assert.Equal(1, session.Handshakes);
    }

    [Fact]
    public async Task R13_StartTlsWithArgumentOrBeforeEhlo_IsRefused()
    {
        await using var session = new TlsConversation();
        await session.ReplyAsync();
        Assert.StartsWith("503 5.5.1 ", await session.AskAsync("STARTTLS"));
        await session.AskAsync("EHLO client.example");
        Assert.StartsWith("501 5.5.4 ", await session.AskAsync("STARTTLS now"));
    }

    [Fact]
    public async Task R13_StartTlsWhereEncryptedFromTheStart_IsRefused()
    {
        await using var session = await SessionUnderTest.GreetedAsync(SessionUnderTest.Defaults with { IsEncrypted = true });
        Assert.StartsWith("503 5.5.1 ", await session.AskAsync("STARTTLS"));
    }

    [Theory]
    [InlineData("MAIL FROM:<a@client.example>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n")]
    [InlineData("\x16\x03\x01\x00\x05hello")]
    [InlineData("\x80\x2e\x01\x03\x01")]
    public async Task NoHandshake_EndsTheSessionWithoutAWord(string octets)
    {
        await using var session = new TlsConversation();
        await session.GreetAsync();
        await session.AskAsync("STARTTLS");
        await session.SendAsync(octets);
        await session.CloseAsync();
        Assert.Equal(SmtpSessionEnd.HandshakeFailed, await session.EndAsync());
        Assert.NotEqual("", session.Session.HandshakeFailure);
        Assert.Empty(session.Handler.Mails);
    }

    [Fact]
    public async Task R43_HandshakeThatDoesNotEnd_IsCutOff()
    {
        var time = new FakeTime();
        await using var session = new TlsConversation(time: time);
        await session.GreetAsync();
        await session.AskAsync("STARTTLS");
        // The deadline is set soon after the reply; until then there is nothing to pass.
        Assert.Equal(SmtpSessionEnd.HandshakeFailed, await time.AdvanceUntilAsync(session.EndAsync(), TimeSpan.FromSeconds(31)));
        Assert.Equal("timed out", session.Session.HandshakeFailure);
    }

    [Fact]
    public async Task Stop_DuringTheHandshake_DoesNotWaitForIt()
    {
        await using var session = new TlsConversation();
        await session.GreetAsync();
        await session.AskAsync("STARTTLS");
        session.Drain();
        Assert.Equal(SmtpSessionEnd.HandshakeFailed, await session.EndAsync());
    }

    [Fact]
    public async Task Stop_UnderTls_IsSaidUnderTls()
    {
        await using var session = new TlsConversation();
        await session.GreetAsync();
        await session.EncryptAsync();
        await session.AskAsync("EHLO client.example");
        session.Drain();
        Assert.StartsWith("421 4.3.2 ", await session.ReplyAsync());
        Assert.Equal(SmtpSessionEnd.Drained, await session.EndAsync());
    }

    [Fact]
    public async Task R43_CommandsWithoutEndAndRepliesNotTakenUnderTls_EndTheSessionAsAValue()
    {
        var time = new FakeTime();
        await using var session = await FloodedAsync(time);
        Assert.Equal(SmtpSessionEnd.TimedOut, await time.AdvanceUntilAsync(session.EndAsync(), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Abort_WhileClientTakesNoRepliesUnderTls_EndsTheSessionAsAValue()
    {
        var time = new FakeTime();
        await using var session = await FloodedAsync(time);
        session.Abort();
        Assert.Equal(SmtpSessionEnd.Aborted, await time.AdvanceUntilAsync(session.EndAsync(), TimeSpan.FromSeconds(1)));
    }

    // The session waits for a client that takes nothing. The clock is moved while it does, so only its waits may have a limit.
    private static async Task<TlsConversation> FloodedAsync(FakeTime time)
    {
        var session = new TlsConversation(SessionUnderTest.Defaults with { SessionLimit = Timeout.InfiniteTimeSpan }, time);
        await session.GreetAsync();
        await session.EncryptAsync();
        await session.AskAsync("EHLO client.example");
        await session.FloodAsync();
        return session;
    }
}
