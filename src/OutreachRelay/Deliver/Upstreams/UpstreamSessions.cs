using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>Gives out sessions with upstreams: a pooled one, or a new one of the upstream's type.</summary>
public sealed class UpstreamSessions(TimeProvider time)
{
    private static readonly SmtpResult Ready = new() { Stage = SmtpStage.Idle };

    /// <summary>A session that may carry mail of a credential. Each call is matched by <see cref="SessionPool.ReturnAsync"/>.</summary>
    public async ValueTask<(IUpstreamSession? Session, SmtpResult Result)> RentAsync(
        UpstreamState upstream, UpstreamModel model, CredentialModel? credential, RelayModel relay, CancellationToken cancel)
    {
        var pooled = await upstream.Sessions.RentAsync(model, credential?.Id ?? "");
        return pooled is null ? await OpenAsync(model, credential, relay, cancel) : (pooled, Ready);
    }

    /// <summary>A new session.</summary>
    public async ValueTask<(IUpstreamSession? Session, SmtpResult Result)> OpenAsync(
        UpstreamModel model, CredentialModel? credential, RelayModel relay, CancellationToken cancel)
    {
        if (model.Type == UpstreamType.Capture)
            return (new CaptureUpstreamSession(Path.Combine(relay.DataDirectory, "captured")), Ready);
        var started = time.GetTimestamp();
        var opened = await SmtpUpstreamSession.OpenAsync(model, credential, relay.Hostname, time, cancel);
        DeliverMetrics.Opened(model.Name, time.GetElapsedTime(started));
        return opened;
    }

    /// <summary>Looks whether an upstream answers.</summary>
    public async ValueTask<SmtpResult> ProbeAsync(UpstreamModel model, RelayModel relay, CancellationToken cancel) =>
        model.Type == UpstreamType.Capture ? Ready : await SmtpUpstreamSession.ProbeAsync(model, relay.Hostname, time, cancel);
}
