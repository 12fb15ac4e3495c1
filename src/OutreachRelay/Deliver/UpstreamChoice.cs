using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;

namespace OutreachRelay.Deliver;

/// <summary>Which upstream an entry goes to.</summary>
internal static class UpstreamChoice
{
    // So many of a direction wait for an upstream's workers before its equals go first.
    private const int Crowd = 64;

    /// <summary>
    /// The lowest tier that has an upstream which can take the entry: it is up, has room in its budgets and its rate, and does not refuse the sender.
    /// Within it, those that keep mail waiting go last; then the cheapest goes where the direction wants that; else the turns go by weight. An entry that is to return to an upstream goes there.
    /// </summary>
    /// <param name="direction">Its upstreams are sorted by tier.</param>
    /// <param name="find">The state of an upstream that can take the entry now, else <see langword="null"/>.</param>
    /// <returns><see langword="null"/> when none can.</returns>
    /// <remarks>
    /// Smooth weighted turns: each candidate earns its weight, the richest goes and pays what all have earned. Only candidates earn, so an
    /// upstream that was away does not come back with a claim on everything. One that is slow is no candidate while an equal has no crowd.
    /// </remarks>
    public static UpstreamState? Choose(DirectionModel direction, ReadyEntry entry, Func<UpstreamModel, UpstreamState?> find)
    {
        if (FindLast(direction, entry.ReturnsTo, find) is { } last)
            return last;
        var candidates = entry.Home.Candidates;
        candidates.Clear();
        foreach (var model in direction.Upstreams)
        {
            if (candidates.Count > 0 && model.Tier > candidates[0].Model.Tier)
                break;
            if (find(model) is { } state)
                candidates.Add(state);
        }
        if (candidates.Count > 1)
            Narrow(candidates, static state => !state.IsSlow);
        if (candidates.Count > 1)
            Narrow(candidates, state => state.Waiting.CountOf(entry.Home) < Crowd);
        if (candidates.Count > 1 && direction.CheapestFirst)
            KeepCheapest(candidates);
        return TakeTurn(candidates, entry.Home.Credits);
    }

    /// <summary>Whether an upstream beside <paramref name="failed"/> can take the entry now, in whatever tier.</summary>
    public static bool Any(DirectionModel direction, string failed, Func<UpstreamModel, UpstreamState?> find) =>
        direction.Upstreams.Any(model => model.Name != failed && find(model) is not null);

    /// <summary>Whether an entry that an upstream cannot carry may still go to another one of its direction, be that up or down now.</summary>
    public static bool HasOther(DirectionModel direction, SenderModel? sender, ReadyEntry entry, string unfit) =>
        entry.Pinned is null && direction.Upstreams.Any(upstream =>
            upstream.Name != unfit && IsAllowed(upstream.Name, sender) && !entry.Unfit.Contains(upstream.Name));

    private static UpstreamState? FindLast(DirectionModel direction, string? name, Func<UpstreamModel, UpstreamState?> find) =>
        name is not null && direction.Upstreams.FirstOrDefault(model => model.Name == name) is { } last ? find(last) : null;

    private static UpstreamState? TakeTurn(List<UpstreamState> candidates, Dictionary<string, double> credits)
    {
        UpstreamState? best = null;
        var earned = 0.0;
        foreach (var state in candidates)
        {
            var model = state.Model;
            earned += model.Weight;
            var credit = credits[model.Name] = credits.GetValueOrDefault(model.Name) + model.Weight;
            if (best is null || credit > credits[best.Model.Name])
                best = state;
        }
        if (best is not null)
            credits[best.Model.Name] -= earned;
        return best;
    }

    // What has no price may cost anything.
    private static void KeepCheapest(List<UpstreamState> candidates)
    {
        var least = candidates.Min(static state => state.Model.Limits.PricePer1000 ?? decimal.MaxValue);
        candidates.RemoveAll(state => (state.Model.Limits.PricePer1000 ?? decimal.MaxValue) > least);
    }

    // Keeps those that a condition holds for, if there are any.
    private static void Narrow(List<UpstreamState> candidates, Predicate<UpstreamState> condition)
    {
        if (candidates.Exists(condition))
            candidates.RemoveAll(state => !condition(state));
    }

    private static bool IsAllowed(string upstream, SenderModel? sender) => sender is null || sender.MayUse(upstream);

    /// <summary>Why an upstream may not carry an entry, be it up or down; <see cref="UpstreamObstacle.None"/>: it may.</summary>
    public static UpstreamObstacle FindObstacle(string upstream, SenderModel? sender, ReadyEntry entry)
    {
        if (entry.Pinned is { } pinned)
        {
            if (pinned != upstream)
                return UpstreamObstacle.MaybeSentElsewhere;
        }
        else if (!IsAllowed(upstream, sender))
            return UpstreamObstacle.SenderNotAllowed;
        if (entry.Barred.Contains(upstream))
            return UpstreamObstacle.Preflight;
        if (entry.Unfit.Contains(upstream))
            return UpstreamObstacle.CannotCarry;
        return entry.Excluded.Contains(upstream) ? UpstreamObstacle.FailedNow : UpstreamObstacle.None;
    }
}
