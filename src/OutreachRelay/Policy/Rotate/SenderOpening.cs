using OutreachRelay.Configuration;

namespace OutreachRelay.Policy.Rotate;

/// <summary>The first place that a sender has for more mail.</summary>
/// <param name="Date">The local date whose units it costs.</param>
/// <param name="Due">Not before then.</param>
/// <param name="Expected">About when it would leave, after what waits already. Not after now: it would leave at once.</param>
/// <param name="Turn">The order among those that cannot send now: when it would be this sender's turn, a light one's later.</param>
/// <param name="Load">Units taken of the date's, and a part of the next, relative to cap, weight and health.</param>
internal readonly record struct SenderOpening(DateOnly Date, DateTimeOffset Due, DateTimeOffset Expected, DateTimeOffset Turn, double Load)
{
    // A gap lasts a quarter longer on average than it must.
    private const double MeanGap = 1.25;

    private const double GoldenSection = 0.6180339887498949;

    /// <summary>Finds it.</summary>
    /// <param name="units">Recipients that need a unit of one date.</param>
    /// <param name="shared">What the sender shares with others of its direction; <see langword="null"/> to look at the sender alone.</param>
    /// <param name="notBefore">When the mail may leave first.</param>
    /// <param name="expires">When it is of no use any more.</param>
    /// <returns><see langword="null"/> when there is none before <paramref name="expires"/>.</returns>
    public static SenderOpening? Find(
        PoolMember member, int units, SharedLimits? shared, Instant now, DateTimeOffset notBefore, DateTimeOffset expires)
    {
        var (model, state) = (member.Model, member.State);
        if (model.DailyLimit == 0)
            return null;
        var today = member.Today(now.Wall);
        var from = notBefore > now.Wall ? notBefore : now.Wall;
        var date = today;
        if (notBefore > now.Wall)
            date = Later(today, member.Day.DateOf(notBefore));
        for (; ; date = date.AddDays(1))
        {
            var begins = date == today ? now.Wall : member.Day.Start(date);
            if (begins >= expires)
                return null;
            if (FindOn(member, date, today, units, shared, now, from > begins ? from : begins, expires) is { } found)
                return found;
        }
    }

    private static SenderOpening? FindOn(
        PoolMember member, DateOnly date, DateOnly today, int units, SharedLimits? shared, Instant now, DateTimeOffset from, DateTimeOffset expires)
    {
        var (model, pool, state) = (member.Model, member.Pool, member.State);
        var (taken, sent) = (state.Units.Taken(date), state.Sent.Taken(date));
        var cap = SenderCap.Of(model, state, date, today);
        if (Math.Max(taken, sent) + units > cap || !HasRoom(member, shared, date, units))
            return null;
        var due = model.Calendar.NextOpen(from);
        if (due >= expires || (!model.Calendar.IsAlways && due >= member.Day.Start(date.AddDays(1))))
            return null;
        var start = due;
        if (date == today && now.ToWall(state.NextOpen) is var opens && opens > start)
            start = model.Calendar.NextOpen(opens);
        var waiting = Math.Max(0, taken - sent);
        var interval = TimeSpan.Zero;
        if (pool.Spread || pool.Gap > TimeSpan.Zero)
        {
            var left = start >= member.Day.Start(date.AddDays(1)) ? TimeSpan.Zero : model.Calendar.OpenLeft(start);
            if (waiting + units > Places(pool.Gap, left))
                return null;
            interval = Pace.MeanInterval(pool.Gap, pool.Spread, left, cap - sent);
        }
        var share = Math.Max(model.Weight * state.HealthFactor, 1e-9);
        var load = (taken + Begun(member, date)) / (cap * share);
        var wait = waiting * interval.TotalSeconds;
        // In a day that is spread evenly, the turn is where the units taken have brought it.
        var turn = pool.Spread && model.Calendar.FirstOpen(date) is { } first
            ? After(first, load * model.Calendar.OpenLeft(first).TotalSeconds)
            : After(start, wait / share);
        return new SenderOpening(date, due, After(start, wait), turn, load);
    }

    // A share of a day is seldom a whole number of mails. Equals take turns; where shares differ each begins the day at another part of a mail, a
    // golden section further on than the day before, so that what is rounded up and what is rounded down soon come to the same, for the light
    // and the heavy alike.
    private static double Begun(PoolMember member, DateOnly date)
    {
        if (!member.Pool.SharesDiffer)
            return 0.5;
        var begun = member.State.Phase + (date.DayNumber * GoldenSection);
        return begun - Math.Floor(begun);
    }

    private static DateTimeOffset After(DateTimeOffset start, double seconds) => start + TimeSpan.FromSeconds(Math.Min(seconds, 1e9));

    private static bool HasRoom(PoolMember member, SharedLimits? shared, DateOnly date, int units)
    {
        var domain = SenderCap.OfDomain(member.Pool, member.Model, date);
        return (domain == long.MaxValue || member.State.Domain.Units.Taken(date) + units <= domain) && shared?.HaveRoom(date, units) != false;
    }

    /// <summary>How many mails a gap lets through in what is left of the day.</summary>
    public static double Places(TimeSpan gap, TimeSpan left) =>
        left <= TimeSpan.Zero ? 0 : gap == TimeSpan.Zero ? double.MaxValue : 1 + Math.Floor(left / (gap * MeanGap));

    private static DateOnly Later(DateOnly a, DateOnly b) => a > b ? a : b;
}

/// <summary>A moment on both clocks: the wall's, for windows and dates, and the one that is never stepped, for gaps.</summary>
internal readonly record struct Instant(DateTimeOffset Wall, DateTimeOffset Steady)
{
    /// <summary>A steady time as the wall's clock would show it; what is long past stays long past.</summary>
    public DateTimeOffset ToWall(DateTimeOffset steady) => steady <= Steady ? DateTimeOffset.MinValue : Wall + (steady - Steady);
}
