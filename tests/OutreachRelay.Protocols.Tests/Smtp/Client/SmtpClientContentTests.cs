using System.Text;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Protocols.Tests.Smtp.Server;
using static OutreachRelay.Protocols.Tests.Smtp.Client.SmtpClientTranscripts;

namespace OutreachRelay.Protocols.Tests.Smtp.Client;

public sealed class SmtpClientContentTests
{
    private static readonly string Large = Small + string.Concat(Enumerable.Range(0, 20_000).Select(i => $".line {i}\r\n..\r\n"));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(60_000)]
    public async Task Send_LargeContentWithDots_ArrivesUnchanged(int inMemory)
    {
        await using var upstream = new ScriptedUpstream(Greeting + Carried);
        await using var session = await OpenedAsync(upstream);
        var octets = Encoding.ASCII.GetBytes(Large);
        using var rest = new MemoryStream(octets, inMemory, octets.Length - inMemory);
        var (head, body) = (octets.AsMemory(0, inMemory / 2), octets.AsMemory(inMemory / 2, inMemory - (inMemory / 2)));
        var result = await session.SendAsync(Jane, new OutgoingContent(head, body, rest, octets.Length));
        Assert.True(result.Succeeded, result.ToString());
        Assert.Equal(Large, Assert.Single(upstream.Messages));
    }

    [Fact]
    public async Task Send_LargeContentInMemory_ArrivesUnchanged()
    {
        await using var upstream = new ScriptedUpstream(Greeting + Carried);
        await using var session = await OpenedAsync(upstream);
        Assert.True((await session.SendAsync(Large)).Succeeded);
        Assert.Equal(Large, Assert.Single(upstream.Messages));
    }

    [Fact]
    public async Task Send_ContentWithoutFinalLineEnd_GetsOne()
    {
        await using var upstream = new ScriptedUpstream(Greeting + Carried);
        await using var session = await OpenedAsync(upstream);
        Assert.True((await session.SendAsync("A: b\r\n\r\nend")).Succeeded);
        Assert.Equal("A: b\r\n\r\nend\r\n", Assert.Single(upstream.Messages));
    }

    [Fact]
    public async Task S9_ConnectionLostInTheMiddleOfTheContent_IsNotInDoubt()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}! take 100000\n! close");
        var result = await SendEndlessAsync(upstream);
        Assert.Equal((SmtpStage.Content, SmtpFailureKind.ConnectionLost, false), (result.Stage, result.Failure, result.InDoubt));
    }

    [Fact]
    public async Task S9_ConnectionClosedBehindTheGoAhead_IsNotInDoubt()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}! close");
        await using var session = await OpenedAsync(upstream);
        var result = await session.SendAsync(Jane, new OutgoingContent(default, default, new GatedStream(upstream.PlayedAsync()), Small.Length));
        Assert.Equal((SmtpStage.Content, SmtpFailureKind.ConnectionLost, false), (result.Stage, result.Failure, result.InDoubt));
    }

    [Fact]
    public async Task S9_ConnectionResetWithTheDotUnderWay_IsInDoubt()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}! take 5\n! reset");
        var result = await SendOneAsync(upstream);
        Assert.Equal((SmtpStage.FinalDot, SmtpFailureKind.ConnectionLost, true), (result.Stage, result.Failure, result.InDoubt));
    }

    [Theory]
    [InlineData("554 5.6.0 no", 554)]
    [InlineData("421 4.3.2 shutting down", 421)]
    [InlineData("552 5.3.4 too big", 552)]
    public async Task S10_AnsweredWhileContentIsSent_StopsAndUsesTheReply(string reply, int code)
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}! take 100000\nS: {reply}\n! left");
        var result = await SendEndlessAsync(upstream);
        await upstream.PlayedAsync();
        Assert.Equal((SmtpStage.Content, SmtpFailureKind.Refused, code, false), (result.Stage, result.Failure, result.Reply?.Code, result.InDoubt));
    }

    [Fact]
    public async Task S10_AnsweredAndClosedWithoutReadingOn_UsesTheReply()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}! take 100000\nS: 554 5.6.0 no\n! close");
        var result = await SendEndlessAsync(upstream);
        Assert.Equal((SmtpStage.Content, 554, false), (result.Stage, result.Reply?.Code, result.InDoubt));
    }

    [Fact]
    public async Task S10_AnsweredTogetherWithTheGoAhead_SendsNothing()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}S: 554 5.7.1 on second thoughts\n! left");
        var result = await SendOneAsync(upstream);
        await upstream.PlayedAsync();
        Assert.Equal((SmtpStage.Content, 554, false), (result.Stage, result.Reply?.Code, result.InDoubt));
    }

    [Fact]
    public async Task S34_AcceptedWhileContentIsSent_IsOutOfStepNotRelayed()
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}! take 100000\nS: 250 ok\n! left");
        var result = await SendEndlessAsync(upstream);
        Assert.Equal((SmtpStage.Content, SmtpFailureKind.Protocol, false), (result.Stage, result.Failure, result.InDoubt));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Send_StreamOfAnotherLength_EndsBeforeTheDot(int wrong)
    {
        await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}! left");
        await using var session = await OpenedAsync(upstream);
        using var rest = new MemoryStream(Encoding.ASCII.GetBytes(Large));
        var result = await session.SendAsync(Jane, new OutgoingContent(default, default, rest, Large.Length + wrong));
        await upstream.PlayedAsync();
        Assert.Equal((SmtpStage.Content, SmtpFailureKind.Content, false, false), (result.Stage, result.Failure, result.InDoubt, session.IsUsable));
        Assert.Empty(upstream.Messages);
    }

    // Whatever the server makes of the sequence: it gets neither it nor what follows.
    [Theory]
    [MemberData(nameof(ContentTests.SmugglingVectors), MemberType = typeof(ContentTests))]
    public async Task R1_FakeEndOfDataInStoredContent_NeverLeaves(string name, string hex)
    {
        Assert.NotEmpty(name);
        var content = "A: b\r\n\r\nfirst" + Encoding.Latin1.GetString(Convert.FromHexString(hex)) + "MAIL FROM:<evil@client.example>\r\n.\r\n";
        foreach (var before in (string[])["", string.Concat(Enumerable.Repeat("Filler: x\r\n", 10_000))])
        {
            await using var upstream = new ScriptedUpstream($"{Greeting}{Envelope}{GoAhead}! left");
            await using var session = await OpenedAsync(upstream);
            var result = await session.SendAsync(before + content);
            await upstream.PlayedAsync();
            Assert.Equal((SmtpStage.Content, SmtpFailureKind.Content, false, false), (result.Stage, result.Failure, result.InDoubt, session.IsUsable));
            Assert.DoesNotContain("evil", string.Concat(upstream.Ignored));
        }
    }

    private static async Task<SmtpResult> SendEndlessAsync(ScriptedUpstream upstream)
    {
        await using var session = await OpenedAsync(upstream);
        return await session.SendAsync(Jane, new OutgoingContent(default, default, new EndlessStream(), long.MaxValue));
    }

    /// <summary>Content far beyond what the two sockets hold, so that the client is stopped in the middle of it.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (var at = 0; at + 2 <= buffer.Length; at += 2)
                "\r\n"u8.CopyTo(buffer.Span[at..]);
            return ValueTask.FromResult(buffer.Length & ~1);
        }
    }

    /// <summary>One small message that can be read only when something else has happened.</summary>
    private sealed class GatedStream(Task gate) : MemoryStream(Encoding.ASCII.GetBytes(Small))
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await gate;
            return Read(buffer.Span);
        }
    }
}
