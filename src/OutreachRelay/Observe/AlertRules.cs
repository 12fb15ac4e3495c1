using System.Collections.Immutable;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Outcome.Webhooks;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Observe;

/// <summary>What is wrong, with <see cref="AlertBook.Raise"/>'s arguments.</summary>
internal readonly record struct AlertCondition(AlertName Name, string Subject, string Text);

/// <summary>Decides from figures what is wrong now. Pure.</summary>
internal static class AlertRules
{
    private const int ManyFailing = 20;
    private const int ManyDead = 10;
    private const double ManyDeadShare = 0.01;

    private const double ManyPausedShare = 0.1;

    /// <summary>More in doubt than this is an alert, however young.</summary>
    public const int ManyInDoubt = 5;

    private static readonly TimeSpan UpstreamPatience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan OverduePatience = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan InDoubtPatience = TimeSpan.FromHours(1);
    private static readonly TimeSpan RenewalTime = TimeSpan.FromDays(14);

    public static IEnumerable<AlertCondition> Evaluate(AlertSnapshot snapshot)
    {
        var upstreams = snapshot.Upstreams.ToDictionary(static upstream => upstream.Name);
        return snapshot.Upstreams.SelectMany(Upstream)
            .Concat(snapshot.Directions.SelectMany(direction => Direction(direction, upstreams)))
            .Concat(snapshot.Pools.SelectMany(Pool))
            .Concat(snapshot.Holds.Select(Hold))
            .Concat(snapshot.Certificates.SelectMany(certificate => Certificate(certificate, snapshot.Now)))
            .Concat(Preflight(snapshot.Preflight))
            .Concat(snapshot.Webhooks.Select(Webhook))
            .Concat(Node(snapshot));
    }

    private static IEnumerable<AlertCondition> Upstream(UpstreamFacts upstream)
    {
        if (!IsDown(upstream))
            yield break;
        if (upstream.IsPaused)
            yield return new(AlertName.UpstreamPaused, upstream.Name, $"upstream {upstream.Name} is paused because its mail is blocked: {upstream.Reason}");
        else if (upstream.IsAccountRefused)
            yield return new(AlertName.UpstreamDown, upstream.Name, $"upstream {upstream.Name} refuses our account: {upstream.Reason}");
        else if (upstream.DownFor > UpstreamPatience)
            yield return new(AlertName.UpstreamDown, upstream.Name, $"upstream {upstream.Name} takes no mail: {upstream.Reason}");
    }

    private static IEnumerable<AlertCondition> Direction(DirectionFacts direction, Dictionary<string, UpstreamFacts> upstreams)
    {
        var known = direction.Upstreams.Where(upstreams.ContainsKey).Select(name => upstreams[name]).ToList();
        if (known.Count > 0 && known.TrueForAll(IsDown))
            yield return new(AlertName.DirectionDown, direction.Name, $"no upstream of direction {direction.Name} takes mail; it waits in the queue");
        // After an outage the queue is old and empties: the patience begins anew when an upstream comes back.
        var up = known.Where(static upstream => upstream.State == CircuitState.Closed).MaxBy(static upstream => upstream.For);
        if (direction.Late > OverduePatience && up?.For > OverduePatience)
        {
            yield return new(AlertName.MailOverdue, direction.Name,
                $"mail of direction {direction.Name} could leave for {Minutes(direction.Late)} and waits, though upstream {up.Name} takes mail");
        }
    }

    private static IEnumerable<AlertCondition> Pool(PoolStanding pool)
    {
        if (pool.Senders > 0 && !pool.HasFree)
            yield return new(AlertName.PoolExhausted, pool.Pool, $"no sender of pool {pool.Pool} has room for another mail today; first mails wait for a later day");
        if (pool.Paused > pool.Senders * ManyPausedShare)
            yield return new(AlertName.SendersPaused, pool.Pool, $"{pool.Paused} of the {pool.Senders} senders of pool {pool.Pool} are paused");
        if (pool.Refused > 0)
            yield return new(AlertName.SendersRefused, pool.Pool, $"every upstream refuses {pool.Refused} of the {pool.Senders} senders of pool {pool.Pool}; they are paused");
    }

