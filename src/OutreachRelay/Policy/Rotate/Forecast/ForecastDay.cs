using System.Collections.Immutable;

namespace OutreachRelay.Policy.Rotate.Forecast;

/// <summary>What limits a pool's day.</summary>
public enum ForecastLimitKind
{
    /// <summary>The limits of the senders, warm-up included.</summary>
    SenderDailyLimit,

    /// <summary>The gap leaves no more places in the window.</summary>
    Gap,

    /// <summary>No sender's window opens that day.</summary>
    Window,

    /// <summary>All senders are paused.</summary>
    Paused,

    /// <summary>The limit of a sender domain, its ramp included.</summary>
    DomainDailyLimit,
    DirectionDailyLimit,
    ClientDailyLimit,
}

/// <param name="Name">The pool, domain, <c>client/direction</c> or client.</param>
/// <param name="Value">Recipients of the day; <see langword="null"/> where it is no count.</param>
public sealed record ForecastLimit(ForecastLimitKind Kind, string Name, long? Value);

/// <summary>A day to come. Senders count it by their local date.</summary>
public sealed record ForecastDay(DateOnly Date, ImmutableArray<PoolDay> Pools);

/// <summary>A pool's day, in recipients. What has left today already is not counted.</summary>
/// <param name="Capacity">What could leave, beside what others take of shared limits: <paramref name="Expected"/> and <paramref name="Left"/> together.</param>
/// <param name="Reserved">Waiting mail that holds a unit of the day.</param>
/// <param name="Expected">What will leave, if upstreams take it.</param>
/// <param name="Left">What else could leave.</param>
/// <param name="Waiting">Mail that could not leave by the end of the day and holds no unit of a later one.</param>
/// <param name="Expired">Mail whose time ran out before the day.</param>
/// <param name="Limit">What keeps most of the waiting mail back; without any, what leaves no room for more; <see langword="null"/> where there is room.</param>
public sealed record PoolDay(
    string Pool, long Capacity, long Reserved, long Expected, long Left, long Waiting, long Expired, ForecastLimit? Limit);

/// <summary>Mail without an attempt, as far as a forecast tells it apart.</summary>
/// <param name="Sender"><see langword="null"/> while it has none.</param>
/// <param name="UnitDate">The date whose unit it holds, or <see langword="null"/>.</param>
/// <param name="From">The first date on which it may leave.</param>
/// <param name="Expires">The last.</param>
/// <param name="IsFollowUp">Whether it waits for its sender when that is paused.</param>
public readonly record struct WaitingMail(
    string Client, string Direction, string? Sender, DateOnly? UnitDate, DateOnly From, DateOnly Expires, bool IsFollowUp);
