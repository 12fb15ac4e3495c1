using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Tests;
using static OutreachRelay.Protocols.Tests.Smtp.Client.SmtpClientTranscripts;

namespace OutreachRelay.Protocols.Tests.Smtp.Client;

/// <summary>Messages that go out in one write with their envelope (RFC 3030).</summary>
public sealed class SmtpClientChunkTests
{
    private const string Hello = "S: 220 hi\nC: EHLO relay.example\nS: 250-hi\nS: 250-PIPELINING\nS: 250 CHUNKING\n";

    /// <summary>All of a transaction, as it must come before anything is answered.</summary>
    private const string Chunked = """
        C: MAIL FROM:<jane@example.com>
        C: RCPT TO:<bob@example.net>
        C: BDAT 26 LAST
        ! chunk 26

        """;

    [Fact]
    public async Task Send_SmallMessage_GoesOutInOneWriteWithoutStuffing()
    {
        const string Dots = "Subject: dots\r\n\r\n.\r\n..a\r\n.\r\n";
        await using var upstream = new ScriptedUpstream($"""
            {Hello}{Chunked}S: 250 ok
            S: 250 ok
            S: 250 2.0.0 26 octets
            C: MAIL FROM:<jane@example.com>
            C: RCPT TO:<bob@example.net>
            C: BDAT {Dots.Length} LAST
            ! chunk {Dots.Length}
            S: 250 ok
            S: 250 ok
            S: 250 ok
            C: QUIT
            S: 221 bye
            """);
        await using var session = await ChunkingAsync(upstream);
        var first = await session.SendAsync();
        Assert.Equal((SmtpStage.FinalDot, true, "250 2.0.0 26 octets"), (first.Stage, first.Succeeded, first.Reply?.ToString()));
        Assert.True((await session.SendAsync(Dots)).Succeeded);
        await session.QuitAsync();
        await upstream.PlayedAsync();
        Assert.Equal([Small, Dots], upstream.Messages);
    }

    [Theory]
    [InlineData("550 5.7.1 sender", "503 5.5.1 no", "503 5.5.1 no", SmtpStage.Mail, 550)]
    [InlineData("250 ok", "550 5.1.1 nobody", "554 5.5.1 no valid recipients", SmtpStage.Rcpt, 550)]
    [InlineData("250 ok", "451 4.2.0 later", "503 5.5.1 no", SmtpStage.Rcpt, 451)]
    [InlineData("250 ok", "254 5.7.1 suppressed", "554 no", SmtpStage.Rcpt, 254)]
    [InlineData("250 ok", "250 ok", "554 5.6.0 content", SmtpStage.FinalDot, 554)]
    [InlineData("250 ok", "250 ok", "452 4.3.1 full", SmtpStage.FinalDot, 452)]
    public async Task Send_Refused_NothingIsDeliveredAndTheSessionGoesOn(string mail, string rcpt, string chunk, SmtpStage stage, int code)
    {
        // After a refused chunk RSET comes first, and then DATA: a RSET that is refused must not leave a chunk behind.
        await using var upstream = new ScriptedUpstream($"""
            {Hello}{Chunked}S: {mail}
            S: {rcpt}
            S: {chunk}
            C: RSET
            {Carried.Replace("S: 250 2.1.0 ok", "S: 250 reset\nS: 250 2.1.0 ok")}! left
            """);
        await using var session = await ChunkingAsync(upstream);
        var result = await session.SendAsync();
        Assert.Equal((stage, SmtpFailureKind.Refused, code, false), (result.Stage, result.Failure, result.Reply?.Code, result.InDoubt));
        Assert.True((await session.SendAsync()).Succeeded);
    }

    [Theory]
    [InlineData("! close")]
    [InlineData("! reset")]
    [InlineData("S: 250 ok\n! close")]
    [InlineData("S: 250 ok\nS: 250 ok\n! close")]
    [InlineData("! raw 250\n! close")]
    public async Task S27_LostOnceTheChunkIsOut_IsInDoubt(string end)
    {
        await using var upstream = new ScriptedUpstream(Hello + Chunked + end);
        var result = await SendChunkedAsync(upstream);
        Assert.Equal((SmtpFailureKind.ConnectionLost, true), (result.Failure, result.InDoubt));
    }

