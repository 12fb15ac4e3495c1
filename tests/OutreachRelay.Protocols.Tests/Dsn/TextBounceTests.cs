using OutreachRelay.Protocols.Dsn;

namespace OutreachRelay.Protocols.Tests.Dsn;

public class TextBounceTests
{
    public static TheoryData<string, string, BounceKind, string?, string[]> Samples => new()
    {
        { TextBounceSamples.Qmail, "qmail", BounceKind.Failure, "q1@example.com", ["joe@example.org 550 5.1.1", "ann@example.net 0 5.1.1", "ned@example.net 0 "] },
        { TextBounceSamples.Exim, "exim", BounceKind.Failure, "x1@example.com", ["joe@example.org 550 5.1.1", "ann@example.net 0 "] },
        { TextBounceSamples.EximDelay, "exim", BounceKind.Delay, null, ["joe@example.org 0 "] },
        { TextBounceSamples.Postfix, "postfix", BounceKind.Failure, "p1@example.com", ["joe@example.org 550 5.7.1", "ann@example.net 0 "] },
        { TextBounceSamples.PostfixDelay, "postfix", BounceKind.Delay, null, ["joe@example.org 0 "] },
        { TextBounceSamples.Exchange2003, "exchange", BounceKind.Failure, null, ["joe@example.org 550 5.1.1", "ann@example.net 0 4.4.7"] },
        { TextBounceSamples.Exchange, "exchange", BounceKind.Failure, "e1@example.com", ["joe@example.org 550 5.1.10", "ann@example.net 554 5.2.2"] },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public void Read_TextOfAKnownMta_GivesRecipientsAndCodes(string message, string form, BounceKind kind, string? messageId, string[] recipients)
    {
        var report = Reports.Read(message);

        Assert.Equal((kind, BounceForm.Text, form, messageId), (report.Kind, report.Form, report.TextForm, report.Original?.MessageId));
        Assert.Equal(recipients, report.Recipients.Select(each => $"{each.FinalRecipient!.Address} {each.Diagnostic?.ReplyCode ?? 0} {each.Status}"));
        Assert.All(report.Recipients, each => Assert.Equal(kind == BounceKind.Delay ? DeliveryAction.Delayed : DeliveryAction.Failed, each.Action));
    }

    [Theory]
    [InlineData(TextBounceSamples.Qmail, BounceKind.Failure)]
    [InlineData(TextBounceSamples.Exim, BounceKind.Failure)]
    [InlineData(TextBounceSamples.EximDelay, BounceKind.Delay)]
    [InlineData(TextBounceSamples.Postfix, BounceKind.Failure)]
    [InlineData(TextBounceSamples.PostfixDelay, BounceKind.Delay)]
    [InlineData(TextBounceSamples.Exchange2003, BounceKind.Failure)]
    [InlineData(TextBounceSamples.Exchange, BounceKind.Failure)]
    public void Read_TheSameFromAHuman_IsNoBounce(string message, BounceKind kind)
    {
        var body = message.ReplaceLineEndings("\n");
        body = body[body.IndexOf("\n\n", StringComparison.Ordinal)..];

        Assert.Equal(BounceKind.Other, Reports.Read("From: joe@example.org\nSubject: what is this?" + body).Kind);
        Assert.Equal(kind, Reports.Read("From: joe@example.org" + body, hasNullReversePath: true).Kind);
    }

    [Fact]
    public void Read_TextInsideParts_ReadsItAndTheReturnedMessage()
    {
        var body = TextBounceSamples.Postfix.ReplaceLineEndings("\n");
        body = body[(body.IndexOf("\n\n", StringComparison.Ordinal) + 2)..];

        var report = Reports.Read(Reports.Notification("X: y").ReplaceLineEndings("\n").Replace("It did not work out.\n", body));

        Assert.Equal(("postfix", 2, "m1@example.com"), (report.TextForm, report.Recipients.Length, report.Original!.MessageId));
    }

    [Fact]
    public void Read_EximsFieldWithoutItsText_NamesTheRecipients()
    {
        var report = Reports.Read(
            """
            From: Mail Delivery <mailer-daemon@mx.example.net>
            Auto-Submitted: auto-replied
            X-Failed-Recipients: joe@example.org,
             ann@example.net

            Leider war die Zustellung nicht möglich. Ihre Nachricht:

            > From: jane@example.com
            > Message-ID: <x2@example.com>
            """);

        Assert.Equal((BounceKind.Failure, BounceForm.None, "x2@example.com"), (report.Kind, report.Form, report.Original!.MessageId));
        Assert.Equal(["joe@example.org", "ann@example.net"], report.Recipients.Select(each => each.FinalRecipient!.Address));
    }

    [Fact]
    public void Read_UnknownTextOfAMailSystem_IsUnrecognizedAndNamesTheOriginal()
    {
        var report = Reports.Read("Return-Path: <>\nFrom: robot@example.net\n\nNo luck with joe@example.org: 550 5.1.1\n\nMessage-ID: <u1@example.com>\n");

        Assert.Equal((BounceKind.Unrecognized, 0, "u1@example.com"), (report.Kind, report.Recipients.Length, report.Original!.MessageId));
    }

    [Theory]
    [InlineData("host a[192.0.2.5] said: 550 5.1.1 no", 550, "5.1.1")]
    [InlineData("gave 5.2.2, then\n452 4.2.2 full", 452, "4.2.2")]
    [InlineData("status 5.2.2, reply: 552 full", 552, "5.2.2")]
    [InlineData("after 550 seconds, room 450, v5.1.1, 10.5.1.1 and 5.1.1.1", 0, "")]
    [InlineData("no codes 1234 99.5.1.1 2.1.5", 0, "")]
    [InlineData("(#4.4.1)", 0, "4.4.1")]
    public void Find_Reason_GivesCodesWhereTheyStandAsCodes(string reason, int reply, string enhanced)
    {
        var found = StatusCodes.Find(reason);

        Assert.Equal((reply, enhanced), (found.Reply, found.Enhanced.ToString()));
    }
}
