using System.Text;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>Opens a session: (1) what may not be tried, (2) connect, (3) TLS from the start, (4) greeting, (5) EHLO, (6) STARTTLS and EHLO again, (7) AUTH.</summary>
internal sealed class SmtpClientOpening(SmtpClientOptions options, TimeProvider time)
{
    private SmtpClientConnection? _connection;

    public SmtpCapabilities Capabilities { get; private set; } = SmtpCapabilities.None;

    private SmtpClientTimeouts Timeouts => options.Timeouts;

    /// <returns>The connection, ready for MAIL, or <see langword="null"/> with the failure.</returns>
    public async Task<(SmtpClientConnection? Connection, SmtpResult Result)> RunAsync(CancellationToken cancel)
    {
        if (FindError() is { } error)
            return (null, SmtpResult.Local(SmtpStage.Connect, SmtpFailureKind.RefusedLocally, error));
        var (socket, unreachable) = await SmtpClientConnector.ConnectAsync(options, time, cancel);
        if (socket is null)
            return (null, unreachable.ToFailure(SmtpStage.Connect));
        var connection = _connection = new SmtpClientConnection(socket, time);
        using var abort = connection.AbortOn(cancel);
        var failure = await TalkAsync(connection);
        if (failure is null)
            return (connection, new SmtpResult { Stage = options.Credential is null ? SmtpStage.Hello : SmtpStage.Auth });
        if (failure is { Failure: SmtpFailureKind.Refused or SmtpFailureKind.NoMechanism, Reply: not { Code: 421 } })
            await connection.ExchangeAsync("QUIT\r\n"u8.ToArray(), Timeouts.Quit);
        connection.Dispose();
        return (null, failure);
    }

    private async Task<SmtpResult?> TalkAsync(SmtpClientConnection connection)
    {
        var failure = options.Tls == SmtpClientTls.Implicit ? await HandshakeAsync(connection) : null;
        failure ??= await GreetAsync(connection);
        failure ??= await HelloAsync(connection);
        if (options.Tls == SmtpClientTls.StartTls)
        {
            failure ??= await StartTlsAsync(connection);
            // RFC 3207 §4.2: what was learned before TLS is forgotten.
            failure ??= await HelloAsync(connection);
        }
        if (options.Credential is { } credential)
            failure ??= await new SmtpClientAuthentication(connection, options, credential).RunAsync(Capabilities);
        return failure;
    }

    private string? FindError()
    {
        if (options.Credential is not null && options.Tls == SmtpClientTls.None)
            return "credentials are not sent without TLS";
        if (options.Credential is { } credential && HoldsSeparator(credential))
            return "the credential holds a character that would end it";
        if (options.Port is < 1 or > 65535)
            return "the port is not 1 to 65535";
        return options.LocalName.Length is 0 or > 255 || options.LocalName.AsSpan().ContainsAnyExceptInRange('!', '~') ? "the local name is not valid" : null;
    }

    // RFC 4616 separates by NUL; RFC 7628 by 0x01, and RFC 6750 §2.1 has tokens of visible ASCII only.
    private static bool HoldsSeparator(SmtpClientCredential credential) => credential.IsToken
        ? credential.Username.AsSpan().ContainsAny('\0', '\u0001') || credential.Password.AsSpan().ContainsAnyExceptInRange('!', '~')
        : credential.Username.Contains('\0') || credential.Password.Contains('\0');

    private async Task<SmtpResult?> HandshakeAsync(SmtpClientConnection connection)
    {
        var answer = await connection.StartTlsAsync(options);
        return answer.Failed ? answer.ToFailure(SmtpStage.Tls) : null;
    }

    private async Task<SmtpResult?> GreetAsync(SmtpClientConnection connection)
    {
        var answer = await connection.ReadReplyAsync(Timeouts.Greeting);
        if (answer.Failed || answer.Reply is { IsTransient: true } or { IsPermanent: true })
            return answer.ToFailure(SmtpStage.Greeting);
        return answer.Reply!.Code == 220 ? null : answer.ToOutOfStep(SmtpStage.Greeting);
    }

    private async Task<SmtpResult?> HelloAsync(SmtpClientConnection connection)
    {
        var answer = await connection.ExchangeAsync(Encoding.ASCII.GetBytes($"EHLO {options.LocalName}\r\n"), Timeouts.Command);
        Capabilities = answer.Reply is { Code: 250 } reply && !answer.Failed ? SmtpCapabilities.Parse(reply) : SmtpCapabilities.None;
        // RFC 5321 §3.2: a server without extensions is greeted with HELO; of no use where TLS or AUTH is wanted.
        if (answer is { Failed: false, Reply.Code: 500 or 501 or 502 or 504 } && options is { Tls: SmtpClientTls.None })
            answer = await connection.ExchangeAsync(Encoding.ASCII.GetBytes($"HELO {options.LocalName}\r\n"), Timeouts.Command);
        if (answer.Failed || answer.Reply is { IsTransient: true } or { IsPermanent: true })
            return answer.ToFailure(SmtpStage.Hello);
        return answer.Reply!.Code == 250 ? null : answer.ToOutOfStep(SmtpStage.Hello);
    }

    private async Task<SmtpResult?> StartTlsAsync(SmtpClientConnection connection)
    {
        if (!Capabilities.StartTls)
            return SmtpResult.Local(SmtpStage.Tls, SmtpFailureKind.Tls, "the server does not offer STARTTLS");
        var answer = await connection.ExchangeAsync("STARTTLS\r\n"u8.ToArray(), Timeouts.Command);
        if (answer.Failed)
            return answer.ToFailure(SmtpStage.Tls);
        if (answer.Reply!.Code != 220)
            return answer.ToFailure(SmtpStage.Tls) with { Failure = SmtpFailureKind.Tls, Detail = "the server refused STARTTLS" };
        return await HandshakeAsync(connection);
    }
}
