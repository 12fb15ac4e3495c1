namespace OutreachRelay.Protocols.Smtp;

// STARTTLS (RFC 3207).
public sealed partial class SmtpServerSession
{
    private SmtpServerTls? _tls;

    /// <summary>Why the handshake after STARTTLS failed, when the session ended with <see cref="SmtpSessionEnd.HandshakeFailed"/>.</summary>
    public string HandshakeFailure { get; private set; } = "";

    private bool MayStartTls => _options.StartTls is not null && !IsEncrypted;

    private async ValueTask<SmtpSessionEnd?> StartTlsAsync(bool hasArguments)
    {
        // 1 Only between transactions, and only once.
        if (RefuseStartTls(hasArguments) is { } refusal)
            return Answer(refusal);
        // 2 RFC 3207 §4.2: what came in plaintext behind the command is nobody's word. What comes from here on is TLS or ends the session.
        _transport.DropInput();
        _transport.Write(SmtpServerReplies.ReadyForTls);
        if (Interrupted(await _transport.FlushAsync()) is { } interrupted)
            return interrupted;
        // 3 A server that stops does not wait for a handshake.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_drain, _transport.Abort);
        (_tls, HandshakeFailure) = await SmtpServerTls.AcceptAsync(
            _transport.Pipe, _options.StartTls!(), _options.HandshakeTimeout, _time, stop.Token);
        if (_tls is null)
            return SmtpSessionEnd.HandshakeFailed;
        // 4 RFC 3207 §4.2: all that was said before is forgotten.
        _transport.Pipe = _tls;
        StartOver();
        return null;
    }

    private SmtpReply? RefuseStartTls(bool hasArguments) =>
        hasArguments ? SmtpServerReplies.NoArguments
        : IsEncrypted ? SmtpServerReplies.TlsTwice
        : _options.StartTls is null ? SmtpServerReplies.NotImplemented
        : !IsExtended ? SmtpServerReplies.HelloFirst
        : _transaction.IsOpen ? SmtpServerReplies.InTransaction
        : null;

    private void StartOver()
    {
        CloseTransaction();
        _errors = 0;
        HeloName = null;
        IsExtended = false;
        IsAuthenticated = false;
        _handler.StartOver();
    }
}
