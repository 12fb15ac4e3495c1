using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Outcome.Bounces;
using static OutreachRelay.Tests.Deliver.Rendering.Samples;

namespace OutreachRelay.Tests.Deliver.Rendering;

public sealed class FreezeTests
{
    private const string Base = "From: Old <old@crm.example>\r\nMessage-ID: <1@crm.example>\r\nDate: Sat, 21 Nov 2026 17:00:00 +0000\r\n";

    [Fact]
    public void W13_ReversePath_IsTheSender() => Assert.Equal("anna@acme-mail.example", Freeze(Message(Base)).ReversePath);

    [Fact]
    public void W13_ReturnPathOfTheDomain_CarriesTheToken() =>
        Assert.Equal(ReturnPath.Make("tok-1", "bounce.acme-mail.example", Samples.Keys), Freeze(Message(Base), domain: new DomainModel("acme-mail.example", "bounce.acme-mail.example")).ReversePath);

    [Fact]
    public void W13_InternationalDomain_StandsInAsciiInTheEnvelope() =>
        Assert.Equal("anna@xn--bcher-kva.example", Freeze(Message(Base), sender: Anna with { Address = Mailbox("anna@bücher.example") }).ReversePath);

    [Fact]
    public void R16_Notification_KeepsAllButTheSpellingOfItsAuthor()
    {
        var direction = Direction(new(ReplyToMode.Address, Mailbox("team@acme.example")), rewriteId: true);

        var frozen = Freeze(
            Message("From: Mail System <anna@acme-mail.example>\r\nMessage-ID: <1@crm.example>\r\n\r\n") with { ReversePath = null }, direction,
            domain: new DomainModel("acme-mail.example", "bounce.acme-mail.example"));

        Assert.Equal(("Mail System", "anna@acme-mail.example", ""), (frozen.FromDisplayName, frozen.From?.ToString(), frozen.ReversePath));
        Assert.Equal((null, false, null), (frozen.ReplyTo, frozen.RemoveReplyTo, frozen.MessageId));
    }

    [Fact]
    public void W13_NullReversePath_StaysNull() => Assert.Equal("", Freeze(Message(Base) with { ReversePath = null }).ReversePath);

    [Theory]
    [InlineData(ReplyToMode.Keep, "", "")]
    [InlineData(ReplyToMode.Keep, "rEply-to:  <old@crm.example>,\r\n\tx@y.example ", "rEply-to:  <old@crm.example>,\r\n\tx@y.example ")]
    [InlineData(ReplyToMode.OriginalFrom, "", "Reply-To: Old <old@crm.example>")]
    [InlineData(ReplyToMode.OriginalFrom, "Reply-To:", "Reply-To: Old <old@crm.example>")]
    [InlineData(ReplyToMode.OriginalFrom, "Reply-To: x@y.example", "Reply-To: x@y.example")]
    [InlineData(ReplyToMode.Sender, "", "")]
    [InlineData(ReplyToMode.Sender, "Reply-To: \"O\" <OLD@crm.example>", "")]
    [InlineData(ReplyToMode.Sender, "Reply-To: x@y.example", "Reply-To: x@y.example")]
    [InlineData(ReplyToMode.Address, "", "Reply-To: team@acme.example")]
    [InlineData(ReplyToMode.Address, "Reply-To: old@CRM.example", "Reply-To: team@acme.example")]
    [InlineData(ReplyToMode.Address, "Reply-To: x@y.example", "Reply-To: x@y.example")]
    public void W16_ReplyTo_FollowsItsRule(ReplyToMode mode, string field, string expected)
    {
        var rule = new ReplyToModel(mode, mode == ReplyToMode.Address ? Mailbox("team@acme.example") : null);
        var head = Head(Base + (field.Length == 0 ? "" : field + "\r\n"), Direction(rule));
        Assert.Equal(Base.Replace("From: Old <old@crm.example>\r\n", From) + (expected.Length == 0 ? "" : expected + "\r\n"), head);
    }

    [Fact]
    public void W16_OriginalFromWithSeveralAuthors_NamesAllSafely()
    {
        var head = Head("From: J\u00e4ne <a@crm.example>, Team: b@crm.example;, root@localhost\r\n" + Base[(Base.IndexOf('\n') + 1)..], Direction(new(ReplyToMode.OriginalFrom)));
        Assert.EndsWith("Reply-To: =?UTF-8?B?SsOkbmU=?= <a@crm.example>,\r\n b@crm.example\r\n", head);
    }

    [Fact]
    public void W16_OriginalFromThatCannotBeAnswered_AddsNone() =>
        Assert.DoesNotContain("Reply-To", Head("From: \u00e4@crm.example, root@localhost\r\n", Direction(new(ReplyToMode.OriginalFrom))));

