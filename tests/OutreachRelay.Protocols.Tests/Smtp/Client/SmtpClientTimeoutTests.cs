using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Tests;
using static OutreachRelay.Protocols.Tests.Smtp.Client.SmtpClientTranscripts;

namespace OutreachRelay.Protocols.Tests.Smtp.Client;

public sealed class SmtpClientTimeoutTests
{
    [Fact]
    public async Task S40_TarpitOfThirtySecondsPerCommand_IsEndured()
    {
        await using var upstream = Slow($"""
            ! wait 30s
            {Greeting}
            {Envelope}
            ! wait 30s
            S: 250 ok
            ! wait 30s
            S: 250 ok
            ! wait 30s
            S: 354 go ahead
            ! content
            ! wait 5m
            S: 250 ok
            """);
        // Time may run before the client has noticed that its write is done.
        var options = Options(upstream);
        var result = await SendOneAsync(upstream, options with { Timeouts = options.Timeouts with { DataBlock = TimeSpan.FromDays(1) } });
        Assert.True(result.Succeeded, result.ToString());
    }

    [Theory]
    [InlineData("", SmtpStage.Mail, 5)]
    [InlineData("S: 250 ok\n", SmtpStage.Rcpt, 5)]
    [InlineData("S: 250 ok\nS: 250 ok\n", SmtpStage.Data, 2)]
    [InlineData("S: 250 ok\nS: 250 ok\nS: 354 go ahead\n", SmtpStage.FinalDot, 10)]
    public async Task S40_ServerSilent_PatienceIsThatOfTheStandard(string replies, SmtpStage stage, int minutes)
    {
        await using var upstream = Slow($"{Greeting}{Envelope}{replies}! silence");
        var result = await SendOneAsync(upstream);
        Assert.Equal((stage, SmtpFailureKind.Timeout), (result.Stage, result.Failure));
        Assert.InRange(upstream.Time!.Elapsed, TimeSpan.FromMinutes(minutes), TimeSpan.FromMinutes(120));
    }

    [Theory]
    [InlineData("! silence", SmtpFailureKind.Timeout)]
    [InlineData("! close", SmtpFailureKind.ConnectionLost)]
    [InlineData("! reset", SmtpFailureKind.ConnectionLost)]
    public async Task S27_NoReplyToTheFinalDot_IsInDoubt(string end, SmtpFailureKind failure)
    {
        await using var upstream = Slow($"{Greeting}{Envelope}{GoAhead}! content\n{end}");
        var result = await SendOneAsync(upstream);
        Assert.Equal((SmtpStage.FinalDot, failure, true), (result.Stage, result.Failure, result.InDoubt));
    }

    [Fact]
    public async Task S40_ReplyThatDripsWithoutEnd_IsBoundedInTime()
    {
        await using var upstream = Slow($"{Greeting}{Envelope}! raw 2\n! wait 3m\n! raw 5\n! silence");
        var result = await SendOneAsync(upstream);
        Assert.Equal((SmtpStage.Mail, SmtpFailureKind.Timeout, false), (result.Stage, result.Failure, result.InDoubt));
    }

    [Fact]
    public async Task S34_CommandLeftUnansweredAfterARefusal_TheRefusalIsNotTrusted()
    {
        await using var upstream = Slow($"{Greeting}{Envelope}S: 250 ok\nS: 550 no\n! silence");
        var result = await SendOneAsync(upstream);
        Assert.Equal((SmtpStage.Data, SmtpFailureKind.Timeout), (result.Stage, result.Failure));
    }

    [Fact]
    public async Task S40_ServerTakesNoMoreContent_EndsBeforeTheDot()
    {
        await using var upstream = Slow($"{Greeting}{Envelope}{GoAhead}! take 1000\n! jam");
        await using var session = await OpenedAsync(upstream);
        var octets = new byte[64 * 1024 * 1024];
        octets.AsSpan().Fill((byte)'x');
        var sending = session.SendAsync(Jane, new OutgoingContent(default, octets, null, octets.Length));
        while (await Task.WhenAny(sending, Task.Delay(5)) != sending)
            upstream.Time!.Advance(TimeSpan.FromSeconds(10));
        var result = await sending;
        Assert.Equal((SmtpStage.Content, SmtpFailureKind.Timeout, false), (result.Stage, result.Failure, result.InDoubt));
    }

    private static ScriptedUpstream Slow(string transcript) => new(transcript) { Time = new FakeTime() };
}
