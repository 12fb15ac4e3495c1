using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver;

/// <summary>Probes upstreams whose circuit is open, each when its dwell time is over. A good probe lets one attempt through; only that closes the circuit.</summary>
public sealed partial class UpstreamProbes(
    Schedule schedule, UpstreamSessions sessions, RelayState relay, ILogger<UpstreamProbes> logger)
{
    /// <summary>Runs what is due. Probes run side by side, so that a silent upstream does not hold up the others.</summary>
    public Task RunDueAsync(CancellationToken cancel)
    {
        var now = schedule.SteadyNow;
        var due = schedule.Upstreams().Where(upstream => upstream.Health.ProbeAt <= now && upstream.StartProbe());
        return Task.WhenAll(due.Select(upstream => ProbeAsync(upstream, cancel)));
    }

    private async Task ProbeAsync(UpstreamState upstream, CancellationToken cancel)
    {
        try
        {
            var result = await sessions.ProbeAsync(upstream, relay.Model, cancel);
            var text = result.Summary;
            if (schedule.Observe(upstream, (health, now) => health.Probed(now, result.Succeeded, text)))
                Log.Answers(logger, upstream.Model.Name);
            else
                Log.Silent(logger, upstream.Model.Name, result.Stage, text);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The edge of a probe: whatever it was, the next one is due as before.
            Log.Crashed(logger, e, upstream.Model.Name);
        }
        finally
        {
            upstream.EndProbe();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2030, LogLevel.Warning, "Upstream {Upstream} answers again; one attempt is let through")]
        public static partial void Answers(ILogger logger, string upstream);

        [LoggerMessage(2032, LogLevel.Error, "The probe of upstream {Upstream} broke off")]
        public static partial void Crashed(ILogger logger, Exception e, string upstream);

        [LoggerMessage(2031, LogLevel.Information, "Upstream {Upstream} does not answer yet, {Stage}: {Reason}")]
        public static partial void Silent(ILogger logger, string upstream, SmtpStage stage, string reason);
    }
}
