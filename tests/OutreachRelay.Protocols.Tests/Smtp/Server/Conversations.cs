namespace OutreachRelay.Protocols.Tests.Smtp.Server;

/// <summary>The conversations of <see cref="ConversationTests"/>: the limit is 100 octets, 3 errors, and recipients "suppressed" and "close" are special.</summary>
internal static class Conversations
{
    public static readonly IReadOnlyDictionary<string, string> ByName = new Dictionary<string, string>
    {
        ["a message after EHLO"] = """
            S: 220 mx.example ESMTP
            C: EHLO client.example
            S: 250-mx.example
            S: 250-PIPELINING
            S: 250-SIZE 100
            S: 250-8BITMIME
            S: 250-SMTPUTF8
            S: 250-CHUNKING
            S: 250-AUTH PLAIN LOGIN
            S: 250-LIMITS RCPTMAX=100
            S: 250 ENHANCEDSTATUSCODES
            C: MAIL FROM:<a@client.example> SIZE=20 BODY=8BITMIME
            S: 250 2.1.0 Sender OK
            C: RCPT TO:<b@example.org>
            S: 250 2.1.5 Recipient OK
            C: DATA
            S: 354 End with <CRLF>.<CRLF>
            C: Subject: hello
            C:
            C: ..a line with a dot
            C: .
            S: 250 2.0.0 queued
            C: QUIT
            S: 221 2.0.0 Bye
            """,
        ["R21 HELO has no extensions"] = """
            S: 220 mx.example ESMTP
            C: helo client.example
            S: 250 mx.example
            C: AUTH PLAIN AHVzZXIAcGFzcw==
            S: 503 5.5.1 Send EHLO first
            C: MAIL FROM:<a@client.example> SIZE=20
            S: 555 5.5.4 Parameter not recognised or its value not implemented
            C: MAIL FROM:<a@client.example>
            S: 250 2.1.0 Sender OK
            C: QUIT
            S: 221 2.0.0 Bye
            """,
        ["R12 R25 R53 QUIT, RSET and MAIL inside content, and one refused recipient"] = """
            S: 220 mx.example ESMTP
            C: HELO client.example
            S: 250 mx.example
            C: MAIL FROM:<a@client.example>
            C: RCPT TO:<b@example.org>
            C: RCPT TO:<suppressed@example.org>
            C: RCPT TO:<c@example.org>
            C: DATA
            S: 250 2.1.0 Sender OK
            S: 250 2.1.5 Recipient OK
            S: 550 5.7.1 Recipient is suppressed
            S: 250 2.1.5 Recipient OK
            S: 354 End with <CRLF>.<CRLF>
            C: QUIT
            C: RSET
            C: MAIL FROM:<evil@client.example>
            C: .
            S: 250 2.0.0 queued
            C: RSET
            S: 250 2.0.0 OK
            C: QUIT
            S: 221 2.0.0 Bye
            """,
        ["R25 all recipients refused"] = """
            S: 220 mx.example ESMTP
            C: HELO client.example
            S: 250 mx.example
            C: MAIL FROM:<a@client.example>
            C: RCPT TO:<suppressed@example.org>
            C: RCPT TO:<suppressed@example.com>
            C: DATA
            S: 250 2.1.0 Sender OK
            S: 550 5.7.1 Recipient is suppressed
            S: 550 5.7.1 Recipient is suppressed
            S: 554 5.5.1 No recipient was accepted
            C: RSET
            S: 250 2.0.0 OK
            C: QUIT
            S: 221 2.0.0 Bye
            """,
        ["R53 commands out of order"] = """
            S: 220 mx.example ESMTP
            C: MAIL FROM:<a@client.example>
            S: 503 5.5.1 Send EHLO first
            C: RSET
            S: 250 2.0.0 OK
            C: HELO client.example
            S: 250 mx.example
            C: RCPT TO:<b@example.org>
            S: 503 5.5.1 Send MAIL first
            C: DATA
            S: 503 5.5.1 Send MAIL first
            C: MAIL FROM:<a@client.example>
            S: 250 2.1.0 Sender OK
            C: MAIL FROM:<a@client.example>
            S: 503 5.5.1 Not inside a mail transaction
            C: DATA
            S: 503 5.5.1 Send RCPT first
            C: RCPT TO:<b@example.org>
            S: 250 2.1.5 Recipient OK
            C: RSET
            S: 250 2.0.0 OK
            C: DATA
            S: 503 5.5.1 Send MAIL first
            C: QUIT
            S: 221 2.0.0 Bye
            """,
        ["R53 other commands"] = """
            S: 220 mx.example ESMTP
            C: VRFY somebody
            S: 252 2.1.5 Cannot verify; send the message to find out
            C: EXPN list
            S: 502 5.5.1 Command not implemented
            C: STARTTLS
            S: 502 5.5.1 Command not implemented
            C: HELP
            S: 214 2.0.0 See RFC 5321
            C: NOOP whatever
            S: 250 2.0.0 OK
            C: XYZZY
            S: 500 5.5.1 Command not recognised
            C:
            S: 500 5.5.1 Command not recognised
            C: QUIT now
            S: 501 5.5.4 The command takes no arguments
            C: QUIT
            S: 221 2.0.0 Bye
            """,
        ["R16 the null reverse-path refused, and what was pipelined behind it"] = """
            S: 220 mx.example ESMTP
            C: HELO client.example
            S: 250 mx.example
            C: MAIL FROM:<>
            C: RCPT TO:<b@example.org>
            C: RCPT TO:<c@example.org>
            C: RCPT TO:<d@example.org>
            C: RCPT TO:<e@example.org>
            C: DATA
            S: 550 5.7.1 No notifications, please
            S: 503 5.5.1 Send MAIL first
            S: 503 5.5.1 Send MAIL first
            S: 503 5.5.1 Send MAIL first
            S: 503 5.5.1 Send MAIL first
            S: 503 5.5.1 Send MAIL first
            C: QUIT
            S: 221 2.0.0 Bye
            """,
        ["R38 R39 logging in, the second time right"] = """
            S: 220 mx.example ESMTP
            C: EHLO client.example
            S: 250-mx.example
            S: 250-PIPELINING
            S: 250-SIZE 100
            S: 250-8BITMIME
            S: 250-SMTPUTF8
            S: 250-CHUNKING
            S: 250-AUTH PLAIN LOGIN
            S: 250-LIMITS RCPTMAX=100
            S: 250 ENHANCEDSTATUSCODES
            C: AUTH PLAIN AHVzZXIAd3Jvbmc=
            S: 535 5.7.8 Bad credentials
            C: AUTH LOGIN
            S: 334 VXNlcm5hbWU6
            C: dXNlcg==
            S: 334 UGFzc3dvcmQ6
            C: cGFzcw==
            S: 235 2.7.0 Welcome
            C: AUTH LOGIN
            S: 503 5.5.1 Already authenticated
            C: QUIT
            S: 221 2.0.0 Bye
            """,
        ["R4 R24 empty content and content over the limit leave the session usable"] = """
            S: 220 mx.example ESMTP
            C: HELO client.example
            S: 250 mx.example
            C: MAIL FROM:<a@client.example>
            S: 250 2.1.0 Sender OK
            C: RCPT TO:<b@example.org>
            S: 250 2.1.5 Recipient OK
            C: DATA
            S: 354 End with <CRLF>.<CRLF>
            C: .
            S: 550 5.6.0 The message is empty: it has no header section
            C: MAIL FROM:<a@client.example>
            S: 250 2.1.0 Sender OK
            C: RCPT TO:<b@example.org>
            S: 250 2.1.5 Recipient OK
            C: DATA
            S: 354 End with <CRLF>.<CRLF>
            C: 1234567890123456789012345678901234567890
            C: 1234567890123456789012345678901234567890
            C: 1234567890123456789012345678901234567890
            C: .
            S: 552 5.3.4 The message is bigger than the limit
            C: NOOP
            S: 250 2.0.0 OK
            C: QUIT
            S: 221 2.0.0 Bye
            """,
        ["R27 too many errors in a row"] = """
            S: 220 mx.example ESMTP
            C: A
            S: 500 5.5.1 Command not recognised
            C: B
            S: 500 5.5.1 Command not recognised
            C: C
            S: 500 5.5.1 Command not recognised
            C: D
            S: 421 4.7.0 Too many refused commands
            """,
        ["a handler that closes"] = """
            S: 220 mx.example ESMTP
            C: HELO client.example
            S: 250 mx.example
            C: MAIL FROM:<a@client.example>
            S: 250 2.1.0 Sender OK
            C: RCPT TO:<close@example.org>
            S: 421 4.3.2 Not now
            """,
        ["R20 an internationalised recipient"] = """
            S: 220 mx.example ESMTP
            C: EHLO client.example
            S: 250-mx.example
            S: 250-PIPELINING
            S: 250-SIZE 100
            S: 250-8BITMIME
            S: 250-SMTPUTF8
            S: 250-CHUNKING
            S: 250-AUTH PLAIN LOGIN
            S: 250-LIMITS RCPTMAX=100
            S: 250 ENHANCEDSTATUSCODES
            C: MAIL FROM:<a@client.example>
            S: 250 2.1.0 Sender OK
            C: RCPT TO:<b@bücher.example>
            S: 553 5.6.7 The address needs SMTPUTF8
            C: RSET
            S: 250 2.0.0 OK
            C: MAIL FROM:<a@client.example> SMTPUTF8
            S: 250 2.1.0 Sender OK
            C: RCPT TO:<b@bücher.example>
            S: 250 2.1.5 Recipient OK
            C: RCPT TO:<bü@example.org>
            S: 250 2.1.5 Recipient OK
            C: QUIT
            S: 221 2.0.0 Bye
            """,
    };
}
