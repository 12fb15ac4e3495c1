namespace OutreachRelay.Protocols.Smtp;

/// <summary>The replies that a session gives by itself, with codes of RFC 5321 §4.2 and RFC 3463.</summary>
internal static class SmtpServerReplies
{
    public static readonly SmtpReply Ok = new(250, 2, 0, 0, "OK");
    public static readonly SmtpReply Bye = new(221, 2, 0, 0, "Bye");
    public static readonly SmtpReply Help = new(214, 2, 0, 0, "See RFC 5321");
    public static readonly SmtpReply CannotVerify = new(252, 2, 1, 5, "Cannot verify; send the message to find out");
    public static readonly SmtpReply StartContent = new(354, "End with <CRLF>.<CRLF>");

    public static readonly SmtpReply Stopping = new(421, 4, 3, 2, "The server is stopping, come again later");
    public static readonly SmtpReply Failure = new(421, 4, 3, 0, "Internal failure, come again later");
    public static readonly SmtpReply TooSlow = new(421, 4, 4, 2, "Timed out waiting for the client");
    public static readonly SmtpReply SessionTooLong = new(421, 4, 4, 2, "The session has lasted too long");
    public static readonly SmtpReply TooManyErrors = new(421, 4, 7, 0, "Too many refused commands");
    public static readonly SmtpReply EndlessLine = new(421, 4, 5, 2, "The line has no end");
    public static readonly SmtpReply EndlessContent = new(421, 4, 3, 4, "Too much content after the limit");

    public static readonly SmtpReply LineTooLong = new(500, 5, 5, 2, "The command line is too long");
    public static readonly SmtpReply BareLf = new(500, 5, 5, 2, "A command line ends with CRLF, not with a bare LF");
    public static readonly SmtpReply ControlInCommand = new(501, 5, 5, 2, "The command holds a bare CR or NUL");
    public static readonly SmtpReply Unrecognised = new(500, 5, 5, 1, "Command not recognised");
    public static readonly SmtpReply NotHttp = new(500, 5, 5, 1, "This is not an HTTP server");
    public static readonly SmtpReply NotProxied = new(500, 5, 5, 1, "A PROXY header is not expected here");
    public static readonly SmtpReply NotImplemented = new(502, 5, 5, 1, "Command not implemented");
    public static readonly SmtpReply NoArguments = new(501, 5, 5, 4, "The command takes no arguments");
    public static readonly SmtpReply HeloSyntax = new(501, 5, 5, 4, "Give your host name or address literal");
    public static readonly SmtpReply MailSyntax = new(501, 5, 5, 4, "Syntax: MAIL FROM:<address> [parameters]");
    public static readonly SmtpReply RcptSyntax = new(501, 5, 5, 4, "Syntax: RCPT TO:<address>");
    public static readonly SmtpReply ParameterSyntax = new(501, 5, 5, 4, "Malformed parameter");
    public static readonly SmtpReply ParameterTwice = new(501, 5, 5, 4, "Parameter given twice");
    public static readonly SmtpReply ParameterUnknown = new(555, 5, 5, 4, "Parameter not recognised or its value not implemented");
    public static readonly SmtpReply TooBig = new(552, 5, 3, 4, "The message is bigger than the limit");
    public static readonly SmtpReply NeedsSmtpUtf8 = new(553, 5, 6, 7, "The address needs SMTPUTF8");
    public static readonly SmtpReply AddressLiteral = new(550, 5, 1, 2, "Mail to address literals is not accepted");

    public static readonly SmtpReply HelloFirst = new(503, 5, 5, 1, "Send EHLO first");
    public static readonly SmtpReply MailFirst = new(503, 5, 5, 1, "Send MAIL first");
    public static readonly SmtpReply RcptFirst = new(503, 5, 5, 1, "Send RCPT first");
    public static readonly SmtpReply InTransaction = new(503, 5, 5, 1, "Not inside a mail transaction");
    public static readonly SmtpReply NoRecipients = new(554, 5, 5, 1, "No recipient was accepted");

    public static readonly SmtpReply ReadyForTls = new(220, 2, 0, 0, "Ready to start TLS");
    public static readonly SmtpReply TlsTwice = new(503, 5, 5, 1, "The connection is encrypted already");
    public static readonly SmtpReply TlsFirst = new(530, 5, 7, 0, "Send STARTTLS first");

    public static readonly SmtpReply BdatSyntax = new(501, 5, 5, 4, "Syntax: BDAT octets [LAST]");
    public static readonly SmtpReply InChunks = new(503, 5, 5, 1, "The content comes in chunks: send BDAT or RSET");

    public static readonly SmtpReply AuthTwice = new(503, 5, 5, 1, "Already authenticated");
    public static readonly SmtpReply AuthNeedsEncryption = new(538, 5, 7, 11, "Encryption is required for AUTH");
    public static readonly SmtpReply AuthSyntax = new(501, 5, 5, 4, "Syntax: AUTH mechanism [initial-response]");
    public static readonly SmtpReply AuthMechanism = new(504, 5, 5, 4, "Mechanism not offered");
    public static readonly SmtpReply AuthCancelled = new(501, 5, 7, 0, "Authentication cancelled");
    public static readonly SmtpReply AuthMalformed = new(501, 5, 5, 2, "The response is not valid for the mechanism");
    public static readonly SmtpReply AuthTooLong = new(500, 5, 5, 6, "The authentication exchange line is too long");
    public static readonly SmtpReply AuthUsername = new(334, "VXNlcm5hbWU6");
    public static readonly SmtpReply AuthPassword = new(334, "UGFzc3dvcmQ6");
    public static readonly SmtpReply AuthGoOn = new(334, "");
}
