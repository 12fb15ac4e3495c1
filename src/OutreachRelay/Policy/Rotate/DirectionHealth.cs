using System.Globalization;
using OutreachRelay.Configuration;

namespace OutreachRelay.Policy.Rotate;

/// <summary>Stops a direction whose mail bounces whoever sends it: its list is bad, and pausing its senders one by one would burn them all.</summary>
/// <remarks>
/// A direction is judged on all outcomes of its mail as a sender domain is on its own, before they are; or because several of its senders were
/// paused within an hour. Its mail is then held, and what its senders have shown does not count against them.
/// </remarks>
/// <param name="hold">Holds a direction's mail until a time; <see langword="false"/> when that cannot be kept now.</param>
public sealed partial class DirectionHealth(
    RelayState relay, BudgetLedger ledger, SenderHealth healths, Func<DirectionModel, DateTimeOffset, string, Task<bool>> hold, TimeProvider time,
    ILogger<DirectionHealth> logger)
{
    /// <summary>Who holds, where operators give their names: no user of a machine has this one.</summary>
    public const string Who = "sender health";

    // So many senders that are paused within the span have a cause in common; of a small pool a fifth, but not two or one.
    private const int ManyPaused = 5;
    private const int FewestPaused = 3;
    private const double PausedShare = 0.2;

    private static readonly TimeSpan Together = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (DirectionModel Direction, DateTimeOffset Until, string Reason)> _unheld = [];

    /// <summary>From now on each direction is judged as outcomes of its mail are counted; before its senders are. Called once, when the ledger is loaded.</summary>
    public void Start() => ledger.OutcomesCounted += Observe;

    /// <summary>Offers what could not be held yet. Called about once a second; returns at once.</summary>
    public void Tick()
    {
        (DirectionModel Direction, DateTimeOffset Until, string Reason)[] unheld;
        lock (_gate)
        {
            unheld = [.. _unheld.Values];
            _unheld.Clear();
        }
        foreach (var (direction, until, reason) in unheld)
            _ = HoldAsync(direction, until, reason);
    }

    private void Observe(IReadOnlyCollection<string> names)
    {
        var model = relay.Model;
        foreach (var direction in names.Select(name => Find(model, name)).OfType<DirectionModel>())
        {
            if (Judge(direction) is { } reason)
                Stop(direction, reason);
        }
    }

    /// <summary>The direction under whose name is counted; neither an address nor a domain has a slash.</summary>
    internal static DirectionModel? Find(RelayModel model, string name) =>
        name.IndexOf('/') is > 0 and var slash ? model.FindDirection(name[..slash], name[(slash + 1)..]) : null;

    private string? Judge(DirectionModel direction)
    {
        lock (ledger.Gate)
        {
            var (subject, health) = (SubjectNeedsLock(direction), HealthRule.OfDomain(direction.Pool.Health));
            var days = subject.Samples();
            var samples = HealthSamples.Sum(days, subject.Today, subject.Condition.Start, health.PauseMinSamples);
            if ((HealthRule.JudgeShare(samples, health) ?? FindPausesNeedsLock(direction, samples)) is not { } reason)
                return null;
            subject.Take(HealthRule.Resume(days[0].Begin(subject.Today), time.GetUtcNow()));
            return reason;
        }
    }

    private string? FindPausesNeedsLock(DirectionModel direction, HealthSamples samples)
    {
        var (pool, senders) = (direction.Pool, direction.Pool.Senders.Length);
        var paused = healths.CountPausesNeedsLock(pool.Name, time.GetUtcNow() - Together);
        var areMany = paused >= ManyPaused || (paused >= FewestPaused && paused > senders * PausedShare);
        // Another direction of the pool may be the one.
        return areMany && samples.Share > pool.Health.PauseBounceRate / 2
            ? string.Create(CultureInfo.InvariantCulture, $"{paused} of its {senders} senders were paused within an hour")
            : null;
    }

    private void Stop(DirectionModel direction, string reason)
    {
        var now = time.GetUtcNow();
        var name = BudgetKeys.DirectionName(direction.Client, direction.Name);
        Log.Stopped(logger, name, reason);
        healths.Keep(name);
        healths.Spare(direction.Pool, now - Together);
        _ = HoldAsync(direction, now + direction.Pool.Health.PauseDwell, reason);
    }

    private async Task HoldAsync(DirectionModel direction, DateTimeOffset until, string reason)
    {
        var name = BudgetKeys.DirectionName(direction.Client, direction.Name);
        try
        {
            if (await hold(direction, until, reason))
                return;
        }
        catch (Exception e)
        {
            Log.HoldingBroke(logger, e, name);
        }
        lock (_gate)
            _unheld[name] = (direction, until, reason);
    }

    // Kept as the domains are: what matters of it is from where on samples count.
    private HealthSubject SubjectNeedsLock(DirectionModel direction) => new(
        ledger, ledger.Senders.GetDomain(BudgetKeys.DirectionName(direction.Client, direction.Name)), DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));

    private static partial class Log
    {
        [LoggerMessage(4010, LogLevel.Error, "The mail of direction {Direction} is held, and its senders are spared: {Reason}")]
        public static partial void Stopped(ILogger logger, string direction, string reason);

        [LoggerMessage(4011, LogLevel.Error, "Direction {Direction} could not be held; trying again")]
        public static partial void HoldingBroke(ILogger logger, Exception e, string direction);
    }
}
