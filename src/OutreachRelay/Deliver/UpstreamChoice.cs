using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;

namespace OutreachRelay.Deliver;

/// <summary>Which upstream an entry goes to.</summary>
internal static class UpstreamChoice
{
    /// <summary>The lowest tier that has an upstream which can take the entry; within it, the turns go by weight.</summary>
    /// <param name="direction">Its upstreams are sorted by tier.</param>
    /// <param name="allowed">Names of the upstreams that may carry the entry's sender; empty: all.</param>
    /// <param name="find">The state of an upstream by name.</param>
    /// <returns><see langword="null"/> when none can take it now.</returns>
    /// <remarks>
    /// Smooth weighted turns: each candidate earns its weight, the richest goes and pays what all have earned. Only candidates earn, so an
    /// upstream that was away does not come back with a claim on everything.
    /// </remarks>
    public static UpstreamState? Choose(
        DirectionModel direction, IReadOnlyCollection<string> allowed, ReadyEntry entry, Func<string, UpstreamState?> find)
    {
        var credits = entry.Home.Credits;
        UpstreamState? best = null;
        var earned = 0.0;
        foreach (var model in direction.Upstreams)
        {
            if (best is not null && model.Tier > best.Model.Tier)
                break;
            if (!MayCarry(model.Name, allowed, entry) || find(model.Name) is not { Health.CanTake: true } state)
                continue;
            earned += model.Weight;
            var credit = credits[model.Name] = credits.GetValueOrDefault(model.Name) + model.Weight;
            if (best is null || credit > credits[best.Model.Name])
                best = state;
        }
        if (best is not null)
            credits[best.Model.Name] -= earned;
        return best;
    }

    /// <summary>Whether an upstream beside <paramref name="failed"/> can take the entry now, in whatever tier.</summary>
    public static bool Any(
        DirectionModel direction, IReadOnlyCollection<string> allowed, ReadyEntry entry, string failed, Func<string, UpstreamState?> find) =>
        direction.Upstreams.Any(model => model.Name != failed && MayCarry(model.Name, allowed, entry) && find(model.Name) is { Health.CanTake: true });

    /// <summary>Whether an entry that an upstream cannot carry may still go to another one of its direction, be that up or down now.</summary>
    public static bool HasOther(DirectionModel direction, IReadOnlyCollection<string> allowed, ReadyEntry entry, string unfit) =>
        entry.Pinned is null && direction.Upstreams.Any(upstream =>
            upstream.Name != unfit && IsAllowed(upstream.Name, allowed) && !entry.Unfit.Contains(upstream.Name));

    private static bool IsAllowed(string upstream, IReadOnlyCollection<string> allowed) => allowed.Count == 0 || allowed.Contains(upstream);

    private static bool MayCarry(string upstream, IReadOnlyCollection<string> allowed, ReadyEntry entry) =>
        FindObstacle(upstream, allowed, entry) == UpstreamObstacle.None;

    /// <summary>Why an upstream may not carry an entry, be it up or down; <see cref="UpstreamObstacle.None"/>: it may.</summary>
    public static UpstreamObstacle FindObstacle(string upstream, IReadOnlyCollection<string> allowed, ReadyEntry entry)
    {
        if (entry.Pinned is { } pinned)
        {
            if (pinned != upstream)
                return UpstreamObstacle.MaybeSentElsewhere;
        }
        else if (!IsAllowed(upstream, allowed))
            return UpstreamObstacle.SenderNotAllowed;
        if (entry.Unfit.Contains(upstream))
            return UpstreamObstacle.CannotCarry;
        return entry.Excluded.Contains(upstream) ? UpstreamObstacle.FailedNow : UpstreamObstacle.None;
    }
}
