using System.Text;
using OutreachRelay.Protocols.Dsn;

namespace OutreachRelay.Protocols.Tests.Dsn;

/// <summary>Reports written out in the tests, and read as they would arrive.</summary>
internal static class Reports
{
    public static BounceReport Read(string message, BounceOptions? options = null, bool hasNullReversePath = false) =>
        BounceReader.Read(Octets(message), options ?? new BounceOptions(), hasNullReversePath);

    /// <summary>The message with CRLF line ends.</summary>
    public static byte[] Octets(string message) => Encoding.UTF8.GetBytes(message.ReplaceLineEndings("\r\n"));

    /// <summary>A notification as RFC 3464 wants it, around the given fields.</summary>
    public static string Notification(string fields, string type = "message/delivery-status", string encoding = "7bit") =>
        $"""
        Return-Path: <>
        From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
        Subject: Undelivered
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status;
            boundary="b1"

        This is a MIME message.

        --b1
        Content-Type: text/plain

        It did not work out.

        --b1
        Content-Type: {type}
        Content-Transfer-Encoding: {encoding}

        {fields}
        --b1
        Content-Type: message/rfc822

        {Original}
        --b1--
        """;

    public const string Original =
        """
        Return-Path: <jane@example.com>
        Received: from a by b; Sat, 21 Nov 2026 10:00:00 +0000
        Message-ID: <m1@example.com>
        X-Outreach-Id: 0123
        From: Jane <jane@example.com>
        To: joe@example.net
        Subject: =?utf-8?q?Hello?=
         again

        Dear Joe
        """;

    /// <summary>One of each form, for tests that change them.</summary>
    public static IReadOnlyList<string> Samples { get; } =
    [
        Notification(
            """
            Reporting-MTA: dns; mx.example.net
            Original-Envelope-Id: E1
            Arrival-Date: Sat, 21 Nov 2026 10:00:01 +0000

            Original-Recipient: rfc822;joe@example.net
            Final-Recipient: rfc822;joe.doe@example.org
            Action: failed
            Status: 5.1.1
            Remote-MTA: dns; mail.example.org
            Diagnostic-Code: smtp; 550 5.1.1 no such user

            Final-Recipient: utf-8;j\x{FC}rgen@example.org
            Action: delayed
            Status: 4.4.1
            """),
        Notification(Convert.ToBase64String(Octets("Final-Recipient: rfc822; joe@example.net\nAction: failed\nStatus: 5.2.2\n")), encoding: "base64"),
        TextBounceSamples.Qmail, TextBounceSamples.Exim, TextBounceSamples.Postfix, TextBounceSamples.Exchange2003, TextBounceSamples.Exchange,
        "From: a@example.com\nAuto-Submitted: auto-replied\nIn-Reply-To: <m1@example.com>\nX-Failed-Recipients: a@b.example, c@d.example\n\nI am away.\n",
        """
        From: fbl@example.net
        Content-Type: multipart/report; report-type=feedback-report; boundary=f

        --f
        Content-Type: message/feedback-report
        Content-Transfer-Encoding: quoted-printable

        Feedback-Type: abuse
        User-Agent: =41/1
        Version: 1
        Source-IP: 192.0.2.1
        Original-Rcpt-To: <joe@example.net>

        --f
        Content-Type: text/rfc822-headers

        Message-ID: <m1@example.com>
        --f--
        """,
    ];
}
