using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;
using OutreachRelay.Tests.Observe;

namespace OutreachRelay.Tests.Deliver.Upstreams;

public sealed class UpstreamBudgetsTests
{
    private static readonly DateTimeOffset Evening = new(2026, 3, 31, 23, 59, 0, TimeSpan.Zero);

    private readonly FakeTime _time = new(Evening);
    private readonly BudgetLedger _ledger = new();
    private readonly UpstreamBudgets _budgets;

    public UpstreamBudgetsTests() => _budgets = new UpstreamBudgets(_ledger, _time);

    [Fact]
    public void S49_DayUsedUp_HasRoomFromTheNextMidnightInUtcOn()
    {
        var upstream = Up(new UpstreamLimits { Daily = 2 });
        Carried(2);

        var use = _budgets.Use(upstream);
        Assert.False(_budgets.HasRoom(upstream));
        Assert.Equal(("today's limit of 2 is used up", Evening.AddMinutes(1)), (use.Reason, use.Until));

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(_budgets.HasRoom(upstream));
        Assert.Equal(("", null), (_budgets.Use(upstream).Reason, _budgets.Use(upstream).Until));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(28)]
    public void S49_MonthUsedUp_HasRoomInTheNextMonth(int day)
    {
        var upstream = Up(new UpstreamLimits { Monthly = 2 });
        Carried(2);
        _time.Set(Evening.AddDays(day - 31));
        Assert.False(_budgets.HasRoom(upstream));
        Assert.Equal(("this month's limit of 2 is used up", new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero)),
            (_budgets.Use(upstream).Reason, _budgets.Use(upstream).Until));

        _time.Set(new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero));

        Assert.True(_budgets.HasRoom(upstream));
    }

    [Fact]
    public void S49_MoneyUsedUp_IsTheReason()
    {
        var upstream = Up(new UpstreamLimits { Daily = 9000, Monthly = 9000, PricePer1000 = 0.5m, MonthlyBudget = 2.5m });
        Carried(4999);
        Assert.True(_budgets.HasRoom(upstream));

        Carried(5000);

        var use = _budgets.Use(upstream);
        Assert.Equal(("this month's budget of 2.5 is used up", 2.5m, 1.0), (use.Reason, use.Spend, use.SpentShare));
    }

    [Fact]
    public void S49_BeforeTheWarmup_SaysWhenItBegins() => Assert.Equal(
        "its warm-up begins on 2026-04-02", _budgets.Use(Up(new UpstreamLimits { Warmup = new RampModel(5, 5), WarmupSince = new DateOnly(2026, 4, 2) })).Reason);

    [Fact]
    public void L8_Claims_AreOfDayAndMonthWithAndWithoutALimit()
    {
        Assert.Equal(
            [
                new CounterClaim(new CounterKey(CounterScope.UpstreamDay, "up", new DateOnly(2026, 3, 31)), 7, long.MaxValue),
                new CounterClaim(new CounterKey(CounterScope.UpstreamMonth, "up", new DateOnly(2026, 3, 1)), long.MaxValue, long.MaxValue),
            ],
            _budgets.Claims(Up(new UpstreamLimits { Daily = 7 })));
    }

    [Fact]
    public void ForgetBefore_TheMonthThatRuns_IsKept()
    {
        Carried(5);

        _ledger.ForgetBefore(new DateOnly(2026, 3, 29));
        Assert.Equal(5, _budgets.Use(Up(new UpstreamLimits())).Month);

        _ledger.ForgetBefore(new DateOnly(2026, 4, 1));
        Assert.Equal(0, _budgets.Use(Up(new UpstreamLimits())).Month);
    }

    [Theory]
    [InlineData(799, "")]
    [InlineData(800, "Warning: Upstream up has used 8.00 of this month's budget of 10.00 (80 %)")]
    [InlineData(1000, "Warning: Upstream up has used 10.00 of this month's budget of 10.00 (100 %)|Warning: Upstream up gets no mail until 2026-04-01 00:00:00Z: this month's budget of 10 is used up")]
    public void Look_NearTheEnd_TellsItOnceADay(long carried, string told)
    {
        var model = Up(new UpstreamLimits { PricePer1000 = 10, MonthlyBudget = 10 });
        var lines = new LogLines<BudgetWatch>();
        var watch = new BudgetWatch(_budgets, lines);
        var state = new UpstreamState(model, TimeSpan.FromSeconds(30), Evening, _time);
        _time.Set(Evening.AddDays(-1));
        Carried(carried);

        watch.Look([state]);
        watch.Look([state]);
        Assert.Equal(told, string.Join('|', lines.All));

        _time.Set(Evening);
        watch.Look([state]);
        Assert.Equal(2 * told.Split('|', StringSplitOptions.RemoveEmptyEntries).Length, lines.All.Length);
    }

    private static UpstreamModel Up(UpstreamLimits limits) => Models.Upstream("up") with { Limits = limits };

    // What the store tells after a commit.
    private void Carried(long messages) => _ledger.Publish(
        [.. _budgets.Claims(Up(new UpstreamLimits())).Select(claim => new CounterValue(claim.Key, messages))]);
}
