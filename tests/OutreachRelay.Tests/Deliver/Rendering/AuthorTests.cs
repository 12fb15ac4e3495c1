using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Protocols.Mime;
using static OutreachRelay.Tests.Deliver.Rendering.Samples;

namespace OutreachRelay.Tests.Deliver.Rendering;

public sealed class AuthorTests
{
    private const string Rest = "Message-ID: <1@crm.example>\r\nDate: Sat, 21 Nov 2026 17:00:00 +0000\r\nSubject: Hello\r\n";

    [Theory]
    [InlineData("")]
    [InlineData("From:\r\n")]
    [InlineData("From: \r\n \r\n")]
    [InlineData("From: <>\r\n")]
    public void W1_NoAuthor_GetsTheSender(string from)
    {
        var head = Head(Rest + from);
        Assert.Equal(Rest + From, head);
        Assert.Equal(Rest + From, Head(Rest + from, Direction(keepName: from != "From: <>\r\n")));
    }

    [Fact]
    public void W1_AuthorInTheMiddle_IsReplacedInPlace() =>
        Assert.Equal("X: 1\r\n" + From + Rest, Head("X: 1\r\nfrom :\r\n  Old\r\n\t<old@crm.example>\r\n" + Rest));

    [Theory]
    [InlineData("Jane <jane@crm.example>, John <john@crm.example>", "Jane")]
    [InlineData("Team: a@crm.example, b@crm.example;", "Team")]
    [InlineData("Jane (a (b)) Doe <@r.example:jane . doe@crm . example>", "Jane Doe")]
    [InlineData("\"jane doe\"@crm.example", "")]
    [InlineData("=?ISO-8859-1?Q?J=E4ne?= <jane@crm.example>", "=?UTF-8?B?SsOkbmU=?=")]
    [InlineData("=?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= <y@crm.example>", "=?UTF-8?B?5bGx55Sw?=")]
    [InlineData("=?utf-8?Q?J=C3?= =?utf-8?Q?=A4ne?= <jane@crm.example>", "=?UTF-8?B?SsOkbmU=?=")]
    [InlineData("=?x-unknown?Q?J=C3?= <jane@crm.example>", "")]
    [InlineData("\"ceo@bank.example\" <x@crm.example>", "Anna Bell")]
    [InlineData("ceo@bank.example <x@crm.example>", "Anna Bell")]
    [InlineData("Doe, John <j@crm.example>", "")]
    [InlineData("\"Doe <j@crm.example>", "")]
    [InlineData("Doe <j@crm.example", "")]
    [InlineData("=?utf-8?Q?a=0D=0ABcc=3A_b=00=C2=85=E2=80=A8=E2=80=AE?= <j@crm.example>", "\"aBcc: b\"")]
    [InlineData("\"J \\\"\\\\\" <j@crm.example>", "\"J \\\"\\\\\"")]
    public void W3_to_W12_KeptName_IsOneMailboxWithASafeName(string value, string name)
    {
        var head = Head($"From: {value}\r\nSender: old@crm.example\r\n{Rest}", Direction(keepName: true));
        Assert.Equal($"From: {(name.Length == 0 ? "anna@acme-mail.example" : $"{name} <anna@acme-mail.example>")}\r\n{Rest}", head);
    }

    [Theory]
    [InlineData("Jane <jane@crm.example>, John <john@crm.example>")]
    [InlineData("=?x-unknown?Q?J=C3?= <jane@crm.example>")]
    [InlineData("\u00e9\"<(")]
    public void W3_SendersName_ReplacesTheClients(string value) => Assert.Equal(From + Rest, Head($"From: {value}\r\n{Rest}"));

    [Fact]
    public void W4_GroupsInToAndCc_StayAsTheyAre()
    {
        const string Fields = "To: undisclosed-recipients:;\r\ncc: Team: a@x.example,\r\n\tb@x.example;\r\n";
        Assert.Equal(Fields + From + Rest, Head(Fields + "From: j@crm.example\r\n" + Rest));
    }

