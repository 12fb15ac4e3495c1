using System.Globalization;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>How a sender's condition follows from what became of its mail. Pure: equal samples and times, equal conditions.</summary>
/// <remarks>
/// Healthy or degraded → paused, by a share of bad outcomes that chance alone does not explain, or by complaints. Paused → trial, when the dwell
/// time is over and not before. Trial → healthy after enough outcomes, or → paused for twice as long. Whoever is paused too often waits for the
/// operator, whose own pause stands beside all of this. Whom no upstream takes is paused too, and comes back as it was.
/// </remarks>
internal static class HealthRule
{
    /// <summary>A domain has so many times the samples of one sender, and is judged on so many times as many.</summary>
    public const int DomainScale = 5;

    // One or two can always be chance.
    private const long LeastBad = 3;

    // From so many outcomes on a lower share is told from chance: by the lower end of its one-sided 95 % interval.
    private const long Many = 100;
    private const double ManyRate = 0.05;
    private const double Z95 = 1.6449;

    private const long TrialOutcomes = 20;
    private const long TrialBad = 1;

    private static readonly TimeSpan LongestDwell = TimeSpan.FromDays(7);
    private static readonly TimeSpan Memory = TimeSpan.FromDays(30);

    /// <summary>The condition that follows.</summary>
    /// <param name="days">Samples of the dates from <paramref name="today"/> backwards; at most <see cref="HealthSamples.Days"/> count.</param>
    /// <returns>The same instance when nothing has changed.</returns>
    public static SenderCondition Next(
        SenderCondition condition, ReadOnlySpan<HealthSamples> days, DateOnly today, HealthModel health, DateTimeOffset now)
    {
        if (condition.Operator?.Until <= now)
            condition = condition with { Operator = null };
        if (condition.Status == SenderStatus.Paused)
            return condition.Until <= now ? Return(condition, days[0].Begin(today), now) : condition;
        var samples = HealthSamples.Sum(days, today, condition.Start, health.PauseMinSamples);
        if (condition.Status == SenderStatus.Trial)
            return JudgeTrial(condition, samples, days[0], today, health, now);
        return JudgeComplaints(samples, health) is { } complained ? Pause(condition, complained, health, now)
            : JudgeShare(samples, health) is { } share ? Pause(condition, share, health, now)
            : JudgeWeight(condition, samples, health, now);
    }

    /// <summary>The operator stops it until a time, or until they resume it.</summary>
    public static SenderCondition PauseByOperator(SenderCondition condition, OperatorPause pause) => condition with { Operator = pause };

    /// <summary>No upstream takes its mail: it is paused until one may; a pause that lasts longer stands.</summary>
    public static SenderCondition Refuse(SenderCondition condition, DateTimeOffset until, string reason, DateTimeOffset now) =>
        condition.Status == SenderStatus.Paused && (condition.Until is null || condition.Until >= until)
            ? condition
            : condition with { Status = SenderStatus.Paused, Since = now, Until = until, Reason = reason };

    /// <summary>The operator resumes it: nothing of what was before counts any more.</summary>
    public static SenderCondition Resume(SampleStart start, DateTimeOffset now) => SenderCondition.Healthy with { Since = now, Start = start };

    /// <summary>What was counted was not its own fault: samples count anew, and a pause that was begun for them since <paramref name="since"/> never was.</summary>
    public static SenderCondition Spare(SenderCondition condition, SampleStart start, DateTimeOffset since, DateTimeOffset now) =>
        condition is { Status: SenderStatus.Paused, LastPause: { } last } && last >= since
            ? condition with
            {
                Status = SenderStatus.Healthy,
                Since = now,
                Until = null,
                Reason = "",
                Pauses = condition.Pauses - 1,
                LastPause = condition.PauseBefore,
                PauseBefore = null,
                Start = start,
            }
            : condition with { Start = start };

    /// <summary>Whether the condition changes by the clock alone.</summary>
    public static bool IsOver(SenderCondition condition, DateTimeOffset now) =>
        condition.Operator?.Until <= now || (condition.Status == SenderStatus.Paused && condition.Until <= now);

    /// <summary>What a sender domain is judged on.</summary>
    public static HealthModel OfDomain(HealthModel health) => health with
    {
        PauseMinSamples = (int)Math.Min(int.MaxValue, (long)health.PauseMinSamples * DomainScale),
        PauseComplaints = (int)Math.Min(int.MaxValue, (long)health.PauseComplaints * DomainScale),
    };

    // Who was only refused has shown nothing that a trial would be for, unless it had been on trial before.
    private static SenderCondition Return(SenderCondition condition, SampleStart start, DateTimeOffset now) => condition is { IsRefused: true, Pauses: 0 }
        ? condition with { Status = SenderStatus.Healthy, Since = now, Until = null, Reason = "" }
        : BeginTrial(condition, start, now);

