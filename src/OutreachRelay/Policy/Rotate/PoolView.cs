using OutreachRelay.Configuration;

namespace OutreachRelay.Policy.Rotate;

/// <param name="Senders">How many first mails may be given to at all.</param>
/// <param name="Paused">How many of them are paused, by themselves or with their domain.</param>
/// <param name="HasFree">Whether one of them has a unit left today.</param>
public readonly record struct PoolStanding(string Pool, int Senders, int Paused, bool HasFree)
{
    /// <summary>How many of those that are paused are so because no upstream takes their mail.</summary>
    public int Refused { get; init; }
}

/// <summary>Shows how the pools stand that directions use. Changes nothing.</summary>
public sealed class PoolView(BudgetLedger ledger, Rotation rotation, TimeProvider time)
{
    // Accepts go on between two shares of a large pool.
    private const int Share = 512;

    public IEnumerable<PoolStanding> Look(RelayModel model) => model.Clients.Values
        .SelectMany(static client => client.Directions.Values).Select(static direction => direction.Pool.Name).Distinct()
        .Select(name => Look(model, model.Pools[name]));

    private PoolStanding Look(RelayModel model, PoolModel pool)
    {
        var (now, senders, paused, refused, hasFree) = (time.GetUtcNow(), 0, 0, 0, false);
        foreach (var share in pool.Senders.Where(static sender => sender is { Weight: > 0, DailyLimit: > 0 }).Chunk(Share))
        {
            lock (ledger.Gate)
            {
                senders += share.Length;
                foreach (var member in share.Select(sender => rotation.MemberNeedsLock(model, sender.Key)!))
                {
                    paused += member.State.IsPaused ? 1 : 0;
                    refused += member.State.Condition.IsRefused ? 1 : 0;
                    hasFree = hasFree || IsFree(member, now);
                }
            }
        }
        return new PoolStanding(pool.Name, senders, paused, hasFree) { Refused = refused };
    }

    private static bool IsFree(PoolMember member, DateTimeOffset now)
    {
        var (model, state, today) = (member.Model, member.State, member.Today(now));
        return !state.IsPaused && Math.Max(state.Units.Taken(today), state.Sent.Taken(today)) < SenderCap.Of(model, state, today, today)
            && state.Domain.Units.Taken(today) < SenderCap.OfDomain(member.Pool, model, today);
    }
}