    [Fact]
    public void W6_RawLatin1Name_IsReadTolerantlyAndWrittenEncoded()
    {
        var message = Message(Encoding.Latin1.GetBytes($"From: J\u00e4ne <jane@crm.example>\r\n{Rest}\r\n"));
        var rendered = Render(message, Direction(keepName: true));
        Assert.Contains("From: =?UTF-8?B?Su+/vW5l?= <anna@", Encoding.ASCII.GetString(rendered.Head.Span));
        Assert.False(rendered.Has8Bit);
    }

    [Fact]
    public void W8_TenThousandNestedComments_LeaveOneMailbox()
    {
        var comments = new string('(', 10_000) + new string(')', 10_000);
        Assert.Equal("From: anna@acme-mail.example\r\n" + Rest, Head($"From: Jane {comments}\r\n <j@crm.example>\r\n{Rest}", Direction(keepName: true)));
    }

    [Fact]
    public void W9_RandomFrom_AddsNoFieldAndLeavesOneMailbox()
    {
        var pieces = Gen.Elements(
            "a", "@", "<", ">", ",", ";", ":", "\"", "\\", "(", ")", " ", "\r\n ", "=?utf-8?q?=0D=0ABcc:x?=", "=?utf-8?b?DQpYOiB5?=", "é", "\u2028", "\u0085", "x.example");
        Prop.ForAll(Gen.ListOf(pieces).Select(string.Concat).ToArbitrary(), value =>
        {
            var head = Head($"From: {value}\r\n{Rest}", Direction(keepName: true));
            Assert.True(HeaderSection.TryRead(Encoding.UTF8.GetBytes(head), HeaderLimits.Default, out var section, out _));
            Assert.True(section.TryFind("From"u8, out var from));
            var list = AddressList.Parse(from.Value);
            return section.Count == 4 && list.IsValid && list.Mailboxes().Single().Equals(Anna.Address) && Ascii.IsValid(from.Raw);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void W11_LongName_IsFoldedAndCut()
    {
        var sender = Anna with { DisplayName = string.Concat(Enumerable.Repeat("😀", 300)) };
        var lines = Head("From: j@crm.example\r\n" + Rest, sender: sender).Split("\r\n");
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 76));
        var list = AddressList.Parse(Encoding.ASCII.GetBytes(string.Join("\r\n", lines)["From:".Length..].Split("\r\nMessage-ID")[0]));
        Assert.EndsWith("😀…", list.Addresses.Single().DisplayName);
    }

    [Fact]
    public void W12_RenderedAgain_IsStable()
    {
        var direction = Direction(keepName: true);
        var once = Head($"From: \"\\\"J\\\" \\\\ \u202EX\u00e9\" <j@crm.example>\r\n{Rest}", direction);
        Assert.Equal(once, Head(once, direction));
    }

    [Theory]
    [InlineData("")]
    [InlineData("X-Account: anna@acme-mail.example\r\n")]
    public void W17_AuthorIsAlreadyTheSender_ChangesNothing(string field) =>
        Assert.Equal(From + Rest + field, Head(From + Rest + field, Direction(keepName: true)));

    [Fact]
    public void W32_OnlyTheDisplayNameIsBeyondAscii_NeedsNoSmtpUtf8()
    {
        var message = Message($"From: j@crm.example\r\n{Rest}\r\n");
        var rendered = MessageRenderer.Render(message, Freeze(message, sender: Anna with { DisplayName = "Änne" }), Upstream);
        Assert.False(rendered.NeedsSmtpUtf8 || rendered.Has8Bit);
        rendered = MessageRenderer.Render(message, Freeze(message, sender: Anna with { Address = Mailbox("änne@acme-mail.example") }), Upstream);
        Assert.True(rendered.NeedsSmtpUtf8 && rendered.Has8Bit);
    }
}
