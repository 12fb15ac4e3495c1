using System.Diagnostics.Metrics;
using System.Globalization;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;

namespace OutreachRelay.Policy.Rotate;

/// <summary>Stops an upstream whose mail is blocked whoever sends it: its addresses are on a list, or have lost their standing.</summary>
/// <remarks>
/// Only blocks count here: a mailbox that does not exist, does not exist by another upstream either, and is the matter of the list. Each direction is looked at by itself, at each of its
/// upstreams. It speaks against an upstream when too much of what went there was blocked, unless too much is blocked elsewhere as well: then it is the direction's own doing. An upstream is stopped
/// when most of its directions speak against it, and they are several, or the only one fares better elsewhere. What was counted there until then counts no more, against nobody.
/// </remarks>
/// <param name="pause">Stops the upstream of a name, for a reason.</param>
public sealed partial class UpstreamBlocks(
    RelayState relay, BudgetLedger ledger, SenderHealth healths, Action<string, string> pause, TimeProvider time, ILogger<UpstreamBlocks> logger)
{
    // Tags: upstream = a name of the configuration.
    private static readonly Counter<long> Pauses = RelayMeter.Instance.CreateCounter<long>(
        "outreach_upstream_pauses", "{pause}", "Upstreams stopped because mail of several directions was blocked there.");

    // Whose pauses are lifted: those that may have come from it.
    private static readonly TimeSpan Together = TimeSpan.FromHours(1);

    /// <summary>From now on each upstream is judged as outcomes of its mail are counted; before its directions and their senders are. Called once, when the ledger is loaded.</summary>
    public void Start() => ledger.OutcomesCounted += Observe;

    private void Observe(IReadOnlyCollection<string> names)
    {
        var model = relay.Model;
        // There may be many directions; nearly always there is nothing to be said of the one whose mail has ended.
        var suspects = names.Where(name => IsOver(model, name)).Select(static name => BudgetKeys.UpstreamOf(name)!).ToHashSet();
        foreach (var upstream in suspects)
        {
            if (Judge(model, upstream) is { } verdict)
                Stop(upstream, verdict);
        }
    }

    private bool IsOver(RelayModel model, string name)
    {
        if (BudgetKeys.UpstreamOf(name) is not { } upstream || DirectionHealth.Find(model, name[(upstream.Length + 1)..]) is not { } direction)
            return false;
        lock (ledger.Gate)
            return LookNeedsLock(direction, upstream).Share.IsOver;
    }

    private Verdict? Judge(RelayModel model, string upstream)
    {
        lock (ledger.Gate)
        {
            var parts = model.Clients.Values.SelectMany(static client => client.Directions.Values)
                .Where(direction => direction.Upstreams.Any(one => one.Name == upstream)).Select(direction => LookNeedsLock(direction, upstream)).ToList();
            var judged = parts.Where(static part => part.Share.IsEnough).ToList();
            var blamed = judged.Where(part => part.Share.IsOver && !ShareElsewhereNeedsLock(part.Direction, upstream).IsHalfOver).ToList();
            if (blamed.Count * 2 <= judged.Count || (blamed.Count == 1 && !ShareElsewhereNeedsLock(blamed[0].Direction, upstream).IsWell))
                return null;
            foreach (var part in parts)
                part.Subject.Take(HealthRule.Resume(part.Today.Begin(part.Subject.Today), time.GetUtcNow()));
            return new Verdict(Describe(blamed, judged.Count), [.. parts.Select(static part => part.Subject.Name)], [.. blamed.Select(static part => part.Direction)]);
        }
    }

    private Part LookNeedsLock(DirectionModel direction, string upstream)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var subject = new HealthSubject(ledger, ledger.Senders.GetDomain(BudgetKeys.UpstreamPart(upstream, direction.Client, direction.Name)), today);
        var (days, health) = (subject.Samples(), direction.Pool.Health);
        return new Part(direction, subject, days[0], new Share(HealthSamples.Sum(days, today, subject.Condition.Start, health.PauseMinSamples), health));
    }

    private Share ShareElsewhereNeedsLock(DirectionModel direction, string upstream) => new(
        Sum(direction.Upstreams.Where(one => one.Name != upstream).Select(one => LookNeedsLock(direction, one.Name))), direction.Pool.Health);

    private static HealthSamples Sum(IEnumerable<Part> parts) => parts.Aggregate(default(HealthSamples), static (sum, part) => sum + part.Share.Samples);

    private void Stop(string upstream, Verdict verdict)
    {
        Log.Stopped(logger, upstream, verdict.Reason);
        Pauses.Add(1, new KeyValuePair<string, object?>("upstream", upstream));
        pause(upstream, verdict.Reason);
        verdict.Counted.ForEach(healths.Keep);
        verdict.Blamed.ForEach(Spare);
        foreach (var pool in verdict.Blamed.Select(static direction => direction.Pool).DistinctBy(static pool => pool.Name))
            healths.Spare(pool, time.GetUtcNow() - Together);
    }

    private void Spare(DirectionModel direction)
    {
        var name = BudgetKeys.DirectionName(direction.Client, direction.Name);
        lock (ledger.Gate)
        {
            var subject = new HealthSubject(ledger, ledger.Senders.GetDomain(name), DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));
            subject.Take(HealthRule.Resume(subject.Samples()[0].Begin(subject.Today), time.GetUtcNow()));
        }
        healths.Keep(name);
    }

    private static string Describe(List<Part> blamed, int judged)
    {
        var sum = Sum(blamed);
        return string.Create(CultureInfo.InvariantCulture,
            $"{sum.Bad} of {sum.Outcomes} mails were blocked in {HealthSamples.Days} days, of {blamed.Count} of {judged} directions with enough mail");
    }

    /// <summary>A direction's mail at an upstream.</summary>
    /// <param name="Today">What was counted today.</param>
    private readonly record struct Part(DirectionModel Direction, HealthSubject Subject, HealthSamples Today, Share Share);

    private readonly record struct Share(HealthSamples Samples, HealthModel Health)
    {
        public bool IsEnough => Samples.Outcomes >= Health.PauseMinSamples;

        public bool IsOver => HealthRule.JudgeShare(Samples, Health) is not null;

        // The shares between which a sender is degraded, and is whole again.
        public bool IsHalfOver => IsEnough && Samples.Share > Health.PauseBounceRate / 2;

        public bool IsWell => IsEnough && Samples.Share < Health.PauseBounceRate / 4;
    }

    /// <param name="Counted">What was looked at: it counts anew.</param>
    /// <param name="Blamed">The directions that speak against the upstream.</param>
    private sealed record Verdict(string Reason, List<string> Counted, List<DirectionModel> Blamed);

    private static partial class Log
    {
        [LoggerMessage(4020, LogLevel.Error, "Upstream {Upstream} is paused, and what was sent there counts against nobody: {Reason}")]
        public static partial void Stopped(ILogger logger, string upstream, string reason);
    }
}
