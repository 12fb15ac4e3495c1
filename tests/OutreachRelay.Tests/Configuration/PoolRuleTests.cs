using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Configuration;

/// <summary>What a pool gives its senders, and what is said of those that can send nothing.</summary>
public sealed class PoolRuleTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 8, 2, 23, 0, 0, TimeSpan.Zero);

    private readonly ConfigurationFolder _folder = new() { Time = new FakeTime(Now) };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_PoolWithoutKeys_IsNotPacedAndAlwaysOpen()
    {
        var pool = _folder.Model(ConfigurationFolder.Minimal).Pools["p"];

        Assert.Equal((TimeSpan.Zero, false, null, TimeSpan.FromHours(24), null), (pool.Gap, pool.Spread, pool.DomainHourlyLimit, pool.StickyMissing, pool.DomainWarmup));
        Assert.Equal(new HealthModel { PauseBounceRate = 0.1, PauseMinSamples = 20, PauseDwell = TimeSpan.FromHours(24), PauseComplaints = 2 }, pool.Health);
        Assert.True(pool.Senders[0].Calendar.IsAlways);
        Assert.Null(pool.Senders[0].Warmup);
    }

    [Fact]
    public void Load_PoolWithAllKeys_HasThem()
    {
        var pool = Pool("""
            gap = "5m"
            spread = "window"
            domain_hourly_limit = 50
            sticky = "thread"
            sticky_missing = "1h"
            pause_bounce_rate = 0.05
            pause_min_samples = 30
            pause_dwell = "2d"
            pause_complaints = 3
            domain_warmup = { start = 7, step = 3 }
            """);

        Assert.Equal((TimeSpan.FromMinutes(5), true, 50, Stickiness.Thread, TimeSpan.FromHours(1), new RampModel(7, 3)),
            (pool.Gap, pool.Spread, pool.DomainHourlyLimit, pool.Sticky, pool.StickyMissing, pool.DomainWarmup));
        Assert.Equal(new HealthModel { PauseBounceRate = 0.05, PauseMinSamples = 30, PauseDwell = TimeSpan.FromDays(2), PauseComplaints = 3 }, pool.Health);
    }

    [Fact]
    public void Load_SendersOfOneWindowAndZone_ShareACalendar()
    {
        _folder.Write("s.csv", "address,time_zone\na@example.com,\nb@example.com,UTC\nc@example.com,Asia/Kolkata\n");

        var senders = Pool("window = \"Mon-Fri 08:00-18:00\"").Senders;

        Assert.Same(senders[0].Calendar, senders[1].Calendar);
        Assert.Equal("Asia/Kolkata", senders[2].Calendar.Zone.Id);
        Assert.Equal(new DateTimeOffset(2026, 8, 3, 8, 0, 0, TimeSpan.Zero), senders[0].Calendar.NextOpen(Now));
        Assert.Equal(new DateTimeOffset(2026, 8, 3, 2, 30, 0, TimeSpan.Zero), senders[2].Calendar.NextOpen(Now));
    }

    [Theory]
    [InlineData("warmup = \"mailbox\"", 5, 2, 30)]
    [InlineData("warmup = \"new-domain\"", 5, 1, 30)]
    [InlineData("warmup = \"careful\"\nwarmup_idle = \"14d\"", 3, 1, 14)]
    [InlineData("warmup = { start = 10, step = 0 }", 10, 0, 30)]
    public void Load_Warmup_IsOfSendersWithAStart(string lines, long start, long step, int idle)
    {
        _folder.Write("s.csv", "address,warmup_start\na@example.com,2026-08-01\nb@example.com,\n");

        var senders = Pool(lines).Senders;

        Assert.Equal(new WarmupModel(start, step, new DateOnly(2026, 8, 1), idle), senders[0].Warmup);
        Assert.Null(senders[1].Warmup);
    }

    [Fact]
    public void L17_WarmupStartWithoutAWarmup_IsNoRamp()
    {
        _folder.Write("s.csv", "address,warmup_start\na@example.com,2030-01-01\n");

        var sender = Pool("").Senders[0];

        Assert.Equal((null, null), (sender.Warmup, sender.DomainWarmupSince));
    }

    [Theory]
    [InlineData("warmup = \"mailbox\"", 20)]
    [InlineData("domain_warmup = { start = 1, step = 1 }", 1)]
    [InlineData("warmup = \"mailbox\"\ndomain_warmup = \"off\"", null)]
    public void Load_DomainWarmup_IsSinceTheFirstOfTheDomainsSenders(string lines, int? start)
    {
        _folder.Write("s.csv", "address,warmup_start\na@new.example,2026-08-01\nb@new.example,2026-07-05\nc@NEW.example,\nd@old.example,\n");

        var pool = Pool(lines);

        DateOnly? since = start is null ? null : new DateOnly(2026, 7, 5);
        Assert.Equal([since, since, since, null], pool.Senders.Select(sender => sender.DomainWarmupSince));
        Assert.Equal(start, pool.DomainWarmup?.Start);
    }

    [Fact]
    public void Load_DomainInTwoPools_WarmsUpFromTheFirstOfBoth()
    {
        _folder.Write("s.csv", "address,warmup_start\na@new.example,2026-08-01\n");
        _folder.Write("t.csv", "address,warmup_start\nb@new.example,2026-07-05\n");

        var pools = _folder.Model(With("warmup = \"mailbox\"") + "[[pool]]\nname = \"q\"\nsenders = \"t.csv\"\nwarmup = \"careful\"\n").Pools;

        Assert.Equal([new DateOnly(2026, 7, 5), new DateOnly(2026, 7, 5)], pools.Values.Select(pool => pool.Senders[0].DomainWarmupSince));
    }

    [Fact]
    public void Load_Weights_AreOfClientsAndDirections()
    {
        var toml = ConfigurationFolder.Minimal.Replace("default_direction = \"cold\"", "default_direction = \"cold\"\nweight = 3").Replace("pool = \"p\"\n", "pool = \"p\"\nweight = 0.5\n");

        var client = _folder.Model(toml).Clients["acme"];

        Assert.Equal((3, 0.5), (client.Weight, client.DefaultDirection.Weight));
        Assert.Equal(["relay.toml:9:10: error: client[0].weight: expected a number above 0"], _folder.Problems(toml.Replace("weight = 3", "weight = 0")));
    }

    [Theory]
    [InlineData("", NoSlotAction.Refuse)]
    [InlineData("[delivery]\nno_slot = \"refuse\"", NoSlotAction.Refuse)]
    [InlineData("[delivery]\nno_slot = \"accept\"", NoSlotAction.Accept)]
    public void L14_NoSlot_IsBySetting(string lines, NoSlotAction action) =>
        Assert.Equal(action, _folder.Model(ConfigurationFolder.Minimal + lines).Delivery.NoSlot);

    [Theory]
    [InlineData("gap = \"15m\"\ndaily_limit = 40\nwindow = \"Mon-Fri 08:00-17:30\"", "leaves room for about 38 a day in a window of 9.5 hours; a daily_limit of 40 is not reached")]
    [InlineData("gap = \"1d\"\ndaily_limit = 2147483647\nwindow = \"22:00-06:00\"", "leaves room for about 1 a day in a window of 8 hours; a daily_limit of 2147483647 is not reached")]
    [InlineData("gap = \"1h\"", "leaves room for about 24 a day in a window of 24 hours; a daily_limit of 50 is not reached")]
    public void Load_GapThatTheLimitDoesNotFitIn_IsWarnedOf(string lines, string message) =>
        Assert.Equal(["relay.toml:16:7: warning: pool[0].gap: " + message], _folder.Problems(With(lines)));

    [Theory]
    [InlineData("gap = \"15m\"\ndaily_limit = 40\nwindow = \"Mon-Fri 08:00-18:00\"")]
    [InlineData("gap = \"1d\"\ndaily_limit = 1")]
    public void Load_GapThatTheLimitFitsIn_IsNot(string lines) => Assert.Empty(_folder.Problems(With(lines)));

    [Fact]
    public void Load_GapAndARowWithALimitOfItsOwn_LooksAtTheLargest()
    {
        _folder.Write("s.csv", "address,daily_limit\na@example.com,\nb@example.com,100\n");

        Assert.Contains("a daily_limit of 100 is not reached", Assert.Single(_folder.Problems(With("gap = \"30m\"\ndaily_limit = 1"))));
    }

    [Fact]
    public void L17_WarmupStartInTheFuture_IsWarnedOfByTheSendersDate()
    {
        _folder.Write("s.csv", "address,warmup_start,time_zone\na@example.com,2026-08-03,UTC\nb@example.com,2026-08-03,Asia/Kolkata\nc@example.com,2026-08-02,\n");

        Assert.Equal(["s.csv:2:15: warning: warmup_start: sends nothing until 2026-08-03, when its warm-up begins"], _folder.Problems(With("warmup = \"mailbox\"")));
        Assert.Empty(_folder.Problems(ConfigurationFolder.Minimal));
    }

    [Fact]
    public void L37_RowsThatSendNothing_AreWarnedOf()
    {
        _folder.Write("s.csv", "address,daily_limit,weight\na@example.com,0,\nb@example.com,,0\n");

        Assert.Equal(
            [
                "relay.toml:16:15: warning: pool[0].daily_limit: senders without a daily_limit of their own send nothing",
                "s.csv:2:15: warning: daily_limit: sends nothing: its daily_limit is 0",
                "s.csv:3:16: warning: weight: is never chosen for a first mail: its weight is 0",
            ],
            _folder.Problems(With("daily_limit = 0")));
    }

    [Fact]
    public void Load_ThousandRowsOfOneWarning_AreCutShort()
    {
        _folder.Write("s.csv", "address,weight\n" + string.Concat(Enumerable.Range(0, 1_000).Select(i => $"s{i}@example.com,0\n")));

        var problems = _folder.Problems(ConfigurationFolder.Minimal);

        Assert.Equal(20, problems.Length);
        Assert.EndsWith("more like this may follow and are not listed", problems[^1]);
    }

    private PoolModel Pool(string lines) => _folder.Model(With(lines)).Pools["p"];

    private static string With(string lines) => ConfigurationFolder.Minimal.Replace("name = \"p\"\n", "name = \"p\"\n" + lines + "\n");
}
