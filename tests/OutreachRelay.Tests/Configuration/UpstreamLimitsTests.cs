using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Configuration;

public sealed class UpstreamLimitsTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "2026-03-10", long.MaxValue, long.MaxValue)]
    [InlineData("daily_limit = 40000", "2026-03-10", 40_000, long.MaxValue)]
    [InlineData("monthly_limit = 50000", "2026-03-10", long.MaxValue, 50_000)]
    [InlineData("warmup = { start = 200, step = 300 }\nwarmup_start = 2026-03-08", "2026-03-07", 0, long.MaxValue)]
    [InlineData("warmup = { start = 200, step = 300 }\nwarmup_start = 2026-03-08", "2026-03-08", 200, long.MaxValue)]
    [InlineData("warmup = { start = 200, step = 300 }\nwarmup_start = 2026-03-08", "2026-03-10", 800, long.MaxValue)]
    [InlineData("daily_limit = 500\nwarmup = { start = 200, step = 300 }\nwarmup_start = 2026-03-08", "2026-03-10", 500, long.MaxValue)]
    [InlineData("price_per_1000 = 0.10\nmonthly_budget = 20.00", "2026-03-10", long.MaxValue, 200_000)]
    [InlineData("price_per_1000 = 0.3\nmonthly_budget = 1", "2026-03-10", long.MaxValue, 3333)]
    [InlineData("price_per_1000 = 0.10\nmonthly_budget = 20.00\nmonthly_limit = 50000", "2026-03-10", long.MaxValue, 50_000)]
    [InlineData("price_per_1000 = 1\nmonthly_budget = 0", "2026-03-10", long.MaxValue, 0)]
    [InlineData("price_per_1000 = 0.10", "2026-03-10", long.MaxValue, long.MaxValue)]
    public void Load_Limits_AreMessagesPerDayAndMonth(string lines, string date, long day, long month)
    {
        var limits = _folder.Model(ConfigurationFolder.Minimal + lines).Upstreams["capture"].Limits;

        Assert.Equal((day, month), (limits.Day(DateOnly.Parse(date)), limits.Month));
        Assert.Equal(day == long.MaxValue && month == long.MaxValue, limits.IsNone);
    }

    [Theory]
    [InlineData("monthly_budget = 20", "20:18: error: upstream[0].monthly_budget: expected a price_per_1000 of at least 0.0001 beside it")]
    [InlineData("monthly_budget = 20\nprice_per_1000 = 0", "20:18: error: upstream[0].monthly_budget: expected a price_per_1000 of at least 0.0001 beside it")]
    [InlineData("warmup = { start = 1, step = 1 }", "20:10: error: upstream[0].warmup: expected a warmup_start beside it: the day on which it begins")]
    [InlineData("warmup_start = 2026-03-08", "20:16: error: upstream[0].warmup_start: expected a warmup beside it, such as { start = 200, step = 200 }")]
    [InlineData("warmup = { start = 0, step = 0 }\nwarmup_start = 2026-03-08", "20:10: error: upstream[0].warmup: a ramp that starts at 0 and does not grow never sends anything")]
    [InlineData("daily_limit = -1", "20:15: error: upstream[0].daily_limit: expected a whole number from 0 to 9223372036854775807, found -1")]
    public void Load_LimitsThatCannotBe_AreAnError(string lines, string problem) =>
        Assert.Equal(["relay.toml:" + problem], _folder.Problems(ConfigurationFolder.Minimal + lines));

    [Fact]
    public void Cost_Messages_IsExact() => Assert.Equal(0.1234m, new UpstreamLimits { PricePer1000 = 0.10m }.Cost(1234));
}
