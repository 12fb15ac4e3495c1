using OutreachRelay.Protocols.Smtp;
using static OutreachRelay.Protocols.Tests.Smtp.Client.SmtpClientTranscripts;

namespace OutreachRelay.Protocols.Tests.Smtp.Client;

public sealed class SmtpClientTransactionTests
{
    [Fact]
    public async Task Send_EverythingAccepted_IsRelayed()
    {
        await using var upstream = new ScriptedUpstream(Greeting + Carried + "! left");
        var result = await SendOneAsync(upstream);
        await upstream.PlayedAsync();
        Assert.Equal((SmtpStage.FinalDot, true, "250 2.0.0 queued"), (result.Stage, result.Succeeded, result.Reply?.ToString()));
        Assert.Equal(Small, Assert.Single(upstream.Messages));
    }

    [Fact]
    public async Task S38_WithoutPipelining_EachCommandWaitsForItsReply()
    {
        await using var upstream = new ScriptedUpstream("""
            S: 220 mx.example
            C: EHLO relay.example
            S: 250 mx.example
            C: MAIL FROM:<jane@example.com>
            ! alone
            S: 250 ok
            C: RCPT TO:<bob@example.net>
            ! alone
            S: 250 ok
            C: DATA
            ! alone
            S: 354 go ahead
            ! content
            S: 250 ok
            C: QUIT
            S: 221 bye
            """);
        var session = await OpenedAsync(upstream);
        Assert.True((await session.SendAsync()).Succeeded);
        await session.QuitAsync();
        await upstream.PlayedAsync();
    }

    [Fact]
    public async Task S38_PipeliningSwitchedOff_EachCommandWaitsForItsReply()
    {
        await using var upstream = new ScriptedUpstream(Greeting + """
            C: MAIL FROM:<jane@example.com>
            ! alone
            S: 250 ok
            C: RCPT TO:<bob@example.net>
            ! alone
            S: 550 5.1.1 no
            C: RSET
            ! alone
            S: 250 ok
            C: MAIL FROM:<jane@example.com>
            S: 451 later
            """);
        await using var session = await OpenedAsync(upstream, Options(upstream) with { UsePipelining = false });
        Assert.Equal(SmtpStage.Rcpt, (await session.SendAsync()).Stage);
        Assert.Equal(SmtpStage.Mail, (await session.SendAsync()).Stage);
        await upstream.PlayedAsync();
    }

    [Fact]
    public async Task Send_ThreeMessagesOnOneSession_AllArrive()
    {
        await using var upstream = new ScriptedUpstream(Greeting + Carried + Carried + Carried + "! left");
        await using (var session = await OpenedAsync(upstream))
        {
            for (var i = 0; i < 3; i++)
                Assert.True((await session.SendAsync()).Succeeded);
            Assert.Equal((3, true), (session.Transactions, session.IsUsable));
        }
        await upstream.PlayedAsync();
        Assert.Equal(3, upstream.Messages.Count);
    }

    [Theory]
    [InlineData("550 5.1.0 sender", "503 no", "503 no", SmtpStage.Mail, 550)]
    [InlineData("250 ok", "550 5.1.1 no such user", "554 5.5.1 no valid recipients", SmtpStage.Rcpt, 550)]
    [InlineData("250 ok", "450 4.2.0 greylisted", "503 no", SmtpStage.Rcpt, 450)]
    [InlineData("250 ok", "250 ok", "550 5.7.1 policy", SmtpStage.Data, 550)]
    [InlineData("250 ok", "250 ok", "451 4.3.0 later", SmtpStage.Data, 451)]
    public async Task S19_CommandRefused_SaysWhichAndTheSessionGoesOn(string mail, string rcpt, string data, SmtpStage stage, int code)
    {
        await using var upstream = new ScriptedUpstream($"""
            {Greeting}
            {Envelope}
            S: {mail}
            S: {rcpt}
            S: {data}
            C: RSET
            {Envelope}
            S: 250 reset
            {GoAhead}
            ! content
            S: 250 ok
            """);
        await using var session = await OpenedAsync(upstream);
        var refused = await session.SendAsync();
        Assert.Equal((stage, SmtpFailureKind.Refused, code, false, true), (refused.Stage, refused.Failure, refused.Reply!.Code, refused.InDoubt, refused.Answered));
        Assert.True((await session.SendAsync()).Succeeded);
        await upstream.PlayedAsync();
    }

