using OutreachRelay.Protocols.Smtp;
using static OutreachRelay.Protocols.Tests.Smtp.Client.SmtpClientTranscripts;

namespace OutreachRelay.Protocols.Tests.Smtp.Client;

public sealed class SmtpClientEnvelopeTests
{
    [Theory]
    [InlineData("a\r\nRCPT TO:<eve@example.org>", "b@example.net")]
    [InlineData("a@example.com", "b@example.net>\r\nDATA")]
    [InlineData("a\0@example.com", "b@example.net")]
    [InlineData("a b@example.com", "b@example.net")]
    [InlineData("<a@example.com>", "b@example.net")]
    [InlineData("\"a b\"c d@example.com", "b@example.net")]
    [InlineData("\"a b@example.com", "b@example.net")]
    [InlineData("\"a b\\\"@example.com", "b@example.net")]
    [InlineData("\"a b\"@exam ple.com", "b@example.net")]
    [InlineData("\"a\"@example.com", "b@example.net> NOTIFY=NEVER")]
    [InlineData("\"a\r\nDATA\"@example.com", "b@example.net")]
    [InlineData("\"a\\\0\"@example.com", "b@example.net")]
    [InlineData("\"a\u007F\"@example.com", "b@example.net")]
    [InlineData("a@example.com", "")]
    [InlineData("jürgen@example.com", "b@example.net")]
    [InlineData("a\u0085@example.com", "b@example.net")]
    public async Task Send_AddressThatCouldEndItsCommand_IsRefusedBeforeAnythingIsSent(string from, string to)
    {
        await using var upstream = new ScriptedUpstream(Greeting + Carried);
        await using var session = await OpenedAsync(upstream);
        var refused = await session.SendAsync(new OutgoingEnvelope(from, to, EightBit: false, SmtpUtf8: false), Content(Small));
        Assert.Equal((SmtpFailureKind.RefusedLocally, false), (refused.Failure, refused.Answered));
        Assert.True((await session.SendAsync()).Succeeded);
        await upstream.PlayedAsync();
    }

    [Theory]
    [InlineData("\"a b\"@example.net")]
    [InlineData("\"a\\\"b\"@example.net")]
    [InlineData("\"a@b\"@example.net")]
    [InlineData("\"<a> \\\\\"@example.net")]
    public async Task R18_QuotedLocalPart_IsSentQuotedTheSame(string address)
    {
        await using var upstream = new ScriptedUpstream(
            $"{Greeting}C: MAIL FROM:<{address}>\nC: RCPT TO:<{address}>\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 550 no");
        await using var session = await OpenedAsync(upstream);
        var result = await session.SendAsync(Jane with { ReversePath = address, Recipient = address }, Content(Small));
        await upstream.PlayedAsync();
        Assert.Equal(SmtpStage.Data, result.Stage);
    }

    [Fact]
    public async Task Send_AddressOfManyOctets_IsRefused()
    {
        await using var upstream = new ScriptedUpstream(Greeting + "! left");
        await using var session = await OpenedAsync(upstream);
        var refused = await session.SendAsync(Jane with { Recipient = new string('a', 5000) + "@example.net" }, Content(Small));
        Assert.Equal(SmtpFailureKind.RefusedLocally, refused.Failure);
    }

    [Fact]
    public async Task Send_NullReversePath_IsWrittenAsEmptyBrackets()
    {
        await using var upstream = new ScriptedUpstream(Greeting + "C: MAIL FROM:<>\nC: RCPT TO:<bob@example.net>\nC: DATA\nS: 550 no\nS: 503 no\nS: 503 no");
        await using var session = await OpenedAsync(upstream);
        Assert.Equal(550, (await session.SendAsync(Jane with { ReversePath = "" }, Content(Small))).Reply?.Code);
        await upstream.PlayedAsync();
    }

    [Fact]
    public async Task Send_ExtensionsOffered_MailBearsTheirParameters()
    {
        await using var upstream = new ScriptedUpstream("""
            S: 220 mx.example
            C: EHLO relay.example
            S: 250-mx.example
            S: 250-size
            S: 250-8BITMIME
            S: 250 SMTPUTF8
            C: MAIL FROM:<jane@example.com> SIZE=26 BODY=8BITMIME SMTPUTF8
            S: 250 ok
            C: RCPT TO:<*
            S: 550 no
            """);
        await using var session = await OpenedAsync(upstream);
        var result = await session.SendAsync(new OutgoingEnvelope("jane@example.com", "jürgen@example.net", EightBit: true, SmtpUtf8: true), Content(Small));
        await upstream.PlayedAsync();
        Assert.Equal(SmtpStage.Rcpt, result.Stage);
        Assert.Contains("RCPT TO:<j\u00C3\u00BCrgen@example.net>", upstream.Commands);
    }

    [Fact]
    public async Task W32_SmtpUtf8NotOffered_IsNotSent()
    {
        await using var upstream = new ScriptedUpstream(Greeting + "! left");
        await using var session = await OpenedAsync(upstream);
        var result = await session.SendAsync(Jane with { SmtpUtf8 = true }, Content(Small));
        Assert.Equal((SmtpFailureKind.MissingExtension, true), (result.Failure, session.IsUsable));
        Assert.StartsWith("5.6.7 ", result.Detail);
    }

    [Fact]
    public async Task W31_EightBitContentAnd8BitMimeNotOffered_IsNotSent()
    {
        await using var upstream = new ScriptedUpstream(Greeting + "! left");
        await using var session = await OpenedAsync(upstream);
        var result = await session.SendAsync(Jane with { EightBit = true }, Content(Small));
        Assert.Equal((SmtpFailureKind.MissingExtension, true), (result.Failure, session.IsUsable));
        Assert.StartsWith("5.6.3 ", result.Detail);
    }

    [Fact]
    public async Task W32_SmtpUtf8OfferedAndNotNeeded_IsNotAskedFor()
    {
        await using var upstream = new ScriptedUpstream(
            "S: 220 hi\nC: EHLO relay.example\nS: 250-hi\nS: 250-8BITMIME\nS: 250 SMTPUTF8\nC: MAIL FROM:<jane@example.com>\nS: 550 no");
        await using var session = await OpenedAsync(upstream);
        Assert.Equal(550, (await session.SendAsync()).Reply?.Code);
        await upstream.PlayedAsync();
    }

    [Fact]
    public async Task S12_LargerThanTheServersSize_IsNotTried()
    {
        await using var upstream = new ScriptedUpstream("S: 220 hi\nC: EHLO relay.example\nS: 250-hi\nS: 250 SIZE 25\n! left");
        await using var session = await OpenedAsync(upstream);
        Assert.Equal(SmtpFailureKind.TooLarge, (await session.SendAsync()).Failure);
    }
}
