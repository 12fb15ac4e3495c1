namespace OutreachRelay.Configuration;

/// <summary>How much an upstream may carry, in messages. Days and months are those of UTC.</summary>
public sealed record UpstreamLimits
{
    /// <summary>From which share of the money budget on the operator is warned.</summary>
    public const double WarnAt = 0.8;

    /// <summary>Messages per day, or <see langword="null"/>.</summary>
    public long? Daily { get; init; }

    /// <summary>Messages per month, or <see langword="null"/>.</summary>
    public long? Monthly { get; init; }

    /// <summary>How the day's limit grows from <see cref="WarmupSince"/> on, or <see langword="null"/>.</summary>
    public RampModel? Warmup { get; init; }

    /// <summary>The first day of <see cref="Warmup"/>; nothing is sent before it.</summary>
    public DateOnly WarmupSince { get; init; }

    /// <summary>What 1,000 messages cost, in whatever currency; <see langword="null"/> when that is not known.</summary>
    public decimal? PricePer1000 { get; init; }

    /// <summary>What may be spent in a month, in the same currency, or <see langword="null"/>. Only with a price of at least <see cref="LeastPrice"/>.</summary>
    public decimal? MonthlyBudget { get; init; }

    /// <summary>The least price that a budget can be reckoned with.</summary>
    public const decimal LeastPrice = 0.0001m;

    /// <summary>Whether there is no limit at all.</summary>
    public bool IsNone => this is { Daily: null, Monthly: null, Warmup: null, MonthlyBudget: null };

    /// <summary>Messages on a date; <see cref="long.MaxValue"/> for any number.</summary>
    public long Day(DateOnly date) => Math.Min(Daily ?? long.MaxValue, Warmup?.Cap(date, WarmupSince) ?? long.MaxValue);

    /// <summary>Messages that the money pays for in a month; <see cref="long.MaxValue"/> for any number.</summary>
    public long Paid => (MonthlyBudget, PricePer1000) is ({ } budget, { } price) ? (long)(budget * 1000 / price) : long.MaxValue;

    /// <summary>Messages in a month; <see cref="long.MaxValue"/> for any number.</summary>
    public long Month => Math.Min(Monthly ?? long.MaxValue, Paid);

    /// <summary>What messages cost; 0 when the price is not known.</summary>
    public decimal Cost(long messages) => (PricePer1000 ?? 0) * messages / 1000;
}