    private static SenderCondition BeginTrial(SenderCondition condition, SampleStart start, DateTimeOffset now) => condition with
    {
        Status = SenderStatus.Trial,
        Since = now,
        Until = null,
        Reason = Text($"on trial after a pause: {TrialOutcomes} outcomes with at most {TrialBad} bad end it"),
        Start = start,
    };

    private static SenderCondition JudgeTrial(
        SenderCondition condition, HealthSamples samples, HealthSamples ofToday, DateOnly today, HealthModel health, DateTimeOffset now)
    {
        if (JudgeComplaints(samples, health) is { } complained)
            return Pause(condition, complained, health, now);
        if (samples.Bad + samples.Complaints > TrialBad)
        {
            return Pause(condition, Text(
                $"{samples.Bad} of {samples.Outcomes} bounced or were blocked on trial, with {samples.Complaints} complaints; at most {TrialBad} may"), health, now);
        }
        if (samples.Outcomes >= TrialOutcomes)
            return condition with { Status = SenderStatus.Healthy, Since = now, Pauses = 0, Reason = "" };
        // A small sender's trial lasts longer than the window: what it has shown so far goes along.
        return condition.Start?.Date < today ? condition with { Start = ofToday.Begin(today, samples) } : condition;
    }

    private static string? JudgeComplaints(HealthSamples samples, HealthModel health) => samples.Complaints >= health.PauseComplaints
        ? Text($"{samples.Complaints} complaints in {HealthSamples.Days} days, limit {health.PauseComplaints}")
        : null;

    /// <summary>Why a share of bad outcomes is too large; <see langword="null"/> when it may be chance.</summary>
    public static string? JudgeShare(HealthSamples samples, HealthModel health)
    {
        if (samples.Outcomes < health.PauseMinSamples || samples.Bad < LeastBad)
            return null;
        if (samples.Share > health.PauseBounceRate)
            return Text($"{samples.Bad} of {samples.Outcomes} bounced or were blocked in {HealthSamples.Days} days, limit {Percent(health.PauseBounceRate)}");
        return samples.Outcomes >= Many && LowerBound(samples) > ManyRate
            ? Text($"{samples.Bad} of {samples.Outcomes} bounced or were blocked in {HealthSamples.Days} days, surely more than {Percent(ManyRate)}")
            : null;
    }

    // Half the limit makes it degraded, a quarter makes it whole again, so that it does not go to and fro.
    private static SenderCondition JudgeWeight(SenderCondition condition, HealthSamples samples, HealthModel health, DateTimeOffset now)
    {
        if (condition.Status == SenderStatus.Healthy && samples.Outcomes >= health.PauseMinSamples && samples.Share > health.PauseBounceRate / 2)
        {
            var reason = Text(
                $"{samples.Bad} of {samples.Outcomes} bounced or were blocked in {HealthSamples.Days} days, more than half the limit of {Percent(health.PauseBounceRate)}");
            return condition with { Status = SenderStatus.Degraded, Since = now, Reason = reason };
        }
        return condition.Status == SenderStatus.Degraded && (samples.Bad == 0 || samples.Share < health.PauseBounceRate / 4)
            ? condition with { Status = SenderStatus.Healthy, Since = now, Reason = "" }
            : condition;
    }

    private static SenderCondition Pause(SenderCondition condition, string reason, HealthModel health, DateTimeOffset now)
    {
        var isThird = condition.PauseBefore is { } before && now - before < Memory;
        return condition with
        {
            Status = SenderStatus.Paused,
            Since = now,
            Until = isThird ? null : now + Dwell(condition.Pauses, health),
            Pauses = condition.Pauses + 1,
            Reason = isThird ? Text($"{reason}; the third pause in {Memory.Days} days, so the operator must resume it") : reason,
            LastPause = now,
            PauseBefore = condition.LastPause,
        };
    }

    private static TimeSpan Dwell(int pausesBefore, HealthModel health)
    {
        var most = health.PauseDwell > LongestDwell ? health.PauseDwell : LongestDwell;
        // Beyond so many doublings even a minute is longer than the longest.
        var dwell = health.PauseDwell * (1L << Math.Min(pausesBefore, 20));
        return dwell < most ? dwell : most;
    }

    // Wilson's score interval: sound with few bad ones too, where the normal one is not.
    private static double LowerBound(HealthSamples samples)
    {
        var (n, share) = ((double)samples.Outcomes, samples.Share);
        var z2 = Z95 * Z95;
        return (share + (z2 / (2 * n)) - (Z95 * Math.Sqrt((share * (1 - share) / n) + (z2 / (4 * n * n))))) / (1 + (z2 / n));
    }

    private static string Percent(double rate) => Text($"{rate * 100:0.##} %");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