    [Theory]
    [InlineData("S: 550 no\nS: 503 no\nS: 250 taken")]
    [InlineData("S: 250 ok\nS: 550 no\nS: 250 taken")]
    [InlineData("S: 250 ok\nS: 254 dropped\nS: 250 taken")]
    [InlineData("S: 354 what\nS: 250 ok\nS: 250 ok")]
    [InlineData("S: 250 ok\nS: 354 what\nS: 250 ok")]
    [InlineData("S: 250 ok\nS: 250 ok\nS: 354 what")]
    [InlineData("S: 250 ok\nS: 250 ok\nS: 251 perhaps")]
    [InlineData("S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 550 no")]
    [InlineData("S: 2500 ok")]
    public async Task S34_RepliesOutOfStep_AreCreditedToNoneAndInDoubt(string replies)
    {
        await using var upstream = new ScriptedUpstream(Hello + Chunked + replies + "\n! left");
        var result = await SendChunkedAsync(upstream);
        Assert.Equal((SmtpFailureKind.Protocol, true), (result.Failure, result.InDoubt));
        await upstream.PlayedAsync();
    }

    [Theory]
    [InlineData("S: 421 bye", SmtpStage.Mail, 421)]
    [InlineData("S: 250 ok\nS: 421 bye", SmtpStage.Rcpt, 421)]
    [InlineData("S: 250 ok\nS: 250 ok\nS: 421 bye", SmtpStage.FinalDot, 421)]
    [InlineData("S: 250 ok\nS: 550 no\n! close", SmtpStage.Rcpt, 550)]
    [InlineData("S: 550 no\nS: 421 bye", SmtpStage.Mail, 550)]
    public async Task S7_S8_RefusedAndLeft_IsNotInDoubt(string replies, SmtpStage stage, int code)
    {
        await using var upstream = new ScriptedUpstream(Hello + Chunked + replies);
        await using var session = await ChunkingAsync(upstream);
        var result = await session.SendAsync();
        Assert.Equal((stage, code, false), (result.Stage, result.Reply?.Code, result.InDoubt));
        Assert.False(session.IsUsable);
    }

    [Fact]
    public async Task Send_ServerThatDoesNotKnowBdat_IsLeftAndNotInDoubt()
    {
        await using var upstream = new ScriptedUpstream(Hello + Chunked + "S: 250 ok\nS: 250 ok\nS: 502 what\n! left");
        var result = await SendChunkedAsync(upstream);
        Assert.Equal((SmtpFailureKind.Protocol, false), (result.Failure, result.InDoubt));
        await upstream.PlayedAsync();
    }

    [Fact]
    public async Task S27_SilenceAfterTheChunk_IsInDoubt()
    {
        await using var upstream = new ScriptedUpstream(Hello + Chunked + "S: 250 ok\nS: 550 no\n! silence") { Time = new FakeTime() };
        var result = await SendChunkedAsync(upstream);
        Assert.Equal((SmtpFailureKind.Timeout, true), (result.Failure, result.InDoubt));
    }

    [Fact]
    public async Task Send_SessionThatWasIdle_UsesData()
    {
        await using var upstream = new ScriptedUpstream(Hello + Carried + "! left") { Time = new FakeTime() };
        await using var session = await ChunkingAsync(upstream);
        upstream.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.True((await session.SendAsync()).Succeeded);
    }

    [Theory]
    [InlineData("S: 250-hi\nS: 250 CHUNKING\n")]
    [InlineData("S: 250-hi\nS: 250 PIPELINING\n")]
    public async Task Send_ChunkingOrPipeliningNotOffered_UsesData(string offer)
    {
        await using var upstream = new ScriptedUpstream(
            $"S: 220 hi\nC: EHLO relay.example\n{offer}C: MAIL FROM:<jane@example.com>\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\n! content\nS: 250 ok");
        Assert.True((await SendChunkedAsync(upstream)).Succeeded);
    }

    [Fact]
    public async Task Send_ContentThatDataWouldComplete_UsesData()
    {
        await using var upstream = new ScriptedUpstream(Hello + Carried + "! left");
        await using var session = await ChunkingAsync(upstream);
        Assert.True((await session.SendAsync(Small[..^2])).Succeeded);
        Assert.Equal(Small, Assert.Single(upstream.Messages));
    }

    [Fact]
    public async Task Send_LargeContent_WaitsForTheRecipient()
    {
        await using var upstream = new ScriptedUpstream(Hello + Carried + "! left");
        await using var session = await ChunkingAsync(upstream);
        Assert.True((await session.SendAsync(Small + new string('x', 60_000) + "\r\n")).Succeeded);
    }

    private static Task<SmtpClientSession> ChunkingAsync(ScriptedUpstream upstream) =>
        OpenedAsync(upstream, Options(upstream) with { UseChunking = true });

    private static async Task<SmtpResult> SendChunkedAsync(ScriptedUpstream upstream)
    {
        await using var session = await ChunkingAsync(upstream);
        return await session.SendAsync();
    }
}
