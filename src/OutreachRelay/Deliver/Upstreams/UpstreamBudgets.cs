using System.Collections.Immutable;
using System.Globalization;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>What upstreams have carried today and this month, and whether they may carry more. Each lease uses up one message; the store decides, memory only foretells.</summary>
/// <remarks>Days and months are those of UTC, as in the bills of providers.</remarks>
public sealed class UpstreamBudgets(BudgetLedger ledger, TimeProvider time)
{
    /// <summary>What an attempt at the upstream uses up. Counted without a limit too, so that one set at noon knows of the morning.</summary>
    public ImmutableArray<CounterClaim> Claims(UpstreamModel upstream)
    {
        var today = Today();
        return
        [
            new CounterClaim(BudgetKeys.Upstream(upstream.Name, today), upstream.Limits.Day(today), long.MaxValue),
            new CounterClaim(BudgetKeys.UpstreamMonth(upstream.Name, today), upstream.Limits.Month, long.MaxValue),
        ];
    }

    /// <summary>Whether an entry may be sent there, as far as memory knows: no I/O.</summary>
    public bool HasRoom(UpstreamModel upstream) => upstream.Limits.IsNone || !Use(upstream).IsFull;

    /// <summary>How an upstream stands.</summary>
    public UpstreamUse Use(UpstreamModel upstream)
    {
        var today = Today();
        return new UpstreamUse(
            upstream.Limits, today, ledger.Taken(BudgetKeys.Upstream(upstream.Name, today)), ledger.Taken(BudgetKeys.UpstreamMonth(upstream.Name, today)));
    }

    private DateOnly Today() => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
}

/// <summary>What an upstream has carried of what it may.</summary>
/// <param name="Date">The day, in UTC.</param>
/// <param name="Today">Messages of that day.</param>
/// <param name="Month">Messages of its month.</param>
public readonly record struct UpstreamUse(UpstreamLimits Limits, DateOnly Date, long Today, long Month)
{
    public bool IsFull => IsDayFull || IsMonthFull;

    /// <summary>What this month's messages cost.</summary>
    public decimal Spend => Limits.Cost(Month);

    /// <summary>The share of the money budget that is spent; <see langword="null"/> without one.</summary>
    public double? SpentShare => Limits.MonthlyBudget is { } budget ? budget == 0 ? 1 : (double)(Spend / budget) : null;

    /// <summary>When it has room again; <see langword="null"/> when it has now.</summary>
    public DateTimeOffset? Until => (IsDayFull, IsMonthFull) switch
    {
        (_, true) => Midnight(BudgetKeys.FirstOfMonth(Date).AddMonths(1)),
        (true, _) => Midnight(Date.AddDays(1)),
        _ => null,
    };

    /// <summary>Why it has none; empty when it has.</summary>
    public string Reason => (IsDayFull, IsMonthFull) switch
    {
        (_, true) when Limits.Paid <= Month => string.Create(CultureInfo.InvariantCulture, $"this month's budget of {Limits.MonthlyBudget} is used up"),
        (_, true) => $"this month's limit of {Limits.Monthly} is used up",
        (true, _) when Date < Limits.WarmupSince => string.Create(CultureInfo.InvariantCulture, $"its warm-up begins on {Limits.WarmupSince:yyyy-MM-dd}"),
        (true, _) => $"today's limit of {Limits.Day(Date)} is used up",
        _ => "",
    };

    private bool IsDayFull => Today >= Limits.Day(Date);

    private bool IsMonthFull => Month >= Limits.Month;

    private static DateTimeOffset Midnight(DateOnly date) => new(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
}
