using OutreachRelay.Protocols.Dsn;

namespace OutreachRelay.Protocols.Tests.Dsn;

public class AutomaticReplyTests
{
    [Theory]
    [InlineData("Auto-Submitted: auto-replied", BounceKind.AutomaticReply)]
    [InlineData("Auto-Submitted: AUTO-Replied; owner-email=\"joe@example.net\" (vacation)", BounceKind.AutomaticReply)]
    [InlineData("Auto-Submitted: auto-replied\nReturn-Path: <>", BounceKind.AutomaticReply)]
    [InlineData("Auto-Submitted: auto-generated\nIn-Reply-To: <m1@example.com>\nReturn-Path: <>", BounceKind.AutomaticReply)]
    [InlineData("X-Autoreply: yes", BounceKind.AutomaticReply)]
    [InlineData("X-Autorespond: away", BounceKind.AutomaticReply)]
    [InlineData("Precedence: auto_reply", BounceKind.AutomaticReply)]
    [InlineData("Content-Type: multipart/report; report-type=disposition-notification; boundary=x", BounceKind.AutomaticReply)]
    [InlineData("Content-Type: message/disposition-notification", BounceKind.AutomaticReply)]
    [InlineData("Message-ID: <1.x-tmda-confirm>", BounceKind.Challenge)]
    [InlineData("X-Boxtrapper: abc\nAuto-Submitted: auto-replied", BounceKind.Challenge)]
    [InlineData("X-AskVersion: 2.5", BounceKind.Challenge)]
    [InlineData("Auto-Submitted: no\nIn-Reply-To: <m1@example.com>", BounceKind.Other)]
    [InlineData("Auto-Submitted: auto-generated", BounceKind.Other)]
    [InlineData("X-Autoreply: no", BounceKind.Other)]
    [InlineData("Precedence: bulk", BounceKind.Other)]
    [InlineData("Subject: Re: Automatic reply: Out of office", BounceKind.Other)]
    [InlineData("Return-Path: <>", BounceKind.Unrecognized)]
    [InlineData("Return-Path: <>\nAuto-Submitted: auto-generated", BounceKind.Unrecognized)]
    [InlineData("From: Mailer-Daemon@example.net\nAuto-Submitted: auto-replied", BounceKind.Unrecognized)]
    [InlineData("From: \"Postmaster\" <postmaster@example.net>", BounceKind.Unrecognized)]
    public void Read_HeaderSection_TellsTheKind(string fields, BounceKind kind)
    {
        var report = Reports.Read($"{fields}\nTo: jane@example.com\n\nI am out of the office.\n");

        Assert.Equal(kind, report.Kind);
        Assert.Empty(report.Recipients);
    }

    [Fact]
    public void Read_Reply_NamesWhatItAnswers()
    {
        var report = Reports.Read("Auto-Submitted: auto-replied\nIn-Reply-To: <m2@example.com>\nReferences: <m1@example.com>\n <m2@example.com>\n\nAway.\n");

        Assert.Equal(["m2@example.com", "m1@example.com", "m2@example.com"], report.References);
    }

    [Fact]
    public void Read_ReceiptWithRecipientFields_IsNoBounce()
    {
        var report = Reports.Read(Reports.Notification(
            """
            Reporting-UA: joe-pc; mailer
            Final-Recipient: rfc822;joe@example.net
            Original-Message-ID: <m1@example.com>
            Disposition: manual-action/MDN-sent-manually; displayed
            """,
            "text/plain"));

        Assert.Equal((BounceKind.AutomaticReply, "m1@example.com"), (report.Kind, report.Original!.MessageId));
    }

    [Fact]
    public void Read_StatusPartThatSaysNothing_IsNoReply()
    {
        var report = Reports.Read("Auto-Submitted: auto-replied\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n");

        Assert.Equal((BounceKind.Unrecognized, "mx.example.net"), (report.Kind, report.ReportingMta));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n\r\n")]
    [InlineData("no header at all")]
    [InlineData("\0\0\n\0: \r:\n")]
    public void Read_NoMessage_IsOther(string text)
    {
        var report = Reports.Read(text);

        Assert.Equal((BounceKind.Other, BounceForm.None), (report.Kind, report.Form));
        Assert.Equal(BounceKind.Unrecognized, Reports.Read(text, hasNullReversePath: true).Kind);
    }

    [Fact]
    public void Read_MboxLineAndEmptyLinesBefore_ArePassedOver() =>
        Assert.Equal(BounceKind.AutomaticReply, Reports.Read("\n\nFrom joe@example.net Sat Nov 21 10:00:00 2026\nAuto-Submitted: auto-replied\n\n").Kind);
}
