using System.Collections.Immutable;
using System.Globalization;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver.Explaining;

/// <summary>Waits in words.</summary>
internal static class WaitText
{
    public static string Of(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Of(DateOnly? date) => date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "no day";

    public static string Attempts(int count) => count == 1 ? "1 attempt" : $"{count} attempts";

    public static string OfDrop(StoreEvent drop) => $"dropped by {drop.Who} at {Of(drop.At)}{(drop.Reason.Length > 0 ? ": " + drop.Reason : "")}";

    public static string OfHold(StoreEvent? hold) =>
        hold is null ? "it is held" : $"held by {hold.Who} at {Of(hold.At)}{(hold.Reason.Length > 0 ? ": " + hold.Reason : "")}";

    /// <summary>Who holds a scope, since when, until when, and why.</summary>
    public static string OfHold(QueueHold hold) =>
        $"held by {hold.Who} since {Of(hold.Since)}{(hold.Until is { } until ? " until " + Of(until) : "")}: {hold.Reason} ({hold.Scope})";

    public static string OfDoubt(WaitFacts facts) => facts.Model.Delivery.InDoubt == InDoubtAction.Hold
        ? $"{facts.Entry.Upstream} may have taken it; then it is held for the operator"
        : $"{facts.Entry.Upstream} may have taken it; then it is sent there again";

    public static string Of(GateState state, SenderStanding? standing) => state switch
    {
        GateState.Gap => "its sender has just sent, and keeps its gap",
        GateState.Window => "its sender's window is closed",
        GateState.DailyLimit => "its sender's limit of today is used up",
        GateState.HourlyLimit => "the hour's limit of its sender's domain is used up",
        GateState.Paused => "its sender is paused: " + standing?.PauseReason,
        GateState.Busy => "another mail of its sender is on its way",
        _ => "its sender may send",
    };

    /// <summary>Why there was no unit of today, to be put behind a sentence.</summary>
    public static string Of(SenderObstacle today) => today switch
    {
        SenderObstacle.DailyLimit => "; its sender's limit of today is used up",
        SenderObstacle.DomainLimit => "; its sender domain's limit of today is used up",
        SenderObstacle.DirectionLimit => "; its direction's limit of today is used up",
        SenderObstacle.ClientLimit => "; its client's limit of today is used up",
        SenderObstacle.Window => "; its sender's window is closed",
        SenderObstacle.Gap => "; its sender's gap leaves no more room today",
        _ => "",
    };

    public static string Of(ImmutableArray<QueueEntry> before)
    {
        var ranks = before.CountBy(static entry => entry.Rank).OrderBy(static pair => pair.Key).Select(static pair => $"{pair.Value} {Of(pair.Key)}");
        return $"{before.Length} of its lane go before it ({string.Join(", ", ranks)})";
    }

    public static string Of(ImmutableArray<UpstreamAnswer> upstreams) =>
        upstreams.IsEmpty ? "its direction has no upstream" : "no upstream takes it: " + string.Join("; ", upstreams.Select(static upstream => $"{upstream.Name} {Of(upstream)}"));

    /// <summary>An upstream's answer, to be put behind its name.</summary>
    public static string Of(UpstreamAnswer upstream) => upstream.Obstacle switch
    {
        UpstreamObstacle.None => "would take it",
        UpstreamObstacle.SenderNotAllowed => "is not among the sender's upstreams",
        UpstreamObstacle.MaybeSentElsewhere => "may not see it: another one may have taken it",
        UpstreamObstacle.Preflight => "must not carry it: preflight fails there for its sender's domain (see outreach-relay preflight)",
        UpstreamObstacle.CannotCarry => "cannot carry it: it lacks an extension or takes none of its size",
        UpstreamObstacle.FailedNow => "has just failed it",
        UpstreamObstacle.Held => "is " + upstream.Reason,
        UpstreamObstacle.Down => $"is down since {Of(upstream.Since)}: {upstream.Reason}",
        UpstreamObstacle.OnTrial => $"is on trial with another mail, down before: {upstream.Reason}",
        UpstreamObstacle.Rate => "is behind with its rate",
        UpstreamObstacle.Budget => $"has no room until {(upstream.Until is { } until ? Of(until) : "its limits are raised")}: {upstream.Reason}",
        UpstreamObstacle.SenderRests => $"refused the sender or its domain, which rests there until {Until(upstream)} [{upstream.Reason}]",
        UpstreamObstacle.Throttled => $"finds it too much and gets nothing until {Until(upstream)}",
        UpstreamObstacle.CredentialRests => "refused the credential of the sender's domain, which rests",
        _ => "would take it if no lower tier did",
    };

    private static string Until(UpstreamAnswer upstream) => upstream.Until is { } until ? Of(until) : "further notice";

    private static string Of(EntryRank rank) => rank switch
    {
        EntryRank.Tried => "tried before",
        <= EntryRank.FollowUpLow => "follow-up",
        _ => "first",
    } + rank switch
    {
        EntryRank.FollowUpHigh or EntryRank.FirstHigh => " of high priority",
        EntryRank.FollowUpLow or EntryRank.FirstLow => " of low priority",
        _ => "",
    };
}
