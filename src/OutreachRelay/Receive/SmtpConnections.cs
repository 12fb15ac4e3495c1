using System.Net;
using Microsoft.AspNetCore.Connections;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Receive;

/// <summary>Runs an SMTP session on each connection that a listener takes.</summary>
public sealed partial class SmtpConnections(
    MessageReceiver receiver, RelayState relay, TimeProvider time, ILogger<SmtpConnections> logger)
{
    private static readonly SmtpReply TooMany = new(421, 4, 7, 0, "Too many connections, try again later");

    private readonly ConnectionLimits[] _limits = [.. relay.Model.Listeners.Select(_ => new ConnectionLimits())];

    /// <summary>Open connections of all listeners, without those that are being turned away.</summary>
    public int Count => _limits.Sum(limits => limits.Total);

    /// <param name="listener">The listener's place in the configuration.</param>
    /// <param name="drain">Ends the session at its next command.</param>
    /// <param name="abort">Ends the session at once.</param>
    public async Task RunAsync(ConnectionContext connection, int listener, CancellationToken drain, CancellationToken abort)
    {
        var remote = Plain((connection.RemoteEndPoint as IPEndPoint)?.Address);
        var local = Plain((connection.LocalEndPoint as IPEndPoint)?.Address);
        var model = relay.Model;
        // Listeners stay in place until a restart; what a reload changed is their limits.
        var listening = listener < model.Listeners.Length ? model.Listeners[listener] : model.Listeners[^1];
        var limits = _limits[listener];
        var welcome = limits.Enter(remote, listening.MaxConnections, listening.MaxConnectionsPerAddress);
        try
        {
            var session = new SubmissionSession(receiver, relay, remote);
            var protocol = new SmtpServerSession(connection.Transport, Options(model, listening, remote, local, welcome), session, time);
            session.Protocol = protocol;
            var end = await protocol.RunAsync(drain, abort);
            ReceiveMetrics.SessionEnded(Word(end));
            Log.Ended(logger, remote, end);
        }
        catch (Exception e)
        {
            // The edge of a session: whatever it was, the others go on.
            ReceiveMetrics.SessionEnded("crashed");
            Log.Crashed(logger, e, remote);
        }
        finally
        {
            if (welcome)
                limits.Leave(remote);
        }
    }

    // RFC 4954 §4: no plaintext credentials over a network; over loopback nobody else listens.
    private static SmtpServerOptions Options(RelayModel model, ListenerModel listener, IPAddress remote, IPAddress local, bool welcome) => new()
    {
        Hostname = model.Hostname,
        MaxMessageSize = listener.MaxMessageSize,
        MaxRecipients = model.Policy.MaxRecipients,
        OfferAuth = model.Logins.Count > 0 && IPAddress.IsLoopback(remote) && IPAddress.IsLoopback(local),
        AllowAuth = IPAddress.IsLoopback(remote) && IPAddress.IsLoopback(local),
        TurnAway = welcome ? null : TooMany,
    };

    private static IPAddress Plain(IPAddress? address) =>
        address is null ? IPAddress.None : address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

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
        _ => "turned_away",
    };

    private static partial class Log
    {
        [LoggerMessage(1010, LogLevel.Debug, "Session with {Remote} ended: {End}")]
        public static partial void Ended(ILogger logger, IPAddress remote, SmtpSessionEnd end);

        [LoggerMessage(1011, LogLevel.Error, "Session with {Remote} broke off")]
        public static partial void Crashed(ILogger logger, Exception e, IPAddress remote);
    }
}