    [Theory]
    [InlineData("550 5.7.1 content", true)]
    [InlineData("452 4.3.1 full", true)]
    [InlineData("421 4.3.2 shutting down", false)]
    public async Task S8_FinalDotRefused_IsDefiniteNotInDoubt(string reply, bool usable)
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}! content\nS: {reply}\n! left");
        await using var session = await OpenedAsync(upstream);
        var result = await session.SendAsync();
        Assert.Equal((SmtpStage.FinalDot, SmtpFailureKind.Refused, false, usable), (result.Stage, result.Failure, result.InDoubt, session.IsUsable));
    }

    [Theory]
    [InlineData("254 4.7.1 Suppression")]
    [InlineData("251 forwarded")]
    [InlineData("354 more")]
    public async Task S20_FinalDotAnsweredByAnotherPositiveReply_IsInDoubt(string reply)
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}! content\nS: {reply}\n! left");
        await using var session = await OpenedAsync(upstream);
        var result = await session.SendAsync();
        Assert.Equal((true, SmtpFailureKind.Protocol, reply), (result.InDoubt, result.Failure, result.Reply!.ToString()));
        Assert.False(session.IsUsable);
    }

    [Theory]
    [InlineData("250 ok", true)]
    [InlineData("251 forwarded", true)]
    [InlineData("252 will try", true)]
    [InlineData("253 what", false)]
    [InlineData("254 4.7.1 Suppression", false)]
    public async Task S20_RcptAnsweredByPositiveReply_OnlyThreeAccept(string reply, bool accepted)
    {
        var end = accepted ? "! content\nS: 250 ok" : "! left";
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}S: 250 ok\nS: {reply}\nS: 354 go ahead\n{end}");
        var result = await SendOneAsync(upstream);
        await upstream.PlayedAsync();
        Assert.Equal(accepted, result.Succeeded);
        Assert.Equal(accepted ? 1 : 0, upstream.Messages.Count);
    }

    [Theory]
    [InlineData("S: 550 no\nS: 250 ok\nS: 354 go ahead", SmtpStage.Mail)]
    [InlineData("S: 250 ok\nS: 550 no\nS: 354 go ahead", SmtpStage.Rcpt)]
    public async Task Refused_ButContentIsAskedFor_NothingIsSentNotEvenADot(string replies, SmtpStage stage)
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{replies}\n! left");
        await using var session = await OpenedAsync(upstream);
        var result = await session.SendAsync();
        await upstream.PlayedAsync();
        Assert.Equal((stage, SmtpFailureKind.Refused, 550), (result.Stage, result.Failure, result.Reply!.Code));
        Assert.False(session.IsUsable);
        Assert.Empty(upstream.Messages);
    }

    [Theory]
    [InlineData("S: 250 one\nS: 250 two\nS: 250 three\nS: 354 go ahead")]
    [InlineData("S: 250 one\nS: 354 go ahead")]
    [InlineData("S: 354 go ahead")]
    [InlineData("S: 220 hello")]
    [InlineData("S: 250 one\nS: 550 no\nS: 250 two\nS: 354 go ahead")]
    [InlineData("S: 250 one\nS: 250 two\nS: 354 go ahead\nS: 250 three")]
    public async Task S34_OneReplyTooManyOrTooFew_ClosesTheSession(string replies)
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{replies}\n! left");
        await using var session = await OpenedAsync(upstream);
        var result = await session.SendAsync();
        await upstream.PlayedAsync();
        Assert.Equal((SmtpFailureKind.Protocol, false, false), (result.Failure, result.InDoubt, session.IsUsable));
    }

    [Fact]
    public async Task S34_SecondReplyToTheFinalDot_IsCreditedToNobody()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}! content\nS: 250 ok\nS: 550 no\n! left");
        await using var session = await OpenedAsync(upstream);
        var result = await session.SendAsync();
        Assert.Equal((SmtpFailureKind.Protocol, true, false), (result.Failure, result.InDoubt, session.IsUsable));
    }

    [Fact]
    public async Task S7_FinalDotAcceptedAndThen421_IsRelayedAndTheSessionEnds()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}! content\nS: 250 ok\nS: 421 enough\n! left");
        await using var session = await OpenedAsync(upstream);
        Assert.True((await session.SendAsync()).Succeeded);
        Assert.False(session.IsUsable);
    }

    [Theory]
    [InlineData("S: 421 bye", SmtpStage.Mail)]
    [InlineData("S: 250 ok\nS: 421 bye", SmtpStage.Rcpt)]
    [InlineData("S: 250 ok\nS: 250 ok\nS: 421 bye", SmtpStage.Data)]
    public async Task S7_ServiceClosing_EndsTheSession(string replies, SmtpStage stage)
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{replies}\n! left");
        await using var session = await OpenedAsync(upstream);
        var result = await session.SendAsync();
        Assert.Equal((stage, SmtpFailureKind.Refused, 421, false), (result.Stage, result.Failure, result.Reply!.Code, session.IsUsable));
    }

    [Theory]
    [InlineData("250 queued", "queued")]
    [InlineData("250", "")]
    public async Task S21_AcceptedWithAnyText_IsRelayed(string reply, string text)
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}! content\nS: {reply}");
        var result = await SendOneAsync(upstream);
        Assert.Equal((true, text), (result.Succeeded, result.Reply!.Text));
    }

    [Fact]
    public async Task S32_EveryReplyOneOctetAtATime_IsRelayed()
    {
        await using var upstream = new ScriptedUpstream($"! bytewise\n{Greeting}{Carried}");
        Assert.True((await SendOneAsync(upstream)).Succeeded);
    }

    [Theory]
    [InlineData(@"250-a\r\n251 b\r\n")]
    [InlineData(@"what\r\n")]
    public async Task S33_MalformedReplyToTheFinalDot_IsInDoubt(string octets)
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}! content\n! raw {octets}\n! left");
        var result = await SendOneAsync(upstream);
        Assert.Equal((SmtpStage.FinalDot, SmtpFailureKind.Protocol, true), (result.Stage, result.Failure, result.InDoubt));
    }

    [Fact]
    public async Task S33_MalformedReplyBeforeTheDot_IsNotInDoubt()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}S: 250 ok\n! raw 250-a\\r\\n450 b\\r\\n\n! left");
        var result = await SendOneAsync(upstream);
        Assert.Equal((SmtpStage.Rcpt, SmtpFailureKind.Protocol, false), (result.Stage, result.Failure, result.InDoubt));
    }

    [Fact]
    public async Task S11_MailParametersRefused_IsAValueAndTheNextMailGoesWithout()
    {
        await using var upstream = new ScriptedUpstream("""
            S: 220 mx.example
            C: EHLO relay.example
            S: 250-mx.example
            S: 250-SIZE 10000
            S: 250 8BITMIME
            C: MAIL FROM:<jane@example.com> SIZE=26 BODY=8BITMIME
            S: 555 5.5.4 what is that
            C: RSET
            S: 250 ok
            C: MAIL FROM:<jane@example.com>
            S: 250 ok
            C: RCPT TO:<bob@example.net>
            S: 250 ok
            C: DATA
            S: 354 go ahead
            ! content
            S: 250 ok
            """);
        await using var session = await OpenedAsync(upstream);
        var refused = await session.SendAsync(Jane with { EightBit = true }, Content(Small));
        Assert.Equal((SmtpStage.Mail, 555), (refused.Stage, refused.Reply!.Code));
        Assert.True((await session.SendAsync(Jane with { EightBit = true }, Content(Small))).Succeeded);
        await upstream.PlayedAsync();
    }
}
