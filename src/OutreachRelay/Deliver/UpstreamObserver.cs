using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Observe;
using OutreachRelay.Outcome;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver;

/// <summary>Draws from attempts what is to be known of upstreams, credentials and senders: who is well, who rests, and for how long.</summary>
public sealed partial class UpstreamObserver(Schedule schedule, SenderRefusals refusals, RecipientMask mask, ILogger<UpstreamObserver> logger)
{
    public void Observe(Observation seen)
    {
        var (model, upstream, credential, ready, result, meaning, _) = seen;
        var rest = seen.Rest;
        if (result.Reply is not null && meaning.Action != ReplyAction.Accept)
            DeliverMetrics.Judged(meaning);
        switch (meaning.Action)
        {
            case ReplyAction.Accept:
                schedule.Succeeded(upstream);
                break;
            case ReplyAction.SlowDown:
                schedule.Throttled(upstream, rest);
                Log.Throttled(logger, upstream.Model.Name, rest.TotalSeconds, meaning.RuleId);
                break;
            case ReplyAction.PauseSender or ReplyAction.PauseDomain:
                refusals.Note(upstream, model, ready.Entry, meaning, rest);
                break;
        }
        // One of several credentials is left alone by itself: the others' mail goes on.
        var isOfSeveral = credential is not null && (!credential.Domains.IsEmpty || !upstream.Model.DomainCredentials.IsEmpty);
        if (isOfSeveral && RestsAlone(upstream, credential!, seen))
            Return(upstream, ready);
        else
            ObserveHealth(seen);
    }

    /// <summary>How long an attempt took, whatever its end.</summary>
    /// <param name="octets">Of its content.</param>
    public void NoteTime(UpstreamState upstream, TimeSpan took, long octets)
    {
        if (!schedule.Took(upstream, took, octets))
            return;
        if (upstream.IsSlow)
            Log.Slow(logger, upstream.Model.Name, took.TotalSeconds);
        else
            Log.QuickAgain(logger, upstream.Model.Name);
    }

    /// <summary>A trial that showed nothing lets the next one through.</summary>
    public void Return(UpstreamState upstream, ReadyEntry ready)
    {
        if (ready.IsTrial)
            schedule.Observe(upstream, (health, _) => health.TrialReturned());
    }

    private bool RestsAlone(UpstreamState upstream, CredentialModel credential, Observation seen)
    {
        var (result, meaning, rest) = (seen.Result, seen.Meaning, seen.Rest);
        if (meaning.Action == ReplyAction.PauseAccount)
        {
            upstream.Resting.Begin(credential, rest);
            Log.CredentialRests(logger, upstream.Model.Name, credential.Id, rest.TotalSeconds, Describe(result), meaning.RuleId);
            return true;
        }
        if (result.Stage >= SmtpStage.Mail && AttemptMeaning.SignOf(result, meaning) == UpstreamSign.Works)
            upstream.Resting.End(credential);
        return false;
    }

    private void ObserveHealth(Observation seen)
    {
        var (upstream, text) = (seen.Upstream, Describe(seen.Result));
        if (seen.Meaning.Action == ReplyAction.PauseAccount)
        {
            Tell(upstream, text, schedule.Observe(upstream, (health, now) => health.Refused(now, text, seen.Rest)));
            return;
        }
        switch (AttemptMeaning.SignOf(seen.Result, seen.Meaning))
        {
            case UpstreamSign.Works:
                Tell(upstream, text, schedule.Observe(upstream, (health, now) => health.Succeeded(now)));
                break;
            case UpstreamSign.Fails:
                Tell(upstream, text, schedule.Observe(upstream, (health, now) => health.Failed(now, text)));
                break;
            default:
                Return(upstream, seen.Ready);
                break;
        }
    }

    private void Tell(UpstreamState upstream, string text, bool changed)
    {
        if (changed)
            Log.CircuitChanged(logger, upstream.Model.Name, upstream.Health.State, text);
    }

    // A remote text may repeat the recipient's address.
    private string Describe(SmtpResult result) => mask.MaskIn(result.Summary);

    private static partial class Log
    {
        [LoggerMessage(2002, LogLevel.Warning, "Upstream {Upstream} is now {State}: {Reason}")]
        public static partial void CircuitChanged(ILogger logger, string upstream, CircuitState state, string reason);

        [LoggerMessage(2006, LogLevel.Error, "Upstream {Upstream} refuses credential {Credential}; it is left alone for {Seconds:0} s: {Reply} [{Rule}]")]
        public static partial void CredentialRests(ILogger logger, string upstream, string credential, double seconds, string reply, string rule);

        [LoggerMessage(2007, LogLevel.Warning, "Upstream {Upstream} gets nothing for {Seconds:0} s, and then less at a time [{Rule}]")]
        public static partial void Throttled(ILogger logger, string upstream, double seconds, string rule);

        [LoggerMessage(2008, LogLevel.Warning, "Upstream {Upstream} keeps mail waiting, the last one for {Seconds:0} s: others of its tier go before it")]
        public static partial void Slow(ILogger logger, string upstream, double seconds);

        [LoggerMessage(2009, LogLevel.Information, "Upstream {Upstream} is quick again")]
        public static partial void QuickAgain(ILogger logger, string upstream);
    }
}
