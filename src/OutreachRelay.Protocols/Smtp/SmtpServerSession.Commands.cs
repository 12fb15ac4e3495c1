using System.Buffers;
using System.Globalization;
using System.Text;

namespace OutreachRelay.Protocols.Smtp;

// The commands. Each returns null when the session goes on.
public sealed partial class SmtpServerSession
{
    // RFC 5321 §4.1.3 and what hosts call themselves in practice; nothing that means something in a Received field (RFC 5322 §3.2.3).
    private static readonly SearchValues<byte> HeloCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:[]!#$%&'*+/=?^`{|}~"u8);

    private ValueTask<SmtpSessionEnd?> ExecuteAsync()
    {
        if (_lines.Defect != CommandLineDefect.None)
            return new(RefuseLine());
        var command = new CommandLine(_lines.Line);
        if (HasStrayControl(_lines.Line, command.Verb))
            return new(Answer(SmtpServerReplies.ControlInCommand));
        return command.Verb switch
        {
            CommandVerb.Ehlo => new(Hello(command.Arguments, isExtended: true)),
            CommandVerb.Helo => new(Hello(command.Arguments, isExtended: false)),
            CommandVerb.Auth => AuthAsync(command.Arguments),
            CommandVerb.Mail => MailAsync(command.Arguments),
            CommandVerb.Rcpt => RcptAsync(command.Arguments),
            CommandVerb.Data => DataAsync(hasArguments: !command.Arguments.IsEmpty),
            CommandVerb.Rset => new(Rset(hasArguments: !command.Arguments.IsEmpty)),
            CommandVerb.Noop => new(Answer(SmtpServerReplies.Ok)),
            CommandVerb.Vrfy => new(Answer(SmtpServerReplies.CannotVerify)),
            CommandVerb.Help => new(Answer(SmtpServerReplies.Help)),
            CommandVerb.Quit => new(Quit(hasArguments: !command.Arguments.IsEmpty)),
            CommandVerb.Bdat => BdatAsync(command.Arguments),
            CommandVerb.StartTls => StartTlsAsync(hasArguments: !command.Arguments.IsEmpty),
            CommandVerb.Expn => new(Answer(SmtpServerReplies.NotImplemented)),
            // A web page can make a browser post commands to a port of its own machine; what follows the header is not to be executed.
            CommandVerb.Http => new(Close(SmtpServerReplies.NotHttp, SmtpSessionEnd.BadInput)),
            // A second one, or one on a port that takes none: whoever sends it speaks for somebody else.
            CommandVerb.Proxy => new(Close(SmtpServerReplies.NotProxied, SmtpSessionEnd.BadInput)),
            _ => new(Answer(SmtpServerReplies.Unrecognised)),
        };
    }

    private SmtpSessionEnd? RefuseLine() => _lines.Defect switch
    {
        CommandLineDefect.Endless => Close(SmtpServerReplies.EndlessLine, SmtpSessionEnd.BadInput),
        CommandLineDefect.TooLong => Answer(_lines.IsAuth ? SmtpServerReplies.AuthTooLong : SmtpServerReplies.LineTooLong),
        _ => Answer(SmtpServerReplies.BareLf),
    };

    // In a quoted string of a path it is the address that is wrong, which its parser says better.
    private static bool HasStrayControl(ReadOnlySpan<byte> line, CommandVerb verb)
    {
        var control = line.IndexOfAny((byte)0, (byte)'\r');
        return control >= 0
            && (verb is not (CommandVerb.Mail or CommandVerb.Rcpt) || line[..control].Count((byte)'"') % 2 == 0);
    }

    // RFC 5321 §4.1.4: EHLO also ends a transaction.
    private SmtpSessionEnd? Hello(ReadOnlySpan<byte> name, bool isExtended)
    {
        if (name.Length is 0 or > 255 || name.ContainsAnyExcept(HeloCharacters))
            return Answer(SmtpServerReplies.HeloSyntax);
        CloseTransaction();
        _errors = 0;
        HeloName = Encoding.ASCII.GetString(name);
        IsExtended = isExtended;
        _transport.Write(new SmtpReply(250, isExtended ? Greeting() : _options.Hostname));
        return null;
    }

    private string Greeting() => string.Create(CultureInfo.InvariantCulture, $"{_options.Hostname}\nPIPELINING\nSIZE {_options.MaxMessageSize}\n8BITMIME\nSMTPUTF8\nCHUNKING\n")
        + (MayStartTls ? "STARTTLS\n" : "")
        + (OffersAuth ? "AUTH PLAIN LOGIN\n" : "")
        + (_options.MaxRecipients > 0 ? string.Create(CultureInfo.InvariantCulture, $"LIMITS RCPTMAX={_options.MaxRecipients}\n") : "")
        + "ENHANCEDSTATUSCODES";

    private bool OffersAuth => _options.OfferAuth && AllowsAuth;

    private bool AllowsAuth => IsEncrypted || _options.AllowPlaintextAuth;

    private ValueTask<SmtpSessionEnd?> AuthAsync(ReadOnlySpan<byte> arguments)
    {
        var refusal = !AllowsAuth ? SmtpServerReplies.AuthNeedsEncryption
            : !_options.OfferAuth ? SmtpServerReplies.NotImplemented
            : !IsExtended ? SmtpServerReplies.HelloFirst
            : IsAuthenticated ? SmtpServerReplies.AuthTwice
            : _transaction.IsOpen ? SmtpServerReplies.InTransaction
            : null;
        if (refusal is not null)
        {
            _lines.Erase();
            return new(Answer(refusal));
        }
        var exchange = new AuthExchange(_lines, _transport, _options);
        var running = exchange.RunAsync(arguments);
        return FinishAuthAsync(exchange, running);
    }

