using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Tests;
using static OutreachRelay.Protocols.Tests.Smtp.Client.SmtpClientTranscripts;

namespace OutreachRelay.Protocols.Tests.Smtp.Client;

public sealed class SmtpClientReuseTests
{
    [Theory]
    [InlineData("! close")]
    [InlineData("! reset")]
    [InlineData("S: 421 4.4.2 idle for too long\n! close")]
    public async Task S36_SessionClosedWhileIdle_NothingOfTheEnvelopeWasAnswered(string end)
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Carried}C: NOOP\nS: 250 ok\n{end}");
        await using var session = await OpenedAsync(upstream);
        Assert.True((await session.SendAsync()).Succeeded);
        Assert.True((await session.ProbeAsync(default)).Succeeded);
        await upstream.PlayedAsync();
        var result = await session.SendAsync();
        Assert.Equal((SmtpStage.Mail, SmtpFailureKind.ConnectionLost, false, false), (result.Stage, result.Failure, result.Answered, result.InDoubt));
        Assert.False(session.IsUsable);
    }

    [Fact]
    public async Task S36_SessionClosedOnReceiptOfMail_NothingOfTheEnvelopeWasAnswered()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Carried}{Envelope}! close");
        await using var session = await OpenedAsync(upstream);
        Assert.True((await session.SendAsync()).Succeeded);
        var result = await session.SendAsync();
        Assert.Equal((SmtpStage.Mail, SmtpFailureKind.ConnectionLost, false), (result.Stage, result.Failure, result.Answered));
    }

    [Fact]
    public async Task S36_SessionClosedAfterTheReplyToMail_WasAnswered()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}S: 250 ok\n! close");
        var result = await SendOneAsync(upstream);
        Assert.Equal((SmtpStage.Rcpt, SmtpFailureKind.ConnectionLost, true, false), (result.Stage, result.Failure, result.Answered, result.InDoubt));
    }

    [Fact]
    public async Task S38_ResetRefused_SessionEndsAndNothingOfTheEnvelopeWasAnswered()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}S: 250 ok\nS: 550 no\nS: 503 no\nC: RSET\n{Envelope}S: 502 no\n{GoAhead}! left");
        await using var session = await OpenedAsync(upstream);
        await session.SendAsync();
        var result = await session.SendAsync();
        await upstream.PlayedAsync();
        Assert.Equal((SmtpStage.Idle, 502, false, false), (result.Stage, result.Reply!.Code, result.Answered, session.IsUsable));
        Assert.Empty(upstream.Messages);
    }

    [Fact]
    public async Task Refused_ThenClosed_TheRefusalCounts()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}S: 250 ok\nS: 550 5.1.1 no\n! close");
        await using var session = await OpenedAsync(upstream);
        var result = await session.SendAsync();
        Assert.Equal((SmtpStage.Rcpt, 550, false), (result.Stage, result.Reply?.Code, session.IsUsable));
    }

    [Fact]
    public async Task Send_Cancelled_IsAValueAndEndsTheSession()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}! left");
        await using var session = await OpenedAsync(upstream);
        using var cancel = new CancellationTokenSource();
        var sending = session.SendAsync(Jane, Content(Small), cancel.Token);
        await cancel.CancelAsync();
        var result = await sending.WaitAsync(ScriptedUpstream.Patience);
        Assert.Equal((SmtpFailureKind.Cancelled, false, false), (result.Failure, result.InDoubt, session.IsUsable));
    }

    [Fact]
    public async Task Send_CancelledAfterTheFinalDot_IsInDoubt()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}! content\n! left");
        await using var session = await OpenedAsync(upstream);
        using var cancel = new CancellationTokenSource();
        var sending = session.SendAsync(Jane, Content(Small), cancel.Token);
        while (upstream.Messages.IsEmpty)
            await Task.WhenAny(sending, Task.Delay(5)).WaitAsync(ScriptedUpstream.Patience);
        await cancel.CancelAsync();
        var result = await sending.WaitAsync(ScriptedUpstream.Patience);
        Assert.Equal((SmtpStage.FinalDot, SmtpFailureKind.Cancelled, true), (result.Stage, result.Failure, result.InDoubt));
    }

    [Fact]
    public async Task Probe_ServerGone_IsConnectionLost()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}C: NOOP\n! close");
        await using var session = await OpenedAsync(upstream);
        Assert.Equal(SmtpFailureKind.ConnectionLost, (await session.ProbeAsync(default)).Failure);
        Assert.Equal(SmtpFailureKind.ConnectionLost, (await session.ProbeAsync(default)).Failure);
    }

    [Fact]
    public async Task Quit_ServerNeverAnswers_Ends()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}C: QUIT\n! silence") { Time = new FakeTime() };
        var session = await OpenedAsync(upstream);
        await session.QuitAsync().AsTask().WaitAsync(ScriptedUpstream.Patience);
        Assert.False(session.IsUsable);
    }
}