    private static AlertCondition Hold(QueueHold hold)
    {
        var name = $"{hold.Scope.Client}/{hold.Scope.Direction}";
        return new(AlertName.DirectionHeld, name, $"the mail of direction {name} is held until {hold.Until:u}: {hold.Reason}");
    }

    private static IEnumerable<AlertCondition> Certificate(CertificateFacts certificate, DateTimeOffset now)
    {
        if (certificate.Expires <= now)
            yield return new(AlertName.CertificateExpired, certificate.Listener, $"the certificate of listener {certificate.Listener} expired at {certificate.Expires:u}");
        else if (certificate.Expires - now < RenewalTime)
            yield return new(AlertName.CertificateExpiring, certificate.Listener, $"the certificate of listener {certificate.Listener} expires at {certificate.Expires:u}");
    }

    // A provider's record that breaks fails all domains at once: that is one alert, and leaves room for others.
    private static IEnumerable<AlertCondition> Preflight(ImmutableArray<PreflightFailure> failures) => failures.Length <= ManyFailing
        ? failures.Select(static failure => new AlertCondition(AlertName.PreflightFails, failure.Domain, failure.Text))
        : [new(AlertName.PreflightFails, "", $"preflight fails for {failures.Length} sender domains; the first: {failures[0].Text}")];

    private static AlertCondition Webhook(WebhookTrouble trouble) => new(AlertName.WebhookRefused, trouble.Upstream,
        $"the webhook of upstream {trouble.Upstream} refused its last {trouble.Count} requests: "
        + (trouble.AreStale ? "they were signed too long ago, or a clock is wrong" : "they do not prove to be the provider's; perhaps the secret is another one now"));

    private static IEnumerable<AlertCondition> Node(AlertSnapshot snapshot)
    {
        if (!snapshot.Store.CanWrite)
            yield return new(AlertName.StoreUnavailable, "", $"no mail is accepted or sent: {snapshot.Store.Reason}");
        if (snapshot.LastReload is { Succeeded: false } reload)
            yield return new(AlertName.ReloadRefused, "", $"the last reload was refused, the configuration before it stays in force: {reload.Message}");
        if (snapshot.DeadInHour > ManyDead || snapshot.DeadInHour > snapshot.EndedInHour * ManyDeadShare)
        {
            yield return new(AlertName.DeadLetters, "",
                $"{snapshot.DeadInHour} entries came into the dead letter queue within an hour, in which attempts brought {snapshot.EndedInHour} to an end");
        }
        if (snapshot.InDoubt > ManyInDoubt || snapshot.OldestInDoubt > InDoubtPatience)
            yield return new(AlertName.InDoubt, "", InDoubtText(snapshot));
        if (snapshot.ClockStep is { } step)
        {
            yield return new(AlertName.ClockStepped, "",
                $"the clock was set {(step > TimeSpan.Zero ? "forward" : "back")} by {step.Duration().TotalSeconds:0} s; dates, daily limits and expiry follow it");
        }
    }

    private static string InDoubtText(AlertSnapshot snapshot) => snapshot.OldestInDoubt is { } age
        ? $"{snapshot.InDoubt} entries are in doubt, the oldest for {Minutes(age)}"
        : $"{snapshot.InDoubt} entries are in doubt";

    // A probe that went well shows that it answers, the next mail shows the rest; when none comes, the probe has to do.
    private static bool IsDown(UpstreamFacts upstream) =>
        upstream.State == CircuitState.Open || (upstream.State == CircuitState.HalfOpen && upstream.For <= UpstreamPatience);

    private static string Minutes(TimeSpan span) => $"{(long)span.TotalMinutes} min";
}
