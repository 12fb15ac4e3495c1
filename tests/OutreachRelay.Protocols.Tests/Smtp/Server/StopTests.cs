using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Tests;

namespace OutreachRelay.Protocols.Tests.Smtp.Server;

/// <summary>Time runs out, the server stops, the transport breaks.</summary>
public sealed class StopTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public async Task R44_IdleClient_IsClosedAfterFiveMinutes()
    {
        await using var session = await SessionUnderTest.GreetedAsync(time: _time);
        await PassAsync(session, TimeSpan.FromSeconds(299));
        Assert.StartsWith("250 ", await session.AskAsync("NOOP"));
        await PassAsync(session, TimeSpan.FromSeconds(300));
        Assert.StartsWith("421 4.4.2 ", await session.ReplyAsync());
        Assert.Equal(SmtpSessionEnd.TimedOut, await session.EndAsync());
    }

    [Theory]
    [InlineData("MAIL FROM:<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@client.example>", 300)]
    [InlineData("AUTH PLAIN\r\nAHVzZXIAcGFzcwAHVzZXIAcGFzcwAHVzZXIAcGFzcw", 310)]
    [InlineData("MAIL FROM:<a@client.example>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 190)]
    public async Task R43_TricklingClient_IsClosedByTheStagesTimeout(string input, int seconds)
    {
        await using var session = await SessionUnderTest.GreetedAsync(time: _time);
        var start = input.LastIndexOf('\n') + 1;
        if (start > 0)
            await session.SendAsync(input[..start]);
        for (var i = start; i < input.Length && seconds > 0; i++, seconds -= 10)
        {
            await session.SendAsync(input[i].ToString());
            await PassAsync(session, TimeSpan.FromSeconds(10));
        }
        Assert.True(seconds <= 0, "the input was too short for this test");
        Assert.Contains("421 4.4.2 ", await session.CloseAsync());
        Assert.Equal(SmtpSessionEnd.TimedOut, await session.EndAsync());
    }

    [Fact]
    public async Task R43_SlowButSteadyContent_IsTaken()
    {
        await using var session = await SessionUnderTest.InContentAsync(time: _time);
        for (var i = 0; i < 100; i++)
        {
            await session.SendAsync(new string('x', 98) + "\r\n" + new string('x', 510) + "\r\n");
            await PassAsync(session, TimeSpan.FromSeconds(1));
        }
        await session.SendAsync(".\r\n");
        Assert.StartsWith("250 ", await session.ReplyAsync());
    }

    [Fact]
    public async Task R44_SessionLimit_ClosesBetweenTransactions()
    {
        await using var session = await SessionUnderTest.GreetedAsync(time: _time);
        for (var i = 0; i < 14; i++)
        {
            await PassAsync(session, TimeSpan.FromMinutes(4));
            Assert.StartsWith("250 ", await session.AskAsync("NOOP"));
        }
        await PassAsync(session, TimeSpan.FromMinutes(4));
        Assert.StartsWith("421 4.4.2 The session", await session.ReplyAsync());
        Assert.Equal(SmtpSessionEnd.SessionLimit, await session.EndAsync());
    }

    [Fact]
    public async Task R44_SessionLimit_SparesAnOpenTransaction()
    {
        await using var session = await SessionUnderTest.GreetedAsync(time: _time);
        await session.OpenAsync();
        for (var i = 0; i < 20; i++)
        {
            await PassAsync(session, TimeSpan.FromMinutes(4));
            Assert.StartsWith("250 ", await session.AskAsync("NOOP"));
        }
        await session.SendAsync("DATA\r\nSubject: x\r\n.\r\n");
        Assert.StartsWith("354 ", await session.ReplyAsync());
        Assert.StartsWith("250 2.0.0 ", await session.ReplyAsync());
        Assert.StartsWith("421 4.4.2 ", await session.ReplyAsync());
    }

    [Fact]
    public async Task R43_ClientThatDoesNotTakeReplies_IsClosed()
    {
        await using var session = new SessionUnderTest(time: _time, replyBuffer: 2);
        Assert.Equal(SmtpSessionEnd.TimedOut, await _time.AdvanceUntilAsync(session.EndAsync(), TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task R43_CommandsWithoutEndAndRepliesNotTaken_AreHeldBack()
    {
        // The clock is moved while the session works, so only its waits may have a limit.
        var options = SessionUnderTest.Defaults with { SessionLimit = Timeout.InfiniteTimeSpan };
        await using var session = await SessionUnderTest.GreetedAsync(options, time: _time);
        var flood = session.SendAsync(string.Concat(Enumerable.Repeat("NOOP\r\n", 100_000)));
        var end = session.EndAsync();
        while (!end.IsCompleted)
        {
            Assert.InRange(session.Session.CommandCount, 0, 10_000);
            _time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }
        Assert.Equal(SmtpSessionEnd.TimedOut, await end);
        await flood;
    }

    [Fact]
    public async Task R47_Drain_ClosesAnIdleSession()
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        session.Drain();
        Assert.StartsWith("421 4.3.2 ", await session.ReplyAsync());
        Assert.Equal(SmtpSessionEnd.Drained, await session.EndAsync());
    }

    [Fact]
    public async Task R47_Drain_LetsContentInFlightFinish()
    {
        await using var session = await SessionUnderTest.InContentAsync(isOctetwise: true);
        await session.SendAsync("Subject: x\r\n");
        session.Drain();
        await session.SendOctetwiseAsync("\r\nbody\r\n");
        await session.SendAsync(".\r\nMAIL FROM:<a@client.example>\r\n");
        Assert.StartsWith("250 2.0.0 ", await session.ReplyAsync());
        Assert.StartsWith("421 4.3.2 ", await session.ReplyAsync());
        Assert.Single(session.Handler.Messages);
        Assert.Single(session.Handler.Mails);
    }

    [Fact]
    public async Task R47_DrainBeforeTheStart_GreetsAndCloses()
    {
        await using var session = new SessionUnderTest();
        session.Drain();
        Assert.StartsWith("220 ", await session.ReplyAsync());
        Assert.StartsWith("421 4.3.2 ", await session.ReplyAsync());
    }

    [Fact]
    public async Task Abort_InContent_SaysSoAndKeepsNothing()
    {
        await using var session = await SessionUnderTest.InContentAsync();
        await session.SendAsync("Subject: x\r\n");
        session.Abort();
        Assert.StartsWith("421 4.3.2 ", await session.ReplyAsync());
        Assert.Equal(SmtpSessionEnd.Aborted, await session.EndAsync());
        Assert.Empty(session.Handler.Messages);
    }

    [Fact]
    public async Task Abort_WhileClientTakesNoReplies_DoesNotWait()
    {
        await using var session = new SessionUnderTest(replyBuffer: 2);
        session.Abort();
        Assert.Equal(SmtpSessionEnd.Aborted, await session.EndAsync());
    }

    [Fact]
    public async Task R30_AbortDuringTheCommit_WaitsForItAndSendsItsReply()
    {
        var commit = new TaskCompletionSource<SmtpReply>();
        var entered = new TaskCompletionSource();
        var handler = new RecordingHandler
        {
            OnEnd = () =>
            {
                entered.SetResult();
                return commit.Task;
            },
        };
        await using var session = await SessionUnderTest.InContentAsync(handler: handler);
        await session.SendAsync("Subject: x\r\n.\r\n");
        await entered.Task;
        session.Abort();
        commit.SetResult(new SmtpReply(250, 2, 0, 0, "queued"));
        Assert.StartsWith("250 2.0.0 queued", await session.ReplyAsync());
        Assert.Single(session.Handler.Messages);
        Assert.Equal(SmtpSessionEnd.Aborted, await session.EndAsync());
    }

    [Fact]
    public async Task HandlerThatThrows_IsATransientFailureForTheClient()
    {
        var handler = new RecordingHandler { OnEnd = () => throw new InvalidOperationException("a defect") };
        var session = await SessionUnderTest.InContentAsync(handler: handler);
        await session.SendAsync("Subject: x\r\n.\r\n");
        Assert.StartsWith("421 4.3.0 ", await session.ReplyAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(session.EndAsync);
        Assert.Equal(1, handler.Resets);
    }

    // The session may be on its way to its next wait when the clock moves; then the deadline it sets lies later. So it first has to come to rest.
    private async Task PassAsync(SessionUnderTest session, TimeSpan time)
    {
        await session.RestAsync();
        _time.Advance(time);
    }
}
