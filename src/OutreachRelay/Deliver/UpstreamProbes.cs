using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Outcome;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver;

/// <summary>
/// Probes upstreams: an open circuit when its dwell time is over, a closed one while no attempt succeeds. A good probe of an open one lets one
/// attempt through; only that closes it.
/// </summary>
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
            var (text, meaning) = (result.Summary, AttemptMeaning.Of(result, relay.Model.Replies, upstream.Model.Preset?.Replies));
            if (!result.Succeeded)
                Log.Silent(logger, upstream.Model.Name, result.Stage, text);
            if (!schedule.Observe(upstream, (health, now) => Judge(health, now, result, meaning)))
                return;
            if (result.Succeeded)
                Log.Answers(logger, upstream.Model.Name);
            else
                Log.Down(logger, upstream.Model.Name, upstream.Health.State, text);
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

    private static bool Judge(UpstreamHealth health, DateTimeOffset now, SmtpResult result, ReplyVerdict meaning) => (health.State, meaning.Action) switch
    {
        (CircuitState.Closed, ReplyAction.PauseAccount) => health.Refused(now, result.Summary, meaning.Rest),
        // It is busy, and so it is there.
        (CircuitState.Closed, ReplyAction.SlowDown) => health.Probed(now, succeeded: true, ""),
        _ => health.Probed(now, result.Succeeded, result.Summary),
    };

    private static partial class Log
    {
        [LoggerMessage(2033, LogLevel.Warning, "Upstream {Upstream} is now {State}: {Reason}")]
        public static partial void Down(ILogger logger, string upstream, CircuitState state, string reason);

        [LoggerMessage(2030, LogLevel.Warning, "Upstream {Upstream} answers again; one attempt is let through")]
        public static partial void Answers(ILogger logger, string upstream);

        [LoggerMessage(2032, LogLevel.Error, "The probe of upstream {Upstream} broke off")]
        public static partial void Crashed(ILogger logger, Exception e, string upstream);

        [LoggerMessage(2031, LogLevel.Information, "Upstream {Upstream} does not answer a probe, {Stage}: {Reason}")]
        public static partial void Silent(ILogger logger, string upstream, SmtpStage stage, string reason);
    }
}