    [Fact]
    public void W18_Keep_LeavesTheMessageId()
    {
        const string Fields = "Message-id:  odd one \r\nIn-Reply-To: <0@crm.example>\r\nReferences: <0@crm.example>\r\nDate: x\r\n";
        Assert.Equal(Fields + From, Head(Fields));
    }

    [Fact]
    public void W18_Rewrite_GivesOneInTheSendersDomain()
    {
        var frozen = Freeze(Message(Base), Direction(rewriteId: true));
        Assert.Matches("^[0-9a-f]{44}@acme-mail\\.example$", frozen.MessageId);
        Assert.DoesNotContain("tok-1", frozen.MessageId);
        Assert.Equal(Base.Replace("From: Old <old@crm.example>\r\n", From).Replace("1@crm.example", frozen.MessageId), Head(Base, Direction(rewriteId: true)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Message-ID:\r\n  \r\n")]
    public void W18_Missing_IsGenerated(string field)
    {
        var message = Message(field + "From: old@crm.example\r\nDate: x\r\n\r\n");
        var frozen = Freeze(message);
        Assert.EndsWith("@acme-mail.example", frozen.MessageId);
        Assert.Contains($"\r\nMessage-ID: <{frozen.MessageId}>\r\n", Encoding.ASCII.GetString(Render(message).Head.Span));
    }

    [Theory]
    [InlineData("", "Date: Sat, 21 Nov 2026 17:30:15 +0000\r\n")]
    [InlineData("Date: \r\n", "Date: Sat, 21 Nov 2026 17:30:15 +0000\r\n")]
    [InlineData("Date: yesterday\r\n", "Date: yesterday\r\n")]
    [InlineData("Date: Sat, 21 Nov 2016 17:30:15 +0000\r\n", "Date: Sat, 21 Nov 2016 17:30:15 +0000\r\n")]
    public void W35_Date_IsAddedOnlyWhenMissing(string field, string expected) =>
        Assert.Equal("Message-ID: <1@crm.example>\r\n" + From + expected, Head("Message-ID: <1@crm.example>\r\nFrom: old@crm.example\r\n" + field));

    [Fact]
    public void NotRotated_FromIsKeptAndTheRestApplies()
    {
        var message = Message("from : <>\r\nReply-To: old@crm.example\r\nX-Sender: x\r\nX-By: old@crm.example\r\nDKIM-Signature: v=1\r\n\r\n") with { ReversePath = null };
        var frozen = RenderingFreezer.Freeze(message, "rita@target.example", Direction(new(ReplyToMode.Sender)), sender: null, domain: null, "relay.example.com", Now, "tok-1", Samples.Keys);
        Assert.Equal("", frozen.ReversePath);
        Assert.EndsWith("@relay.example.com", frozen.MessageId);
        var head = Encoding.ASCII.GetString(MessageRenderer.Render(message, frozen, Upstream).Head.Span);
        Assert.StartsWith(Received + "from : <>\r\nReply-To: old@crm.example\r\nX-By: old@crm.example\r\nMessage-ID: <", head);
    }

    [Fact]
    public void W21_FrozenRendering_IsEqualAfterStorage()
    {
        var message = Message(Base[..Base.IndexOf("Message", StringComparison.Ordinal)] + "\r\n");
        var full = Freeze(message, Direction(new(ReplyToMode.OriginalFrom)), Anna with { Address = Mailbox("\"ä b\"@acme-mail.example"), DisplayName = "Ä \"\u65e5 <&" });
        Assert.True(full is { MessageId: not null, Date: not null, ReplyTo: not null });
        foreach (var frozen in new[] { full, Freeze(Message(Base)), full with { From = null, RemoveReplyTo = true } })
        {
            var octets = frozen.Serialize();
            Assert.Equal(frozen, FrozenRendering.Deserialize(octets));
            Assert.Equal(octets, FrozenRendering.Deserialize(octets).Serialize());
        }
        Assert.InRange(Freeze(Message(Base)).Serialize().Length, 1, 250);
    }

    [Fact]
    public void W21_Retry_IsTheSameOctetsAlsoAfterAReload()
    {
        var message = Message(Base + "\r\nbody");
        var frozen = Freeze(message, Direction(rewriteId: true));
        var first = MessageRenderer.Render(message, frozen, Upstream);
        var again = MessageRenderer.Render(message, FrozenRendering.Deserialize(frozen.Serialize()), Upstream with { Name = "other", Weight = 9 });
        Assert.Equal(first.Head.ToArray(), again.Head.ToArray());
        Assert.Equal(frozen, Freeze(message, Direction(rewriteId: true)));
    }

    [Fact]
    public void Freeze_Times_AreWholeSeconds()
    {
        var frozen = Freeze(Message("From: old@crm.example\r\n"));
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 17, 30, 15, TimeSpan.Zero), frozen.SignedAt);
        Assert.Equal(frozen.SignedAt, frozen.Date);
    }
}
