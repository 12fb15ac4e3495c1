namespace OutreachRelay.Protocols.Tests.Dsn;

/// <summary>Bounces without fields, in the layout of the MTAs that write them.</summary>
internal static class TextBounceSamples
{
    public const string Qmail =
        """
        Return-Path: <>
        From: MAILER-DAEMON@mail.example.net
        Subject: failure notice

        Hi. This is the qmail-send program at mail.example.net.
        I'm afraid I wasn't able to deliver your message to the following addresses.
        This is a permanent error; I've given up. Sorry it didn't work out.

        <joe@example.org>:
        <joe@example.org> was told by the host:
        Remote host said: 550 5.1.1 <joe@example.org>: Recipient address rejected
        Giving up on 192.0.2.25.

        <ann@example.net>:
        Sorry, no mailbox here by that name. (#5.1.1)

        <ned@example.net>:
        Sorry, I couldn't find any host by that name.

        --- Below this line is a copy of the message.

        Return-Path: <jane@example.com>
        Message-ID: <q1@example.com>
        From: jane@example.com
        Subject: Hello

        <not.a.recipient@example.org>:
        550 5.1.1 this is the original's text
        """;

    public const string Exim =
        """
        From: Mail Delivery System <Mailer-Daemon@mx.example.net>
        Auto-Submitted: auto-replied
        X-Failed-Recipients: joe@example.org,
          ann@example.net
        Subject: Mail delivery failed: returning message to sender

        This message was created automatically by mail delivery software.

        A message that you sent could not be delivered to one or more of its
        recipients. This is a permanent error. The following address(es) failed:

          joe@example.org
            host mx.example.org [192.0.2.7]
            SMTP error from remote mail server after RCPT TO:<joe@example.org>:
            550-5.1.1 joe@example.org
            550 5.1.1 is not known here
          ann@example.net (ultimately generated from team@example.net)
            Unrouteable address

        ------ This is a copy of the message, including all the headers. ------

        Return-path: <jane@example.com>
        Message-Id: <x1@example.com>
        From: jane@example.com

          someone@example.org
        """;

    public const string EximDelay =
        """
        From: Mail Delivery System <Mailer-Daemon@mx.example.net>
        Auto-Submitted: auto-replied
        Subject: Warning: message 1aBcDe delayed 24 hours

        This message was created automatically by mail delivery software.
        A message that you sent has not yet been delivered to one or more of its
        recipients after more than 24 hours on the queue on mx.example.net.

        The message identifier is:     1aBcDe

        The address to which the message has not yet been delivered is:

          joe@example.org
            Delay reason: connection timed out

        No action is required on your part. Delivery attempts will continue for
        some time.
        """;

    public const string Postfix =
        """
        From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
        Subject: Undelivered Mail Returned to Sender
        Auto-Submitted: auto-replied

        This is the mail system at host mx.example.net.

        I'm sorry to have to inform you that your message could not
        be delivered to one or more recipients. It's attached below.

                           The mail system

        <joe@example.org>: host mail.example.org[192.0.2.7] said: 550 5.7.1
            <joe@example.org>: Client host rejected (in reply to RCPT TO command)

        <ann@example.net> (expanded from <team@example.net>): mail for example.net
            loops back to myself

        Message-ID: <p1@example.com>
        From: jane@example.com
        """;

    public const string PostfixDelay =
        """
        From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
        Subject: Delayed Mail (still being retried)

        This is the mail system at host mx.example.net.

        ####################################################################
        # THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #
        ####################################################################

        Your message could not be delivered for more than 4 hour(s).

        <joe@example.org>: connect to mail.example.org[192.0.2.7]:25: Connection
            timed out
        """;

    public const string Exchange2003 =
        """
        Return-Path: <>
        From: System Administrator <postmaster@example.net>
        Subject: Undeliverable: Hello

        Your message did not reach some or all of the intended recipients.

              Subject:  Hello
              Sent:     3/22/2026 5:47 PM

        The following recipient(s) could not be reached:

              joe@example.org on 3/22/2026 5:47 PM
                    The e-mail account does not exist at the organization this message was sent to.
                    <mx.example.net #5.1.1 smtp;550 5.1.1 User unknown>

              ann@example.net on 3/22/2026 5:47 PM
                    There was a problem with the recipient's system.
                    <mx.example.net #4.4.7>
        """;

    public const string Exchange =
        """
        From: Microsoft Outlook <postmaster@example.net>
        Auto-Submitted: auto-replied
        Subject: Undeliverable: Hello

        Delivery has failed to these recipients or groups:

        joe@example.org

        The address couldn't be found.

        Diagnostic information for administrators:

        Generating server: mx.example.net

        joe@example.org
        #550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup ##

        ann@example.net
        Remote Server at example.net (192.0.2.9) returned '554 5.2.2 mailbox full'

        Original message headers:

        Received: from a by b; Sat, 21 Nov 2026 10:00:00 +0000
        From: jane@example.com
        Message-ID: <e1@example.com>
        """;
}
