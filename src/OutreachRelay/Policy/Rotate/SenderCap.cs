using OutreachRelay.Configuration;

namespace OutreachRelay.Policy.Rotate;

/// <summary>How many recipients a sender, or a domain, may have on a date: the least of all that applies.</summary>
internal static class SenderCap
{
    private const int LeastTrial = 3;
    private const int TrialShare = 10;

    /// <param name="today">The sender's local date: a sender that has rested begins its ramp again on it.</param>
    public static long Of(SenderModel model, SenderState state, DateOnly date, DateOnly today)
    {
        var cap = model.Warmup is { } warmup ? warmup.Cap(date, Resumed(warmup, state, today), model.DailyLimit) : model.DailyLimit;
        return state.IsOnTrial ? Math.Min(cap, Math.Max(LeastTrial, cap / TrialShare)) : cap;
    }

    public static long OfDomain(PoolModel pool, SenderModel model, DateOnly date)
    {
        var limit = pool.DomainDailyLimit ?? long.MaxValue;
        return model.DomainWarmupSince is { } since && pool.DomainWarmup is { } ramp ? Math.Min(limit, ramp.Cap(date, since)) : limit;
    }

    /// <summary>The date from which the ramp counts again, when the sender has rested for long, or had before.</summary>
    public static DateOnly? Resumed(WarmupModel warmup, SenderState state, DateOnly today)
    {
        var last = state.LastDate > warmup.Since ? state.LastDate : warmup.Since;
        return today.DayNumber - last.DayNumber >= warmup.IdleDays ? today : state.Resumed;
    }
}
