using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Outcome;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver;

/// <summary>What an attempt, or opening a session for one, came to at an upstream.</summary>
/// <param name="Asked">How long the reply asks to wait, where its rule leaves that to it; a little longer than it says.</param>
public readonly record struct Observation(
    RelayModel Model, UpstreamState Upstream, CredentialModel? Credential, ReadyEntry Ready, SmtpResult Result, ReplyVerdict Meaning, TimeSpan? Asked)
{
    /// <summary>How long whoever it concerns is left alone, where the meaning says so. A domain's limit may name its own end.</summary>
    public TimeSpan Rest => Meaning.Action == ReplyAction.PauseDomain && Asked is { } asked ? asked : Meaning.Rest;
}

/// <summary>Judges ends of attempts by the rules for replies that are in force.</summary>
public sealed class AttemptJudge(TimeProvider time, Random chance)
{
    // Beyond the time that was asked for: the other clock is not ours, and what was deferred together does not come together.
    private const double LeastSeconds = 10, MostSeconds = 40;

    public Observation Judge(RelayModel model, UpstreamState upstream, CredentialModel? credential, ReadyEntry ready, SmtpResult result)
    {
        var meaning = AttemptMeaning.Of(result, model.Replies, upstream.Model.Preset?.Replies);
        return new Observation(model, upstream, credential, ready, result, meaning, Asked(result, meaning, ready.Entry.ExpiresAt));
    }

    private TimeSpan? Asked(SmtpResult result, ReplyVerdict meaning, DateTimeOffset expires)
    {
        if (result.Reply is not { } reply || meaning.Action is not (ReplyAction.Retry or ReplyAction.OtherUpstream or ReplyAction.PauseDomain))
            return null;
        if (RetryHint.Parse(reply.Code, reply.Text, time.GetUtcNow(), expires) is not { } wait)
            return null;
        lock (chance)
            return wait + TimeSpan.FromSeconds(LeastSeconds + ((MostSeconds - LeastSeconds) * chance.NextDouble()));
    }
}
