using static OutreachRelay.Tests.Deliver.Rendering.Samples;

namespace OutreachRelay.Tests.Deliver.Rendering;

public sealed class FieldRuleTests
{
    private const string Rest = "Message-ID: <1@crm.example>\r\nDate: Sat, 21 Nov 2026 17:00:00 +0000\r\n";

    [Theory]
    [InlineData("Sender")]
    [InlineData("Return-Path")]
    [InlineData("X-Sender")]
    [InlineData("Errors-To")]
    [InlineData("X-Original-From")]
    [InlineData("Return-Receipt-To")]
    [InlineData("Disposition-Notification-To")]
    [InlineData("Bcc")]
    [InlineData("Resent-Bcc")]
    [InlineData("DKIM-Signature")]
    [InlineData("ARC-Seal")]
    [InlineData("ARC-Message-Signature")]
    [InlineData("X-SMTPAPI")]
    [InlineData("X-Mailgun-Variables")]
    [InlineData("X-SES-CONFIGURATION-SET")]
    [InlineData("X-PM-Message-Stream")]
    [InlineData("Resend-Idempotency-Key")]
    [InlineData("X-Outreach-Direction")]
    public void W14_W22_W25_R49_R50_Field_IsRemovedInAnyForm(string name)
    {
        var fields = $"{name}: <old@crm.example>\r\nfrom: j@crm.example\r\n{name.ToUpperInvariant()}:\r\n{name.ToLowerInvariant()} : a\r\n\tb\r\n \r\n{Rest}{name}:\r\n x@y.example\r\n";
        Assert.Equal(From + Rest, Head(fields));
    }

    [Theory]
    [InlineData("Resent-From: old@crm.example")]
    [InlineData("Resent-Sender: old@crm.example")]
    [InlineData("Resent-Message-ID: <1@crm.example>")]
    [InlineData("List-Unsubscribe: <mailto:old@crm.example>")]
    [InlineData("List-Id: Acme <list.crm.example>")]
    [InlineData("Received: from a by b; Sat, 21 Nov 2026 17:00:00 +0000")]
    [InlineData("Authentication-Results: mx.other.example; spf=pass")]
    [InlineData("Authentication-Results: relay.example.com.other.example; spf=pass")]
    [InlineData("References: <0@x.example>\r\n\t<1@x.example>")]
    [InlineData("X-Mailer: Acme CRM; user@")]
    [InlineData("X-Campaign: j@crm.example.org.other")]
    [InlineData("X-PMX: 1")]
    [InlineData("Senders: x")]
    [InlineData("sUbJeCt :  x  ")]
    public void W14_W25_W29_Field_IsKept(string field) => Assert.Equal($"{field}\r\n{From}{Rest}", Head($"{field}\r\nFrom: old@crm.examples\r\n{Rest}"));

    [Theory]
    [InlineData("relay.example.com; spf=pass")]
    [InlineData(" (c)\r\n\tRELAY.example.com 1; none")]
    [InlineData("\"relay.example.com\"; none")]
    public void W25_ResultsInOurName_AreRemoved(string value) =>
        Assert.Equal(From + Rest, Head($"Authentication-Results:{value}\r\nFrom: old@crm.example\r\n{Rest}"));

    [Fact]
    public void W15_OldAuthor_IsNowhere()
    {
        const string Fields = "Return-Path: <old@crm.example>\r\nReceived: from crm (localhost) by crm; Sat, 21 Nov 2026 17:00:00 +0000\r\n"
            + "Sender: old@crm.example\r\nFrom: Old <old@crm.example>\r\nX-Sender: old@crm.example\r\nX-Envelope-From: <OLD@CRM.example>\r\n"
            + "X-Auth-User: a b,\r\n old@crm.example\r\nX-Other: b@crm.example\r\nReply-To: old@crm.example\r\n" + Rest;
        var direction = Direction(new(OutreachRelay.Configuration.ReplyToMode.Sender));
        var head = Head(Fields, direction);
        Assert.DoesNotContain("old@crm.example", head, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("X-Other: b@crm.example\r\n", head);
    }

    [Fact]
    public void W23_HiddenRecipients_AreNotNamed()
    {
        var head = Head("From: old@crm.example\r\nTo: seen@x.example\r\nBcc: hidden@x.example,\r\n more@x.example\r\n" + Rest);
        Assert.DoesNotContain("hidden", head);
        Assert.DoesNotContain("rita@target.example", head);
        Assert.Contains("To: seen@x.example\r\n", head);
    }
}
