using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Outcome.Unsubscribe;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Outcome.Bounces;

public sealed class ReturnedMailTests
{
    internal const string Dsn = """
        From: MAILER-DAEMON@mx.y.example
        To: {to}
        Subject: Undelivered Mail Returned to Sender
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="b"

        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.y.example

        Final-Recipient: rfc822; {recipient}
        Action: {action}
        Status: {status}
        Diagnostic-Code: smtp; {reply}

        --b
        Content-Type: message/rfc822

        Return-Path: <{path}>
        Message-ID: <original@crm.example>
        Subject: hello

        --b--

        """;

    private const string Complaint = """
        From: complaints@y.example
        To: feedback@bounce.x.example
        Subject: complaint
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=feedback-report; boundary="b"

        --b
        Content-Type: message/feedback-report

        Feedback-Type: abuse
        User-Agent: y/1.0
        Version: 1

        --b
        Content-Type: message/rfc822

        Return-Path: <{path}>
        Message-ID: <original@crm.example>
        Subject: hello

        --b--

        """;

    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly RelayModel Model = Models.Relay(Models.Sender("a@x.example"));

    internal static TokenKeys Keys => Deliver.Rendering.Samples.Keys;

    [Fact]
    public void Read_AtAReturnPath_IsAboutItsEntry()
    {
        var heard = Assert.Single(Read(Bounce(), "token1"));

        Assert.Equal((OutcomeKind.BouncedHard, "token1", "to@y.example", 550, "5.1.1"), (heard.Kind, heard.Correlation, heard.Recipient, heard.Code, heard.Status));
        Assert.Null(heard.Upstream);
        Assert.Contains("User unknown", heard.Reason);
    }

    [Fact]
    public void F3_Read_SameMailWithAnotherTraceField_HasTheSameKey() =>
        Assert.Equal(Read(Bounce(), "token1")[0].DedupKey, Read("Received: from elsewhere\n" + Bounce(), "token1")[0].DedupKey);

    [Fact]
    public void F27_Read_ComplaintThatQuotesOurReturnPath_IsAboutItsEntry()
    {
        var heard = Assert.Single(Read(Complaint.Replace("{path}", ReturnPath.Make("token1", "bounce.x.example", Keys)), null));

        Assert.Equal((OutcomeKind.Complained, "token1"), (heard.Kind, heard.Correlation));
    }

    [Theory]
    [InlineData("<https://relay.example.com/u/{link}>")]
    [InlineData("<https://relay.example.com/u/other>,\n <https://relay.example.com/mail/u/{link}>, <mailto:u@bounce.x.example>")]
    public void F27_Read_ComplaintWithoutPathAndRecipient_IsAboutTheEntryOfItsLink(string links)
    {
        var token = new UnsubscribeToken(SuppressionParts.Hash("to@y.example"), 1, 0, 77);

        var heard = Assert.Single(Read(Complain($"List-Unsubscribe: {links.Replace("{link}", token.Encode(Keys))}"), null));

        Assert.Equal((OutcomeKind.Complained, 77, null, null), (heard.Kind, heard.EntryId, heard.Correlation, heard.Recipient));
    }

    [Fact]
    public void F27_Read_ComplaintWithOurIdAlone_IsAboutItsEntry() =>
        Assert.Equal("0123456789abcdef01234567", Assert.Single(Read(Complain("X-Outreach-Id: 0123456789abcdef01234567"), null)).Correlation);

    [Fact]
    public void F26_Read_ComplaintWithALinkThatWeDidNotSign_NamesNoEntry()
    {
        var token = new UnsubscribeToken(SuppressionParts.Hash("to@y.example"), 1, 0, 77).Encode(Models.Keys("somebody else's key"));

        Assert.Equal(0, Assert.Single(Read(Complain($"List-Unsubscribe: <https://relay.example.com/u/{token}>"), null)).EntryId);
    }

    [Theory]
    [InlineData("b-token1-00000000000000000000000000000000@bounce.x.example")]
    [InlineData("someone@x.example")]
    public void F26_Read_ReturnPathThatWeDidNotMake_NamesNoEntry(string path)
    {
        var heard = Assert.Single(Read(Complaint.Replace("{path}", path), null));

        Assert.Equal((null, "original@crm.example", null), (heard.Correlation, heard.MessageId, heard.Recipient));
    }

    [Theory]
    [InlineData("delayed", "4.4.1", "450 4.4.1 timed out", OutcomeKind.Deferred)]
    [InlineData("failed", "5.2.2", "552 5.2.2 mailbox full", OutcomeKind.BouncedSoft)]
    [InlineData("failed", "5.7.1", "554 5.7.1 blocked using zen.spamhaus.org", OutcomeKind.Blocked)]
    [InlineData("delivered", "2.0.0", "250 2.0.0 ok", OutcomeKind.Delivered)]
    public void F25_Read_OtherReports_SuppressNobody(string action, string status, string reply, OutcomeKind kind) =>
        Assert.Equal(kind, Assert.Single(Read(Bounce(action: action, status: status, reply: reply), "token1")).Kind);

    [Theory]
    [InlineData("Auto-Submitted: auto-replied\nIn-Reply-To: <original@crm.example>\nFrom: to@y.example\nSubject: Out of office: user unknown\n\n550 5.1.1 I do not work here any more\n")]
    [InlineData("From: to@y.example\nSubject: Re: hello\n\n550 5.1.1 user unknown, ha ha\n")]
    [InlineData("")]
    public void F25_Read_AutomaticReplyOrOtherMail_TellsNothing(string mail) => Assert.Empty(Read(mail, "token1"));

    // As Microsoft sends them: who complained, and where bounces go, is taken out.
    internal static string Complain(string field) => Complaint.Replace("Return-Path: <{path}>", field);

    internal static string Bounce(
        string recipient = "to@y.example", string action = "failed", string status = "5.1.1", string reply = "550 5.1.1 <to@y.example>: User unknown", string to = "x@x.example") =>
        Dsn.Replace("{recipient}", recipient).Replace("{action}", action).Replace("{status}", status).Replace("{reply}", reply).Replace("{to}", to).Replace("{path}", to);

    private static System.Collections.Immutable.ImmutableArray<OutcomeEvent> Read(string mail, string? token) =>
        ReturnedMail.Read(Encoding.UTF8.GetBytes(mail.ReplaceLineEndings("\r\n")), token, Model, Keys, Now, out _);
}
