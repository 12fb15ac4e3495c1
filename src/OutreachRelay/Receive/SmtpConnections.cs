using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Receive;

/// <summary>Runs an SMTP session on each connection that a listener takes.</summary>
/// <remarks>
/// <list type="number">
/// <item>Count the connection, before anything is read: a handshake or a header that never comes holds a place like any other.</item>
/// <item>Find out who it is: the socket's address, or what a trusted proxy says; and count that.</item>
/// <item>Encrypt, where the listener does so from the first octet.</item>
/// <item>Speak SMTP.</item>
/// <item>Close, and only then give the place back.</item>
/// </list>
/// </remarks>
public sealed partial class SmtpConnections(
    MessageReceiver receiver, RelayState relay, TimeProvider time, ILoggerFactory loggers)
{
    private static readonly SmtpReply TooMany = new(421, 4, 7, 0, "Too many connections, try again later");
    private static readonly SmtpReply NoRoom = new(421, 4, 3, 2, "Not accepting mail at the moment, try again later");
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(30);

    private const int LongestReturnedLine = 64 * 1024;

    // Up to 1 MiB each, while they are read.
    private const int MostLargeReturns = 4;

    // How long what is left of the last reply may take; a peer that does not read would keep the socket for ever.
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(10);

    private readonly ListenerModel[] _opened = [.. relay.Model.Listeners];
    private readonly ConnectionLimits[] _limits = [.. relay.Model.Listeners.Select(_ => new ConnectionLimits())];
    private readonly LoginThrottle _logins = new(time, loggers.CreateLogger<LoginThrottle>());
    private readonly ClientRates _rates = new(time);
    private readonly SemaphoreSlim _returns = new(MostLargeReturns);
    private readonly ILogger _logger = loggers.CreateLogger<SmtpConnections>();

    /// <summary>Open connections of all listeners, without those that are being turned away.</summary>
    public int Count => _limits.Sum(limits => limits.Total);

    /// <summary>What takes mail that comes back. Set once, before a port opens that is for it.</summary>
    public BounceIntake? Bounces { get; set; }

    /// <param name="listener">The listener's place in the configuration.</param>
    /// <param name="drain">Ends the session at its next command.</param>
    /// <param name="abort">Ends the session at once.</param>
    public async Task RunAsync(ConnectionContext connection, int listener, CancellationToken drain, CancellationToken abort)
    {
        var peer = ConnectionPeer.Of(connection);
        var model = relay.Model;
        var listening = Current(model, listener);
        // :: Step 1: count it.
        using var place = _limits[listener].Enter(listening.MaxConnections);
        try
        {
            // :: Step 2: who is it?
            var client = listening.ProxyProtocolFrom.IsEmpty || place is null
                ? peer
                : await peer.BehindProxyAsync(connection.Transport.Input, listening.ProxyProtocolFrom, time, drain);
            if (client is null)
                End("proxy_refused", peer.Address);
            else
                await ServeAsync(new Accepted(connection, client, model, listening, listener), place, drain, abort);
        }
        catch (Exception e)
        {
            // The edge of a session: whatever it was, the others go on.
            ReceiveMetrics.SessionEnded("crashed");
            Log.Crashed(_logger, e, peer.Address);
        }
        finally
        {
            // :: Step 5: close.
            await CloseAsync(connection);
        }
    }

    private Task ServeAsync(Accepted accepted, ConnectionLimits.Place? place, CancellationToken drain, CancellationToken abort)
    {
        var address = accepted.Client.Address;
        var refusal = place is not null && place.Keep(address, accepted.Listening.MaxConnectionsPerAddress) ? StoreRefusal() : TooMany;
        // :: Step 3: encrypt. A handshake costs too much to say no afterwards.
        if (accepted.Listening.Tls != TlsMode.Implicit)
            return SpeakAsync(accepted, accepted.Connection.Transport, refusal, drain, abort);
        if (refusal is null)
            return EncryptAsync(accepted, drain, abort);
        End("turned_away", address);
        return Task.CompletedTask;
    }

    // With a disk that is nearly full a client may still wait for room; with a full one it had better ask another server.
    private SmtpReply? StoreRefusal() => receiver.StoreHealth.Status == StoreStatus.DiskFull ? NoRoom : null;

    private async Task EncryptAsync(Accepted accepted, CancellationToken drain, CancellationToken abort)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(drain, abort);
        var (tls, failure) = await SmtpServerTls.AcceptAsync(
            accepted.Connection.Transport, TlsOptions(accepted.Listening), HandshakeTimeout, time, stop.Token);
        if (tls is null)
        {
            Log.NoHandshake(_logger, accepted.Client.Address, failure);
            ReceiveMetrics.SessionEnded("handshake_failed");
            return;
        }
        await using (tls)
            await SpeakAsync(accepted, tls, refusal: null, drain, abort);
    }

    // :: Step 4: speak.
    private async Task SpeakAsync(Accepted accepted, IDuplexPipe transport, SmtpReply? refusal, CancellationToken drain, CancellationToken abort)
    {
        var address = accepted.Client.Address;
        var protocol = accepted.Listening.Purpose == ListenerPurpose.Bounces
            ? new SmtpServerSession(transport, ReturnOptions(accepted, refusal), new ReturnSession(Bounces!, relay, receiver.IncomingDirectory, _returns), time)
            : Submission(accepted, transport, refusal);
        var end = await protocol.RunAsync(drain, abort);
        if (end == SmtpSessionEnd.HandshakeFailed)
            Log.NoHandshake(_logger, address, protocol.HandshakeFailure);
        End(Word(end), address);
    }

    private SmtpServerSession Submission(Accepted accepted, IDuplexPipe transport, SmtpReply? refusal)
    {
        var session = new SubmissionSession(receiver, relay, _logins, _rates, time, accepted.Client.Address);
        return session.Protocol = new SmtpServerSession(transport, Options(accepted, refusal), session, time);
    }

    // Nobody logs in, TLS is as the other side likes, and what comes back may hold lines of any length.
    private SmtpServerOptions ReturnOptions(Accepted accepted, SmtpReply? refusal) =>
        Options(accepted, refusal) with { MaxRecipients = 0, OfferAuth = false, IsTlsOptional = true, MaxLineLength = LongestReturnedLine };

    // RFC 4954 §4: no plaintext credentials over a network; over loopback nobody else listens.
    private SmtpServerOptions Options(Accepted accepted, SmtpReply? refusal) => new()
    {
        Hostname = accepted.Model.Hostname,
        MaxMessageSize = accepted.Listening.MaxMessageSize,
        MaxRecipients = accepted.Model.Policy.MaxRecipients,
        OfferAuth = accepted.Model.Logins.Count > 0,
        AllowPlaintextAuth = accepted.Listening.Tls == TlsMode.None && accepted.Client.IsLocal,
        IsEncrypted = accepted.Listening.Tls == TlsMode.Implicit,
        StartTls = accepted.Listening.Tls == TlsMode.StartTls ? () => StartTlsOptions(accepted) : null,
        HandshakeTimeout = HandshakeTimeout,
        TurnAway = refusal,
    };

    // The session may have begun before a reload; its handshake takes what is in force now.
    private SslServerAuthenticationOptions StartTlsOptions(Accepted accepted)
    {
        var current = Current(relay.Model, accepted.Listener);
        return TlsOptions(current.Certificate is null ? accepted.Listening : current);
    }

    private static SslServerAuthenticationOptions TlsOptions(ListenerModel listener) => new()
    {
        ServerCertificateContext = listener.Certificate,
        // RFC 8996: nothing older.
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateRequired = false,
        AllowRenegotiation = false,
    };

    // Ports stay open as they were until a restart; all else about them is as in the model in force.
    private ListenerModel Current(RelayModel model, int listener)
    {
        var opened = _opened[listener];
        if (listener < model.Listeners.Length && model.Listeners[listener].Address.Equals(opened.Address))
            return model.Listeners[listener];
        return model.Listeners.FirstOrDefault(candidate => candidate.Address.Equals(opened.Address)) ?? opened;
    }

    private async Task CloseAsync(ConnectionContext connection)
    {
        var closing = connection.DisposeAsync();
        if (closing.IsCompletedSuccessfully)
            return;
        var closed = closing.AsTask();
        try
        {
            await closed.WaitAsync(CloseTimeout, time);
        }
        catch (TimeoutException)
        {
            connection.Abort();
            await closed;
        }
    }

    private void End(string end, IPAddress address)
    {
        ReceiveMetrics.SessionEnded(end);
        Log.Ended(_logger, address, end);
    }

    private static string Word(SmtpSessionEnd end) => end switch
    {
        SmtpSessionEnd.Quit => "quit",
        SmtpSessionEnd.Disconnected => "disconnected",
        SmtpSessionEnd.TimedOut => "timed_out",
        SmtpSessionEnd.SessionLimit => "session_limit",
        SmtpSessionEnd.Drained => "drained",
        SmtpSessionEnd.Aborted => "aborted",
        SmtpSessionEnd.TooManyErrors => "too_many_errors",
        SmtpSessionEnd.BadInput => "bad_input",
        SmtpSessionEnd.ClosedByHandler => "closed",
        SmtpSessionEnd.HandshakeFailed => "handshake_failed",
        _ => "turned_away",
    };

    /// <summary>A connection whose client is known, with the model that it began under.</summary>
    private sealed record Accepted(
        ConnectionContext Connection, ConnectionPeer Client, RelayModel Model, ListenerModel Listening, int Listener);

    private static partial class Log
    {
        [LoggerMessage(1010, LogLevel.Debug, "Session with {Remote} ended: {End}")]
        public static partial void Ended(ILogger logger, IPAddress remote, string end);

        [LoggerMessage(1011, LogLevel.Error, "Session with {Remote} broke off")]
        public static partial void Crashed(ILogger logger, Exception e, IPAddress remote);

        [LoggerMessage(1012, LogLevel.Debug, "No TLS with {Remote}: {Reason}")]
        public static partial void NoHandshake(ILogger logger, IPAddress remote, string reason);
    }
}
