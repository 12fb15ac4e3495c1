using System.Text;
using OutreachRelay.Protocols.Dsn;

namespace OutreachRelay.Protocols.Tests.Dsn;

public class DeliveryStatusTests
{
    private const string Failed = "Final-Recipient: rfc822; joe@example.net\nAction: failed\nStatus: 5.1.1\n";

    [Fact]
    public void Read_NotificationOfRfc3464_GivesEveryField()
    {
        var report = Reports.Read(Reports.Notification(
            """
            Reporting-MTA: dns; mx.example.net (Postfix)
            Original-Envelope-Id: QQ314159
            Arrival-Date: Sat, 21 Nov 2026 10:00:01 +0100

            Original-Recipient: rfc822;joe@example.net
            Final-Recipient: RFC822; <joe.doe@example.org>
            Action: Failed (permanently)
            Status: 5.1.1 (unknown)
            Remote-MTA: dns; mail.example.org
            Diagnostic-Code: smtp; 550 5.1.1
             <joe.doe@example.org>: no such user
            Last-Attempt-Date: Sat, 21 Nov 2026 09:00:05 +0000

            Final-Recipient: rfc822; ann@example.net
            Action: delayed
            Status: 4.4.1
            Will-Retry-Until: Thu, 26 Nov 2026 09:00:00 +0000
            """));

        Assert.Equal((BounceKind.Failure, BounceForm.DeliveryStatus), (report.Kind, report.Form));
        Assert.Equal(("mx.example.net", "QQ314159"), (report.ReportingMta, report.OriginalEnvelopeId));
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 10, 0, 1, TimeSpan.FromHours(1)), report.ArrivalDate);
        Assert.Equal(2, report.Recipients.Length);
        var first = report.Recipients[0];
        Assert.Equal(new ReportAddress("rfc822", "joe.doe@example.org"), first.FinalRecipient);
        Assert.Equal(new ReportAddress("rfc822", "joe@example.net"), first.OriginalRecipient);
        Assert.Equal((DeliveryAction.Failed, "5.1.1", "mail.example.org"), (first.Action, first.Status.ToString(), first.RemoteMta));
        Assert.Equal(("smtp", "550 5.1.1 <joe.doe@example.org>: no such user", 550, "5.1.1"), Parts(first.Diagnostic!));
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 9, 0, 5, TimeSpan.Zero), first.LastAttempt);
        Assert.Equal(DeliveryAction.Delayed, report.Recipients[1].Action);
        Assert.Equal(new DateTimeOffset(2026, 11, 26, 9, 0, 0, TimeSpan.Zero), report.Recipients[1].WillRetryUntil);
        Assert.Equal("m1@example.com", report.Original!.MessageId);
        Assert.Equal("joe.doe@example.org", first.FinalRecipient!.ToMailbox()!.ToString());
    }

    [Fact]
    public void Read_Original_KeepsTheFieldsAskedFor()
    {
        var options = new BounceOptions { OriginalFields = ["x-outreach-ID", "Subject"] };

        var original = Reports.Read(Reports.Notification("Final-Recipient: rfc822; a@b.example\nAction: failed\n"), options).Original!;

        Assert.Equal([new("X-Outreach-Id", "0123"), new("Subject", "=?utf-8?q?Hello?= again")], original.Fields);
        Assert.Equal("0123", original.Find("X-OUTREACH-ID"));
        Assert.Equal(Reports.Octets(Reports.Original), original.Content.ToArray());
    }

    [Theory]
    [InlineData("failed", "5.1.1", BounceKind.Failure)]
    [InlineData("failed", "4.4.7", BounceKind.Failure)]
    [InlineData("delayed", "4.4.1", BounceKind.Delay)]
    [InlineData("delivered", "2.1.5", BounceKind.Success)]
    [InlineData("relayed", "2.6.0", BounceKind.Success)]
    [InlineData("expanded", "2.0.0", BounceKind.Success)]
    [InlineData("", "5.1.1", BounceKind.Failure)]
    [InlineData("", "4.2.2", BounceKind.Delay)]
    [InlineData("", "4.4.7", BounceKind.Failure)]
    [InlineData("", "2.1.5", BounceKind.Success)]
    [InlineData("5.1.1", "failed", BounceKind.Failure)]
    [InlineData("5.1.1", "", BounceKind.Failure)]
    [InlineData("delayed", "550 4.1.1", BounceKind.Delay)]
    [InlineData("", "", BounceKind.Unrecognized)]
    public void Read_ActionAndStatus_GiveTheKind(string action, string status, BounceKind kind)
    {
        var report = Reports.Read(Reports.Notification($"Final-Recipient: rfc822; joe@example.net\nAction: {action}\nStatus: {status}\n"));

        Assert.Equal(kind, report.Kind);
        var code = status.Length > 0 && char.IsDigit(status[0]) ? status[^5..] : action.Length > 0 && char.IsDigit(action[0]) ? action : "";
        if (kind != BounceKind.Unrecognized)
            Assert.Equal(code, report.Recipients[0].Status.ToString());
    }

    [Theory]
    [InlineData("", "smtp; 550 5.1.1 gone", "5.1.1")]
    [InlineData("5.0.0", "smtp; 550 5.1.1 gone", "5.1.1")]
    [InlineData("5.0.0", "smtp; 450 4.2.2 full", "5.0.0")]
    [InlineData("5.2.1", "smtp; 550 5.1.1 gone", "5.2.1")]
    [InlineData("", "smtp;550-5.7.26 no, 550 5.1.1", "5.7.26")]
    [InlineData("", "X-Postfix; unknown user: \"joe\"", "")]
    public void Read_VagueOrMissingStatus_GivesWayToTheDiagnosticCode(string status, string diagnostic, string expected)
    {
        var report = Reports.Read(Reports.Notification($"Final-Recipient: rfc822; joe@example.net\nAction: failed\nStatus: {status}\nDiagnostic-Code: {diagnostic}\n"));

        Assert.Equal(expected, report.Recipients[0].Status.ToString());
    }

    [Theory]
    // Without empty lines; with an empty line after each field; with the recipient last; without Final-Recipient; each order of the addresses.
    [InlineData("Reporting-MTA: dns; a|Final-Recipient: rfc822; 1@x.example|Action: failed|Status: 5.1.1|Final-Recipient: rfc822; 2@x.example|Action: delayed|Status: 4.1.1")]
    [InlineData("Final-Recipient: rfc822; 1@x.example||Action: failed||Status: 5.1.1||Final-Recipient: rfc822; 2@x.example||Action: delayed||Status: 4.1.1")]
    [InlineData("Action: failed|Status: 5.1.1|Final-Recipient: rfc822; 1@x.example||Final-Recipient: rfc822; 2@x.example|Status: 4.1.1|Action: delayed")]
    [InlineData("Reporting-MTA: dns; a|Status: 5.1.1||Final-Recipient: rfc822; 1@x.example|Action: failed||Final-Recipient: rfc822; 2@x.example|Action: delayed|Status: 4.1.1")]
    [InlineData("Original-Recipient: rfc822; 1@x.example|Action: failed|Status: 5.1.1||Original-Recipient: rfc822; 2@x.example|Action: delayed|Status: 4.1.1")]
    [InlineData("Original-Recipient: rfc822; 1@x.example|Action: failed|Status: 5.1.1||Final-Recipient: rfc822; 2@x.example|Action: delayed|Status: 4.1.1")]
    [InlineData("Final-Recipient: rfc822; 1@x.example|Action: failed|Status: 5.1.1||Original-Recipient: rfc822; 2@x.example|Action: delayed|Status: 4.1.1")]
    [InlineData("Final-Recipient: rfc822; 1@x.example|Action: failed|Status: 5.1.1|Original-Recipient: rfc822; 2@x.example|Final-Recipient: rfc822; 2@x.example|Action: delayed|Status: 4.1.1")]
    [InlineData("Final-Recipient: rfc822; 1@x.example|Original-Recipient: rfc822; 1@x.example|Action: failed|Status: 5.1.1|Final-Recipient: rfc822; 2@x.example|Original-Recipient: rfc822; 2@x.example|Action: delayed|Status: 4.1.1")]
    [InlineData("Original-Recipient: rfc822; 1@x.example|Final-Recipient: rfc822; 1@x.example|Action: failed|Status: 5.1.1|Original-Recipient: rfc822; 2@x.example|Final-Recipient: rfc822; 2@x.example|Action: delayed|Status: 4.1.1")]
    [InlineData("Final-Recipient: rfc822; 1@x.example|Final-Recipient: rfc822; 1@x.example|Action: failed|Action: delayed|Status: 5.1.1|Status: 4.0.0||FINAL-RECIPIENT : 2@x.example|Action: delayed|Status: 4.1.1")]
    [InlineData("this is no field|Final-Recipient: rfc822; 1@x.example|Action:|  failed|Status:|\t5.1.1| |Final-Recipient: rfc822;|  2@x.example|Action: delayed|Status: 4.1.1")]
    public void Read_GroupsInAnyOrder_AreTwoRecipients(string fields)
    {
        foreach (var lineEnd in (string[])["\r\n", "\n"])
        {
            var message = Reports.Notification("%").ReplaceLineEndings(lineEnd).Replace("%", fields.Replace("|", lineEnd) + lineEnd);
            var report = BounceReader.Read(Encoding.UTF8.GetBytes(message), new BounceOptions());

            Assert.Equal(BounceKind.Failure, report.Kind);
            Assert.Equal(
                ["1@x.example Failed 5.1.1", "2@x.example Delayed 4.1.1"],
                report.Recipients.Select(each => $"{(each.FinalRecipient ?? each.OriginalRecipient)!.Address} {each.Action} {each.Status}"));
            Assert.All(report.Recipients.Where(each => each.FinalRecipient is not null), each => Assert.Equal(each.FinalRecipient, each.OriginalRecipient ?? each.FinalRecipient));
        }
    }

    [Theory]
    // A group whose recipient is missing, empty or gigantic must not give its result to the next.
    [InlineData("Action: failed|Status: 5.1.1||Final-Recipient: rfc822; joe@x.example|Action: delayed|Status: 4.1.1")]
    [InlineData("Action: failed|Status: 5.1.1||Original-Recipient: rfc822; joe@x.example|Action: delayed|Status: 4.1.1")]
    [InlineData("Diagnostic-Code: smtp; 550 4.9.9 no||Final-Recipient: rfc822; joe@x.example|Action: delayed|Status: 4.0.0|Diagnostic-Code: smtp; 450 4.1.1")]
    [InlineData("Action: failed|Status: 5.1.1||Final-Recipient: rfc822; joe@x.example|Action: delayed|Diagnostic-Code: smtp; 450 4.1.1 busy")]
    [InlineData("Final-Recipient: rfc822;|Action: failed|Status: 5.1.1||Final-Recipient: rfc822; joe@x.example|Action: delayed|Status: 4.1.1")]
    [InlineData("Final-Recipient: rfc822; %|Action: failed|Status: 5.1.1|Final-Recipient: rfc822; joe@x.example|Action: delayed|Status: 4.1.1")]
    [InlineData("Original-Recipient: rfc822; %|Action: failed|Status: 5.1.1||Original-Recipient: rfc822; joe@x.example|Action: delayed|Status: 4.1.1")]
    [InlineData("Original-Recipient: rfc822; %|Action: failed|Status: 5.1.1||Final-Recipient: rfc822; joe@x.example|Action: delayed|Status: 4.1.1")]
    public void Read_RecipientBehindOneThatCannotBeRead_KeepsItsOwnResult(string fields)
    {
        var report = Reports.Read(Reports.Notification(fields.Replace("%", new string('a', 2_000) + "@x.example").Replace("|", "\n") + "\n"));

        var last = report.Recipients[^1];
        Assert.Equal("joe@x.example", (last.FinalRecipient ?? last.OriginalRecipient)!.Address);
        Assert.Equal((DeliveryAction.Delayed, "4.1.1"), (last.Action, last.Status.ToString()));
    }

    [Theory]
    [InlineData("message/delivery-status", "7bit")]
    [InlineData("MESSAGE/Delivery-Status; charset=us-ascii", "8bit")]
    [InlineData("message/global-delivery-status", "8bit")]
    [InlineData("message/delivery-status", "base64")]
    [InlineData("message/delivery-status", "Quoted-Printable")]
    [InlineData("text/plain; name=details.txt", "7bit")]
    [InlineData("application/octet-stream", "base64")]
    [InlineData("", "quoted-printable")]
    public void Read_AnyTypeAndEncoding_FindsTheFields(string type, string encoding)
    {
        const string Fields = "Reporting-MTA: dns; mx.example.net\r\n\r\nFinal-Recipient: rfc822; joe=@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n";
        var encoded = encoding.ToLowerInvariant() switch
        {
            "base64" => Convert.ToBase64String(Encoding.ASCII.GetBytes(Fields), Base64FormattingOptions.InsertLineBreaks),
            "quoted-printable" => Fields.Replace("=", "=3D").Replace("Recipient", "Recip=\r\nient").Replace("failed", "=66ail=65d"),
            _ => Fields,
        };

        var report = Reports.Read(Reports.Notification(encoded, type, encoding));

        Assert.Equal((BounceKind.Failure, BounceForm.DeliveryStatus, "mx.example.net"), (report.Kind, report.Form, report.ReportingMta));
        Assert.Equal(("joe=@example.net", "5.1.1"), (report.Recipients.Single().FinalRecipient!.Address, report.Recipients[0].Status.ToString()));
        Assert.Equal("m1@example.com", report.Original!.MessageId);
    }

    [Fact]
    public void Read_DeclaredBase64ThatIsNone_IsTakenAsItStands()
    {
        var report = Reports.Read(Reports.Notification(Failed, encoding: "base64"));

        Assert.Equal("5.1.1", report.Recipients.Single().Status.ToString());
    }

    [Theory]
    [InlineData("multipart/report; report-type=delivery-status; boundary=wrong")]
    [InlineData("multipart/report; report-type=delivery-status")]
    [InlineData("multipart/report; boundary=b=1")]
    [InlineData("multipart/mixed; boundary=\"b1\"")]
    [InlineData("text/plain")]
    public void Read_WrongTypeOfTheMessage_FindsTheParts(string type)
    {
        var message = Reports.Notification(Failed)
            .ReplaceLineEndings("\n").Replace("multipart/report; report-type=delivery-status;\n    boundary=\"b1\"", type).Replace("This is a MIME message.\n\n", "");
        Assert.Contains(type, message);

        var report = Reports.Read(message);

        Assert.Equal((BounceKind.Failure, "m1@example.com"), (report.Kind, report.Original!.MessageId));
        Assert.Equal("joe@example.net", report.Recipients.Single().FinalRecipient!.Address);
    }

    [Fact]
    public void Read_PartWithoutEmptyLineBehindItsHeader_FindsTheFields()
    {
        var message = Reports.Notification("%").ReplaceLineEndings("\n").Replace("7bit\n\n%", "7bit\nReporting-MTA: dns; a\n" + Failed);

        Assert.Equal("joe@example.net", Reports.Read(message).Recipients.Single().FinalRecipient!.Address);
    }

    [Fact]
    public void Read_FieldsInABodyWithoutParts_FindsThemAndTheOriginal()
    {
        var report = Reports.Read(
            """
            Return-Path: <>
            Subject: Undelivered

            Dear sender, see below.

            Reporting-MTA: dns; mx.example.net
            Final-Recipient: rfc822; joe@example.net
            Action: failed
            Status: 5.1.1

            Received: from a by b
            Message-ID: <m1@example.com>
            Original-Recipient: rfc822; not@me.example
            From: jane@example.com
            """);

        Assert.Equal((BounceKind.Failure, "m1@example.com", "jane@example.com"), (report.Kind, report.Original!.MessageId, report.Original.Find("From")));
        Assert.Equal(("joe@example.net", null), (report.Recipients.Single().FinalRecipient!.Address, report.Recipients[0].OriginalRecipient));
    }

    [Fact]
    public void Read_HumanWhoQuotesFields_IsNoBounce()
    {
        var report = Reports.Read("From: joe@example.net\nSubject: why?\n\nI got this:\n\n" + Failed);

        Assert.Equal(BounceKind.Other, report.Kind);
        Assert.Null(report.Original);
    }

    [Fact]
    public void Read_MoreRecipientsThanAllowed_KeepsTheFirst()
    {
        var fields = string.Concat(Enumerable.Range(0, 1_005).Select(i => $"Final-Recipient: rfc822; {i}@x.example\nAction: failed\n\n"));

        var all = Reports.Read(Reports.Notification(fields), new BounceOptions { MaxRecipients = 1_005 });
        var bounded = Reports.Read(Reports.Notification(fields));

        Assert.Equal((1_005, false), (all.Recipients.Length, all.IsTruncated));
        Assert.Equal((1_000, true), (bounded.Recipients.Length, bounded.IsTruncated));
        Assert.Equal("999@x.example", bounded.Recipients[^1].FinalRecipient!.Address);
    }

    [Fact]
    public void Read_ReturnedNotification_IsNotReadAsThisOne()
    {
        // The original was a notification itself: what it says about joe is not what this one says.
        var inner = Reports.Notification("Final-Recipient: rfc822; joe@example.net\nAction: failed\n").Replace("b1", "b2");
        var report = Reports.Read(
            $"From: MAILER-DAEMON@a.example\nContent-Type: multipart/report; boundary=b1\n\n--b1\nContent-Type: message/rfc822\n\n{inner}\n--b1--\n");

        Assert.Equal(BounceKind.Unrecognized, report.Kind);
        Assert.Empty(report.Recipients);
    }

    private static (string, string, int, string) Parts(DiagnosticCode code) => (code.Type, code.Text, code.ReplyCode, code.Enhanced.ToString());
}