    private async ValueTask<SmtpSessionEnd?> FinishAuthAsync(AuthExchange exchange, ValueTask<SmtpServerWait> running)
    {
        var wait = await running;
        _lines.Erase();
        if (wait != SmtpServerWait.Ready)
            return Interrupted(wait);
        if (_lines.Defect == CommandLineDefect.Endless)
            return RefuseLine();
        if (exchange.Refusal is not null)
            return Answer(exchange.Refusal);
        var reply = await _handler.AuthenticateAsync(exchange.Credentials!, _transport.Abort);
        IsAuthenticated = reply.Code == 235;
        return Answer(reply);
    }

    private ValueTask<SmtpSessionEnd?> MailAsync(ReadOnlySpan<byte> arguments)
    {
        MailCommand? command = null;
        var refusal = HeloName is null ? SmtpServerReplies.HelloFirst
            : MayStartTls && !_options.IsTlsOptional ? SmtpServerReplies.TlsFirst
            : _transaction.IsOpen ? SmtpServerReplies.InTransaction
            : CommandMail.Parse(arguments, _options.MaxMessageSize, IsExtended, OffersAuth, out command);
        if (refusal is null)
            return OpenAsync(command!);
        (_transaction.IsMailRefused, _transaction.Drained) = (true, 0);
        return new(Answer(refusal));
    }

    private async ValueTask<SmtpSessionEnd?> OpenAsync(MailCommand command)
    {
        _transaction = new Transaction { IsUtf8 = command.SmtpUtf8 };
        var reply = await _handler.MailAsync(command, _transport.Abort);
        _transaction.IsOpen = reply.IsPositive;
        _transaction.IsMailRefused = !reply.IsPositive;
        return Answer(reply);
    }

    private ValueTask<SmtpSessionEnd?> RcptAsync(ReadOnlySpan<byte> arguments)
    {
        if (!_transaction.IsOpen)
            return new(Answer(SmtpServerReplies.MailFirst, _transaction.IsMailRefused));
        if (_transaction.Chunks is not null)
            return new(Answer(SmtpServerReplies.InChunks));
        if (CommandRcpt.Parse(arguments, _transaction.IsUtf8, out var command) is not { } refusal)
            return AddAsync(command!);
        _transaction.Refused++;
        return new(Answer(refusal));
    }

    private async ValueTask<SmtpSessionEnd?> AddAsync(RcptCommand command)
    {
        var reply = await _handler.RcptAsync(command, _transport.Abort);
        if (reply.IsPositive)
            _transaction.Accepted++;
        else
            _transaction.Refused++;
        return Answer(reply);
    }

    private async ValueTask<SmtpSessionEnd?> DataAsync(bool hasArguments)
    {
        // 1 With pipelining the client sends DATA before it knows about its recipients (RFC 2920 §3.1).
        if (RefuseData(hasArguments) is { } refusal)
            return Answer(refusal, _transaction.IsMailRefused);
        // 2 From 354 on everything is content, up to its end.
        var sink = _handler.BeginContent();
        var reader = new ContentReader(_options.MaxMessageSize, _options.MaxLineLength);
        _transport.Write(SmtpServerReplies.StartContent);
        if (Interrupted(await _content.ReceiveAsync(sink, reader, CloseTransaction)) is { } interrupted)
            return interrupted;
        // 3 What is wrong with it the client hears after its end.
        if (_content.IsEndless(reader))
            return Close(SmtpServerReplies.EndlessContent, SmtpSessionEnd.BadInput);
        if (reader.Defect != ContentDefect.None)
            return Answer(RefuseContent(reader));
        // 4 The handler makes it ours, and its reply says so. The transaction is over either way.
        var reply = await _handler.EndContentAsync(sink, _transport.Abort);
        CloseTransaction();
        return Answer(reply);
    }

    private SmtpReply? RefuseData(bool hasArguments) =>
        hasArguments ? SmtpServerReplies.NoArguments
        : !_transaction.IsOpen ? SmtpServerReplies.MailFirst
        : _transaction.Chunks is not null ? SmtpServerReplies.InChunks
        : _transaction.Accepted > 0 ? null
        : _transaction.Refused > 0 ? SmtpServerReplies.NoRecipients
        : SmtpServerReplies.RcptFirst;

    private static SmtpReply RefuseContent(ContentReader reader) => reader.Defect switch
    {
        ContentDefect.TooBig => SmtpServerReplies.TooBig,
        ContentDefect.Empty => new(550, 5, 6, 0, "The message is empty: it has no header section"),
        ContentDefect.BareCr => new(550, 5, 6, 0, $"Bare CR in line {reader.DefectLine}: lines end with CRLF"),
        ContentDefect.BareLf => new(550, 5, 6, 0, $"Bare LF in line {reader.DefectLine}: lines end with CRLF"),
        ContentDefect.Nul => new(550, 5, 6, 0, $"NUL in line {reader.DefectLine}"),
        _ => new(550, 5, 6, 0, $"Line {reader.DefectLine} is too long"),
    };

    private SmtpSessionEnd? Rset(bool hasArguments)
    {
        if (hasArguments)
            return Answer(SmtpServerReplies.NoArguments);
        CloseTransaction();
        return Answer(SmtpServerReplies.Ok);
    }

    private SmtpSessionEnd? Quit(bool hasArguments) =>
        hasArguments ? Answer(SmtpServerReplies.NoArguments) : Close(SmtpServerReplies.Bye, SmtpSessionEnd.Quit);
}
