namespace OutreachRelay.Configuration;

/// <summary>A limit that grows from day to day: <paramref name="Start"/> on the first, and on each later day <paramref name="Step"/> more.</summary>
public sealed record RampModel(long Start, long Step)
{
    /// <summary>The limit of a date; 0 before the ramp begins.</summary>
    public long Cap(DateOnly date, DateOnly since) => Cap(Start, Step, date, since);

    internal static long Cap(long start, long step, DateOnly date, DateOnly since)
    {
        var days = date.DayNumber - since.DayNumber;
        return days < 0 ? 0 : (long)Int128.Min((Int128)start + ((Int128)step * days), long.MaxValue);
    }
}

/// <summary>A sender's warm-up: a function of dates alone, so that restarts and several nodes agree on it.</summary>
/// <param name="Start">Recipients of the first day.</param>
/// <param name="Step">How many more each further day.</param>
/// <param name="Since">The first day; nothing is sent before it.</param>
/// <param name="IdleDays">After so many days without a send the ramp begins again, with the first new mail.</param>
public sealed record WarmupModel(long Start, long Step, DateOnly Since, int IdleDays)
{
    /// <summary>The sender's limit on a date.</summary>
    /// <param name="resumed">The local date of the first send after the last gap of <see cref="IdleDays"/>; <see langword="null"/>: there was none.</param>
    /// <param name="limit">The limit once it is warm.</param>
    public long Cap(DateOnly date, DateOnly? resumed, long limit) =>
        Math.Min(limit, RampModel.Cap(Start, Step, date, resumed is { } again && again > Since ? again : Since));
}
