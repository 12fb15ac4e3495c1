using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>
/// The server's side of one SMTP connection (RFC 5321), with PIPELINING, SIZE, 8BITMIME, SMTPUTF8,
/// CHUNKING, STARTTLS, AUTH, LIMITS and ENHANCEDSTATUSCODES.
/// It speaks; its handler decides.
/// </summary>
/// <remarks>
/// Memory per connection is bounded by the limits of the transport's own pipes, <see cref="SmtpServerOptions.MaxAuthLine"/> and what the
/// handler's sink holds, and what TLS needs. The transport is not completed: closing it is up to the caller.
/// </remarks>
public sealed partial class SmtpServerSession
{
    private readonly SmtpServerOptions _options;
    private readonly ISmtpServerHandler _handler;
    private readonly SmtpServerTransport _transport;
    private readonly CommandLineReader _lines;
    private readonly ContentReceiver _content;
    private readonly TimeProvider _time;
    private CancellationToken _drain;
    private Transaction _transaction;
    private long _limit;
    private int _errors;

    public SmtpServerSession(IDuplexPipe transport, SmtpServerOptions options, ISmtpServerHandler handler, TimeProvider time)
    {
        _options = options;
        _handler = handler;
        _time = time;
        _transport = new SmtpServerTransport(transport, time, options.CommandTimeout);
        _lines = new CommandLineReader(_transport, options);
        _content = new ContentReceiver(_transport, options);
    }

    /// <summary>What the client called itself in its last EHLO or HELO; <see langword="null"/> before. Not verified.</summary>
    public string? HeloName { get; private set; }

    /// <summary>Whether the client said EHLO, and not HELO.</summary>
    public bool IsExtended { get; private set; }

    public bool IsAuthenticated { get; private set; }

    /// <summary>Whether the connection is encrypted, from the start or since STARTTLS.</summary>
    public bool IsEncrypted => _options.IsEncrypted || _tls is not null;

    /// <summary>Command lines read so far, refused ones included.</summary>
    public long CommandCount { get; private set; }

    /// <summary>The "with" of a Received field for the transaction at hand: SMTP, ESMTP, ESMTPSA … (RFC 3848), UTF8SMTP … (RFC 6531 §4.3).</summary>
    public string ProtocolKeyword =>
        !IsExtended ? "SMTP"
        : (_transaction.IsUtf8 ? "UTF8SMTP" : "ESMTP") + (IsEncrypted ? "S" : "") + (IsAuthenticated ? "A" : "");

    /// <summary>Speaks until the session ends. Call it once.</summary>
    /// <param name="drain">The server stops: 421 4.3.2 at the next command boundary; content in flight finishes and gets its reply.</param>
    /// <param name="abort">The server stops at once. The handler's calls see it too.</param>
    /// <returns>How it ended. Nothing that a peer can do throws; what the handler throws is passed on after a 421.</returns>
    public async Task<SmtpSessionEnd> RunAsync(CancellationToken drain, CancellationToken abort)
    {
        try
        {
            _drain = drain;
            _transport.Start(drain, abort);
            var end = await ConverseAsync();
            await _transport.FlushLastAsync();
            if (end is SmtpSessionEnd.BadInput or SmtpSessionEnd.TooManyErrors)
                await _transport.LingerAsync();
            return end;
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            _transport.Write(SmtpServerReplies.Stopping);
            await _transport.FlushLastAsync();
            return SmtpSessionEnd.Aborted;
        }
        catch
        {
            _transport.Write(SmtpServerReplies.Failure);
            await _transport.FlushLastAsync();
            throw;
        }
        finally
        {
            _transport.Dispose();
            if (_tls is not null)
                await _tls.DisposeAsync();
        }
    }

    private async Task<SmtpSessionEnd> ConverseAsync()
    {
        var start = _transport.Deadline.Now;
        _limit = _transport.Deadline.After(start, _options.SessionLimit);
        if (_options.TurnAway is { } refusal)
            return Close(refusal, SmtpSessionEnd.TurnedAway);
        // No program and no version: who probes for a weakness learns nothing here.
        _transport.Write(new SmtpReply(220, _options.Hostname + " ESMTP"));
        try
        {
            while (true)
            {
                if (await ReadCommandAsync() is { } interrupted)
                    return interrupted;
                CommandCount++;
                if (await ExecuteAsync() is { } end)
                    return end;
            }
        }
        finally
        {
            CloseTransaction();
        }
    }

    // RFC 5321 §4.5.3.2.7: five minutes for a command. The session's own limit never cuts a transaction.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpSessionEnd?> ReadCommandAsync()
    {
        var now = _transport.Deadline.Now;
        if (!_transaction.IsOpen && now >= _limit)
            return Close(SmtpServerReplies.SessionTooLong, SmtpSessionEnd.SessionLimit);
        var deadline = _transport.Deadline.After(now, _options.CommandTimeout);
        var isLimited = !_transaction.IsOpen && _limit < deadline;
        var wait = await _lines.ReadAsync(isLimited ? _limit : deadline);
        return wait == SmtpServerWait.TimedOut && isLimited
            ? Close(SmtpServerReplies.SessionTooLong, SmtpSessionEnd.SessionLimit)
            : Interrupted(wait);
    }

    private SmtpSessionEnd? Interrupted(SmtpServerWait wait) => wait switch
    {
        SmtpServerWait.TimedOut => Close(SmtpServerReplies.TooSlow, SmtpSessionEnd.TimedOut),
        SmtpServerWait.Draining => Close(SmtpServerReplies.Stopping, SmtpSessionEnd.Drained),
        SmtpServerWait.Aborted => Close(SmtpServerReplies.Stopping, SmtpSessionEnd.Aborted),
        SmtpServerWait.Disconnected => SmtpSessionEnd.Disconnected,
        _ => null,
    };

    private SmtpSessionEnd Close(SmtpReply lastReply, SmtpSessionEnd end)
    {
        _transport.Write(lastReply);
        return end;
    }

    /// <param name="isConsequence">The refusal only follows from that of an earlier command, as with pipelining, and is no error of its own.</param>
    private SmtpSessionEnd? Answer(SmtpReply reply, bool isConsequence = false)
    {
        if (reply.Code == 421)
            return Close(WithEnhancedCode(reply), SmtpSessionEnd.ClosedByHandler);
        // 500 to 504 say that the client does not speak as it should; other refusals are about its mail.
        if (reply.IsPositive)
            _errors = 0;
        else if (reply.Code is >= 500 and <= 504 && !isConsequence && ++_errors > _options.MaxErrors)
            return Close(SmtpServerReplies.TooManyErrors, SmtpSessionEnd.TooManyErrors);
        _transport.Write(WithEnhancedCode(reply));
        return null;
    }

    // RFC 2034 §4: every reply but those to EHLO and HELO has a code.
    private static SmtpReply WithEnhancedCode(SmtpReply reply) =>
        reply.Enhanced.IsNone ? reply with { Enhanced = new EnhancedStatusCode((byte)(reply.Code / 100), 0, 0) } : reply;

    private void CloseTransaction()
    {
        var wasOpen = _transaction.IsOpen;
        _transaction = default;
        if (wasOpen)
            _handler.Reset();
    }

    /// <summary>The mail transaction at hand (RFC 5321 §3.3).</summary>
    private struct Transaction
    {
        public bool IsOpen;
        public bool IsMailRefused;
        public bool IsUtf8;
        public int Accepted;
        public int Refused;
        public IContentSink? Sink;
        public ContentReader? Chunks;

        /// <summary>Octets of chunks that were announced and refused since the last MAIL.</summary>
        public long Drained;
    }
}
