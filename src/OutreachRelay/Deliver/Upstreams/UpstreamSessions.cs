using System.Net;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>Gives out sessions with upstreams: a pooled one, or a new one of the upstream's type.</summary>
/// <param name="resolve">Whom to ask for the addresses of upstreams; <see langword="null"/>: the system's resolver.</param>
public sealed class UpstreamSessions(TimeProvider time, HostResolver? resolve = null)
{
    // Probes log in so often at the most.
    private static readonly TimeSpan LoginEvery = TimeSpan.FromMinutes(15);

    private static readonly SmtpResult Ready = new() { Stage = SmtpStage.Idle };

    private readonly SmtpUpstreamOpening _opening = new(resolve ?? Dns.GetHostAddressesAsync, time);

    /// <summary>A session that may carry mail of a credential. Each call is matched by <see cref="SessionPool.ReturnAsync"/>.</summary>
    public async ValueTask<(IUpstreamSession? Session, SmtpResult Result)> RentAsync(
        UpstreamState upstream, UpstreamModel model, CredentialModel? credential, RelayModel relay, CancellationToken cancel)
    {
        var pooled = await upstream.Sessions.RentAsync(model, credential?.Id ?? "");
        return pooled is null ? await OpenAsync(upstream, model, credential, relay, cancel) : (pooled, Ready);
    }

    /// <summary>A new session.</summary>
    public async ValueTask<(IUpstreamSession? Session, SmtpResult Result)> OpenAsync(
        UpstreamState upstream, UpstreamModel model, CredentialModel? credential, RelayModel relay, CancellationToken cancel)
    {
        if (model.Type == UpstreamType.Capture)
            return (new CaptureUpstreamSession(Path.Combine(relay.DataDirectory, "captured")), Ready);
        var (session, result, took) = await ConnectAsync(upstream, model, credential, relay, cancel);
        DeliverMetrics.Opened(model.Name, took);
        return session is null ? (null, result) : (new SmtpUpstreamSession(session, credential?.Id ?? "", upstream.RefusedParameters, model.MaxMessagesPerConnection) { MaxSize = model.MaxMessageSize }, result);
    }

    /// <summary>Looks whether an upstream answers: connect, TLS, EHLO, QUIT; with AUTH when nobody has logged in for long, so that a refused account is not hammered.</summary>
    public async ValueTask<SmtpResult> ProbeAsync(UpstreamState upstream, RelayModel relay, CancellationToken cancel)
    {
        var model = upstream.Model;
        if (model.Type == UpstreamType.Capture)
            return Ready;
        var credential = upstream.IsLoginOlderThan(LoginEvery, time) && !upstream.Resting.Contains(model.Credential) ? model.Credential : null;
        var (session, result, took) = await ConnectAsync(upstream, model, credential, relay, cancel);
        if (session is not null)
        {
            upstream.ProbeTimes.Add(took);
            await session.QuitAsync();
            await session.DisposeAsync();
        }
        return result;
    }

    private async ValueTask<(SmtpClientSession? Session, SmtpResult Result, TimeSpan Took)> ConnectAsync(
        UpstreamState upstream, UpstreamModel model, CredentialModel? credential, RelayModel relay, CancellationToken cancel)
    {
        if (credential is not null)
            upstream.NoteLogin(time);
        var started = time.GetTimestamp();
        var (session, result) = await _opening.RunAsync(model, credential, relay.Hostname, cancel);
        if (session is not null)
            upstream.Note(model, session.Capabilities);
        return (session, result, time.GetElapsedTime(started));
    }
}
