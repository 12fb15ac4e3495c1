using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Smtp.Server;

/// <summary>Paths and parameters of MAIL and RCPT.</summary>
public sealed class EnvelopeTests
{
    [Theory]
    [InlineData("MAIL FROM: <a@client.example>")]
    [InlineData("mail from:<a@client.example>")]
    [InlineData("MAIL FROM:<a@client.example>  ")]
    [InlineData("Mail  From:<a@client.example> body=8bitmime size=0 ")]
    [InlineData("MAIL FROM:<@x.example,@y.example:a@client.example>")]
    public async Task R15_ToleratedForms_AreAccepted(string line)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        Assert.StartsWith("250 2.1.0 ", await session.AskAsync(line));
        Assert.Equal("a@client.example", Assert.Single(session.Handler.Mails).ReversePath!.ToString());
    }

    [Fact]
    public async Task R16_NullReversePath_IsAValueOfItsOwn()
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        Assert.StartsWith("250 ", await session.AskAsync("MAIL FROM:<>"));
        Assert.Null(Assert.Single(session.Handler.Mails).ReversePath);
    }

    [Theory]
    [InlineData("RCPT TO:<Postmaster>")]
    [InlineData("rcpt to: <POSTMASTER>")]
    public async Task R17_PostmasterWithoutDomain_IsHandedOver(string line)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.AskAsync("MAIL FROM:<a@client.example>");
        Assert.StartsWith("250 ", await session.AskAsync(line));
        Assert.Equal(new RcptCommand(null, IsPostmaster: true), Assert.Single(session.Handler.Rcpts));
    }

    [Theory]
    [InlineData("\"a b\"@d.example", "a b")]
    [InlineData("\"a\\\"b\"@d.example", "a\"b")]
    [InlineData("\"a@b\"@d.example", "a@b")]
    [InlineData("\"a>b\"@d.example", "a>b")]
    public async Task R18_QuotedLocalPart_IsKept(string address, string localPart)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.AskAsync("MAIL FROM:<a@client.example>");
        Assert.StartsWith("250 ", await session.AskAsync($"RCPT TO:<{address}>"));
        var recipient = Assert.Single(session.Handler.Rcpts).Recipient!;
        Assert.Equal((localPart, address), (recipient.LocalPart, recipient.ToString()));
    }

    [Theory]
    [InlineData("<\"a\0b\"@d.example>", "553 5.1.3")]
    [InlineData("<\"a\rb\"@d.example>", "553 5.1.3")]
    [InlineData("<\"a\\\rb\"@d.example>", "553 5.1.3")]
    [InlineData("<\"a\\\0b\"@d.example>", "553 5.1.3")]
    [InlineData("<\"a\x7f\"@d.example>", "553 5.1.3")]
    [InlineData("<a@[192.0.2.1]>", "550 5.1.2")]
    [InlineData("<a@[IPv6:::1]>", "550 5.1.2")]
    [InlineData("<a@localhost>", "553 5.1.3")]
    [InlineData("<a@x..example>", "553 5.1.3")]
    [InlineData("<a@.example>", "553 5.1.3")]
    [InlineData("<>", "553 5.1.3")]
    [InlineData("<a>", "553 5.1.3")]
    [InlineData("<@x.example:>", "553 5.1.3")]
    [InlineData("<@x.example>", "553 5.1.3")]
    [InlineData("a@d.example", "501 5.5.4")]
    [InlineData("<a@d.example", "501 5.5.4")]
    [InlineData("<\"a@d.example>", "501 5.5.4")]
    [InlineData("<a@d.example>x", "501 5.5.4")]
    [InlineData("", "501 5.5.4")]
    public async Task R18_R19_BadRecipient_IsRefused(string path, string reply)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.AskAsync("MAIL FROM:<a@client.example>");
        Assert.StartsWith(reply, await session.AskAsync("RCPT TO:" + path));
        Assert.Empty(session.Handler.Rcpts);
    }

    [Theory]
    [InlineData(64, "")]
    [InlineData(63, "a.")]
    public async Task R19_TooLongLabelOrPath_IsRefused(int label, string repeated)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.AskAsync("MAIL FROM:<a@client.example>");
        var domain = new string('d', label) + "." + string.Concat(Enumerable.Repeat(repeated, 120)) + "example";
        Assert.StartsWith("553 5.1.3", await session.AskAsync($"RCPT TO:<a@{domain}>"));
    }

    [Fact]
    public async Task R20_IdnRecipients_NeedSmtpUtf8()
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.AskAsync("MAIL FROM:<a@client.example> SMTPUTF8");
        await session.SendAsync(Encoding.UTF8.GetBytes("RCPT TO:<jörg@bücher.example>\r\n"));
        Assert.StartsWith("250 ", await session.ReplyAsync());
        Assert.Equal("xn--bcher-kva.example", Assert.Single(session.Handler.Rcpts).Recipient!.AsciiDomain);
        Assert.StartsWith("553 5.1.3 ", await session.AskAsync("RCPT TO:<j\xF6rg@example.org>"));
        Assert.Equal("UTF8SMTP", session.Session.ProtocolKeyword);
    }

    [Fact]
    public async Task R20_NonAsciiReversePathWithoutSmtpUtf8_IsRefused()
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        Assert.StartsWith("553 5.6.7", await session.AskAsync("MAIL FROM:<j\xC3\xB6rg@client.example>"));
    }

    [Theory]
    [InlineData("SIZE=1001", "552 5.3.4")]
    [InlineData("SIZE=99999999999999999999", "552 5.3.4")]
    [InlineData("SIZE=1000", "250")]
    [InlineData("SIZE=abc", "501 5.5.4")]
    [InlineData("SIZE=123456789012345678901234567890", "501 5.5.4")]
    [InlineData("SIZE=-1", "501 5.5.4")]
    [InlineData("SIZE=", "501 5.5.4")]
    [InlineData("SIZE", "501 5.5.4")]
    [InlineData("SIZE=1 size=1", "501 5.5.4")]
    [InlineData("SIZE=1=1", "501 5.5.4")]
    [InlineData("=1", "501 5.5.4")]
    [InlineData("BODY=7BIT", "250")]
    [InlineData("BODY=9BIT", "501 5.5.4")]
    [InlineData("SMTPUTF8=1", "501 5.5.4")]
    [InlineData("AUTH=<>", "250")]
    [InlineData("AUTH=e+3Dmc2@example.com", "250")]
    [InlineData("AUTH=e+3dmc2@example.com", "501 5.5.4")]
    [InlineData("AUTH=e+3", "501 5.5.4")]
    public async Task R22_MailParameter_IsChecked(string parameter, string reply)
    {
        await using var session = await SessionUnderTest.GreetedAsync(SessionUnderTest.Defaults with { MaxMessageSize = 1000 });
        Assert.StartsWith(reply, await session.AskAsync("MAIL FROM:<a@client.example> " + parameter));
    }

    [Theory]
    [InlineData("BODY=BINARYMIME")]
    [InlineData("RET=HDRS")]
    [InlineData("ENVID=QQ314159")]
    [InlineData("FOO=bar")]
    [InlineData("FOO")]
    public async Task R11_R36_R37_MailParameterNotOffered_IsRefused(string parameter)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        Assert.StartsWith("555 5.5.4", await session.AskAsync("MAIL FROM:<a@client.example> " + parameter));
        Assert.Empty(session.Handler.Mails);
    }

    [Theory]
    [InlineData("NOTIFY=NEVER")]
    [InlineData("ORCPT=rfc822;b@example.org")]
    [InlineData("FOO=bar")]
    public async Task R36_R37_RcptParameterNotOffered_IsRefused(string parameter)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.AskAsync("MAIL FROM:<a@client.example>");
        Assert.StartsWith("555 5.5.4", await session.AskAsync("RCPT TO:<b@example.org> " + parameter));
        Assert.Empty(session.Handler.Rcpts);
    }
}
