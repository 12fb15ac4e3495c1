namespace OutreachRelay.Protocols.Smtp;

/// <summary>A client session (RFC 5321 §3) that carries one transaction after another. Not for use by two callers at once.</summary>
/// <remarks>What may happen on a network is a <see cref="SmtpResult"/>; no method throws for it, nor for a cancelled token.</remarks>
public sealed class SmtpClientSession : IAsyncDisposable
{
    // A server that left unnoticed would put a message in doubt that it never saw; one that answered just now has not left.
    private static readonly TimeSpan ChunkingWithin = TimeSpan.FromSeconds(1);

    private readonly SmtpClientConnection _connection;
    private readonly SmtpClientOptions _options;
    private readonly TimeProvider _time;
    private bool _needsReset;
    private long _lastHeard;

    private SmtpClientSession(SmtpClientConnection connection, SmtpClientOptions options, SmtpCapabilities capabilities, TimeProvider time)
    {
        _connection = connection;
        _options = options;
        _time = time;
        _lastHeard = time.GetTimestamp();
        Capabilities = capabilities;
        _ = connection.Listen();
    }

    /// <summary>The extensions of the last EHLO: those after TLS where there is TLS.</summary>
    public SmtpCapabilities Capabilities { get; }

    /// <summary>Whether the session may carry another transaction. A server that closed it or spoke unasked while it was idle makes this false.</summary>
    public bool IsUsable => !_connection.IsClosed && !_connection.HasInput;

    /// <summary>Whether MAIL bears SIZE and BODY where they are offered. A 555 to them (RFC 5321 §4.1.1.11) makes this false.</summary>
    public bool UseMailParameters { get; set; } = true;

    /// <summary>Transactions begun on this session.</summary>
    public int Transactions { get; private set; }

    /// <summary>Connects, secures, greets and authenticates.</summary>
    /// <returns>The session and a success, or no session and the stage and kind of the failure; then the connection is closed.</returns>
    public static async Task<(SmtpClientSession? Session, SmtpResult Result)> OpenAsync(
        SmtpClientOptions options, TimeProvider time, CancellationToken cancel)
    {
        var opening = new SmtpClientOpening(options, time);
        var (connection, result) = await opening.RunAsync(cancel);
        return (connection is null ? null : new SmtpClientSession(connection, options, opening.Capabilities, time), result);
    }

    /// <summary>Carries one message. After a refusal the session stays usable, unless the reply was 421.</summary>
    /// <remarks>
    /// A 555 to MAIL with SIZE or BODY is returned as a refusal, and this session omits them from then on: the caller may send again.
    /// </remarks>
    /// <param name="content">Its stream is read once; a second call needs it rewound.</param>
    /// <param name="cancel">Cancelling closes the session. After the final dot the result is then in doubt.</param>
    public async Task<SmtpResult> SendAsync(OutgoingEnvelope envelope, OutgoingContent content, CancellationToken cancel)
    {
        if (FindObstacle(envelope, content) is { } obstacle)
            return obstacle;
        Transactions++;
        SmtpResult result;
        using (_connection.AbortOn(cancel))
            result = MayChunk(content) ? await SendChunkAsync(envelope, content) : await SendDataAsync(envelope, content);
        ListenWhileIdle();
        UseMailParameters &= result is not { Stage: SmtpStage.Mail, Reply.Code: 555 };
        return result;
    }

    /// <summary>Asks with NOOP whether the server is still there.</summary>
    public async Task<SmtpResult> ProbeAsync(CancellationToken cancel)
    {
        if (!IsUsable)
            return Gone(SmtpStage.Idle);
        using var abort = _connection.AbortOn(cancel);
        var answer = await _connection.ExchangeAsync("NOOP\r\n"u8.ToArray(), _options.Timeouts.Command);
        ListenWhileIdle();
        if (answer is { Failed: false, Reply.Code: 250 })
            return new SmtpResult { Stage = SmtpStage.Idle, Reply = answer.Reply };
        if (answer.Failed || answer.Reply!.Code is < 400 or 421)
            _connection.Dispose();
        return answer.Failed || answer.Reply!.Code >= 400 ? answer.ToFailure(SmtpStage.Idle) : answer.ToOutOfStep(SmtpStage.Idle);
    }

    /// <summary>Says QUIT, waits shortly for the reply, and closes.</summary>
    public async ValueTask QuitAsync()
    {
        if (IsUsable)
            await _connection.ExchangeAsync("QUIT\r\n"u8.ToArray(), _options.Timeouts.Quit);
        _connection.Dispose();
    }

    /// <summary>Closes without QUIT, which a server takes for a lost connection.</summary>
    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<SmtpResult> SendDataAsync(OutgoingEnvelope envelope, OutgoingContent content)
    {
        var transaction = new SmtpClientTransaction(_connection, _options, Extensions(), content);
        var result = await transaction.RunAsync(envelope, _needsReset);
        _needsReset = transaction.NeedsReset;
        return result;
    }

    private async Task<SmtpResult> SendChunkAsync(OutgoingEnvelope envelope, OutgoingContent content)
    {
        var transaction = new SmtpClientChunk(_connection, _options, Extensions(), content);
        var result = await transaction.RunAsync(envelope);
        _needsReset = transaction.NeedsReset;
        return result;
    }

    private bool MayChunk(OutgoingContent content) =>
        _options is { UseChunking: true, UsePipelining: true } && Capabilities is { Chunking: true, Pipelining: true }
        && !_needsReset && _time.GetElapsedTime(_lastHeard) < ChunkingWithin && SmtpClientChunk.Fits(content);

    // So that a session which the server leaves while it is idle is not given another message.
    private void ListenWhileIdle()
    {
        _lastHeard = _time.GetTimestamp();
        if (!_connection.IsClosed)
            _ = _connection.Listen();
    }

    private SmtpCapabilities Extensions() => UseMailParameters ? Capabilities : Capabilities with { Size = null, EightBitMime = false };

    private SmtpResult? FindObstacle(OutgoingEnvelope envelope, OutgoingContent content)
    {
        if (envelope.FindError() is { } error)
            return SmtpResult.Local(SmtpStage.Mail, SmtpFailureKind.RefusedLocally, error);
        if (envelope.SmtpUtf8 && !Capabilities.SmtpUtf8)
            return SmtpResult.Local(SmtpStage.Mail, SmtpFailureKind.MissingExtension, "5.6.7 an address is not ASCII, the server does not offer SMTPUTF8");
        // RFC 6152 §3: a client must not, under any circumstances, send octets beyond ASCII to a server that does not offer this.
        if (envelope.EightBit && !Capabilities.EightBitMime)
            return SmtpResult.Local(SmtpStage.Mail, SmtpFailureKind.MissingExtension, "5.6.3 the content holds octets beyond ASCII, the server does not offer 8BITMIME");
        if (Capabilities.Size is > 0 and var limit && content.Length > limit)
            return SmtpResult.Local(SmtpStage.Mail, SmtpFailureKind.TooLarge, $"5.3.4 {content.Length} octets, the server takes {limit}");
        return IsUsable ? null : Gone(SmtpStage.Mail);
    }

    private SmtpResult Gone(SmtpStage stage)
    {
        _connection.Dispose();
        return SmtpResult.Local(stage, SmtpFailureKind.ConnectionLost, "the server had left the session before");
    }
}
