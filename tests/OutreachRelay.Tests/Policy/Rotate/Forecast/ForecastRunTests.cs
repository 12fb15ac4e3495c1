using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Policy.Rotate.Forecast;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Policy.Rotate.Forecast;

public sealed class ForecastRunTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Monday = new(2026, 3, 2);
    private readonly BudgetLedger _ledger = new();

    [Fact]
    public void Days_TwoSenders_SendWhatTheirLimitsAllow()
    {
        var days = Run(Models.Relay(Models.Sender("a@x.example", 3), Models.Sender("b@x.example", 2)), perDay: 4, days: 2);

        Assert.Equal(Pool(capacity: 5, expected: 4, left: 1), days[0].Pools[0]);
        Assert.Equal(new DateOnly(2026, 3, 3), days[1].Date);
        Assert.Equal(days[0].Pools[0], days[1].Pools[0]);
    }

    [Fact]
    public void Days_MoreThanTheSendersTake_WaitsUntilItExpires()
    {
        var days = Run(Models.Relay(Models.Sender("a@x.example", 2)), perDay: 5, days: 5);

        // Mail may leave until three days after it came: the third day's first three find no place until the seventh day.
        var limit = new ForecastLimit(ForecastLimitKind.SenderDailyLimit, "pool", 2);
        Assert.Equal(
            [(2, 3, 0), (2, 6, 0), (2, 9, 0), (2, 12, 0), (2, 15, 0)],
            days.Select(day => (day.Pools[0].Expected, day.Pools[0].Waiting, day.Pools[0].Expired)));
        Assert.All(days, day => Assert.Equal(limit, day.Pools[0].Limit));
        Assert.Equal([0L, 0, 0, 0, 0, 0, 3], Run(Models.Relay(Models.Sender("b@y.example", 2)), perDay: 5, days: 7).Select(day => day.Pools[0].Expired));
    }

    [Fact]
    public void Days_WarmUp_CapsGrowWithTheDate()
    {
        var sender = Models.Sender("a@x.example", 8) with { Warmup = new WarmupModel(5, 2, Monday.AddDays(1), 30) };

        Assert.Equal([0L, 5, 7, 8, 8], Run(Models.Relay(sender), days: 5).Select(day => day.Pools[0].Capacity));
    }

    [Fact]
    public void Days_DomainRamp_IsKeptAcrossItsSenders()
    {
        SenderModel[] senders = [.. "abc".Select(name => Models.Sender($"{name}@x.example", 10) with { DomainWarmupSince = Monday })];
        var pool = Models.Pool(senders) with { DomainDailyLimit = 25, DomainWarmup = new RampModel(12, 10) };

        var days = Run(Relay(pool), perDay: 30, days: 3);

        Assert.Equal([12L, 22, 25], days.Select(day => day.Pools[0].Expected));
        Assert.Equal(new ForecastLimit(ForecastLimitKind.DomainDailyLimit, "x.example", 12), days[0].Pools[0].Limit);
        Assert.Equal(18, days[0].Pools[0].Waiting);
    }

    [Fact]
    public void Days_DirectionLimit_IsNamedWhenItBites()
    {
        var direction = Models.Direction(Models.Pool(Models.Sender("a@x.example", 10)), Models.Upstream("a")) with { DailyLimit = 4 };

        var day = Run(Models.Relay(Models.Client(direction)), perDay: 6)[0].Pools[0];

        Assert.Equal(Pool(capacity: 4, expected: 4, left: 0) with { Waiting = 2, Limit = new(ForecastLimitKind.DirectionDailyLimit, "acme/cold", 4) }, day);
    }

    [Fact]
    public void Days_TwoDirectionsOfAClient_ShareItsLimitAndTheSenders()
    {
        var pool = Models.Pool(Models.Sender("a@x.example", 10));
        var client = Models.Client(Models.Direction(pool, Models.Upstream("a")), Models.Direction(pool, Models.Upstream("a")) with { Name = "warm" });

        Assert.Equal(Pool(10, 10, 0) with { Waiting = 6, Limit = new(ForecastLimitKind.SenderDailyLimit, "pool", 10) }, Run(Models.Relay(client), perDay: 8)[0].Pools[0]);
        Assert.Equal(
            Pool(7, 7, 0) with { Waiting = 9, Limit = new(ForecastLimitKind.ClientDailyLimit, "acme", 7) },
            Run(Models.Relay(client with { DailyLimit = 7 }), perDay: 8, ledger: new BudgetLedger())[0].Pools[0]);
    }

    [Fact]
    public void Days_GapInAWindow_LeavesRoomForAsManyAsFit()
    {
        // A gap of 8 minutes is 10 on average: from 9:00 to 10:00 there are 7 places, from 8:00 on 13.
        var sender = Models.Sender("a@x.example") with { Calendar = Window(8, 10) };

        var days = Run(Relay(Models.Pool(sender) with { Gap = TimeSpan.FromMinutes(8) }), perDay: 20, days: 2);

        Assert.Equal([7L, 13], days.Select(day => day.Pools[0].Expected));
        Assert.Equal(new ForecastLimit(ForecastLimitKind.Gap, "pool", null), days[0].Pools[0].Limit);
    }

    [Fact]
    public void Days_WindowOnWeekdays_NothingLeavesAtTheWeekend()
    {
        var weekdays = new SendWindow(DaysOfWeek.All & ~DaysOfWeek.Saturday & ~DaysOfWeek.Sunday, new TimeOnly(8, 0), new TimeOnly(18, 0));
        var sender = Models.Sender("a@x.example", 2) with { Calendar = new SendCalendar(weekdays, TimeZoneInfo.Utc) };

        var days = Run(Models.Relay(sender), perDay: 1, days: 8);

        Assert.Equal([1L, 1, 1, 1, 1, 0, 0, 2], days.Select(day => day.Pools[0].Expected));
        Assert.Equal(new ForecastLimit(ForecastLimitKind.Window, "pool", null), days[5].Pools[0].Limit);
    }

    [Fact]
    public void Days_TakenToday_IsNotGivenAgain()
    {
        Take("a@x.example", Monday, units: 6, sent: 4);

        var days = Run(Models.Relay(Models.Sender("a@x.example", 10)), 1, perDay: 20, ("a@x.example", Monday, 2, false));

        // Four have left, two hold units of today, four are free.
        Assert.Equal((6, 2, 6, 0, 16), (days[0].Pools[0].Capacity, days[0].Pools[0].Reserved, days[0].Pools[0].Expected, days[0].Pools[0].Left, days[0].Pools[0].Waiting));
    }

    [Fact]
    public void Days_LimitLoweredBelowWhatIsReserved_TheRestMovesOn()
    {
        Take("a@x.example", Monday, units: 5, sent: 1);

        var days = Run(Models.Relay(Models.Sender("a@x.example", 3)), 3, 0, ("a@x.example", Monday, 4, false));

        Assert.Equal([(4, 2, 2), (0, 2, 0), (0, 0, 0)], days.Select(day => (day.Pools[0].Reserved, day.Pools[0].Expected, day.Pools[0].Waiting)));
    }

    [Fact]
    public void Days_PausedSender_FirstMailsGoToOthersAndFollowUpsWaitForIt()
    {
        _ledger.Load([new SenderRecord("a@x.example", null, null, new SenderCondition(SenderStatus.Paused, Now, null, 1, "why", null))]);
        var pool = Models.Pool(Models.Sender("a@x.example", 10), Models.Sender("b@x.example", 10)) with { StickyMissing = TimeSpan.FromHours(24) };

        var days = Run(Relay(pool), 2, 0, ("a@x.example", Monday, 3, false), ("a@x.example", null, 2, true));

        Assert.Equal([(3, 2), (2, 0)], days.Select(day => (day.Pools[0].Expected, day.Pools[0].Waiting)));
    }

    [Fact]
    public void Days_SendersAheadOfUtc_BeginWithTheirDate()
    {
        var days = Run(Models.Relay(Models.Sender("a@x.example", 3, zone: "Pacific/Kiritimati"), Models.Sender("b@x.example", 2, zone: "Pacific/Pago_Pago")), days: 2, at: Now.AddHours(2));

        // At 11:00 UTC it is the third there already, and midnight has just passed over the other island.
        Assert.Equal([(Monday, 2), (Monday.AddDays(1), 5)], days.Select(day => (day.Date, (int)day.Pools[0].Capacity)));
    }

    [Fact]
    public void Days_AnyPools_KeepEveryLimitAndLoseNoMail()
    {
        for (var seed = 1; seed <= 300; seed++)
            AssertKeepsLimits(new Random(seed));
    }

    private static void AssertKeepsLimits(Random random)
    {
        var ledger = new BudgetLedger();
        var model = AnyModel(random);
        var queue = new List<KeyValuePair<WaitingMail, long>>();
        foreach (var sender in model.Senders.Values)
        {
            for (var day = 0; day < 3; day++)
            {
                var (count, sent) = (random.Next(6), random.Next(3));
                ledger.Publish([new(new(CounterScope.Sender, sender.Key, Monday.AddDays(day)), count + (day == 0 ? sent : 0))]);
                if (day == 0)
                    ledger.Publish([new(new(CounterScope.Sent, sender.Key, Monday), sent)]);
                var direction = model.Clients.Values.SelectMany(client => client.Directions.Values).First(direction => direction.Pool.Name == sender.Pool);
                queue.Add(new(new WaitingMail(direction.Client, direction.Name, sender.Key, Monday.AddDays(day), Monday, Monday.AddDays(random.Next(4, 9)), random.Next(2) == 0), count));
            }
        }
        var perDay = random.Next(40);
        var run = new ForecastRun(model, ledger, new RotationClock(new FakeTime(Now)), Now, queue, perDay);
        var days = run.Days(10).ToList();

        foreach (var (date, pools) in days.Select(day => (day.Date, day.Pools)))
        {
            foreach (var pool in pools)
            {
                Assert.Equal(pool.Capacity, pool.Expected + pool.Left);
                Assert.True(pool.Left >= 0 && pool.Expected >= 0, "nothing is below zero");
                Assert.True(pool.Capacity <= model.Pools[pool.Pool].Senders.Sum(sender => (long)sender.DailyLimit), "the senders' limits hold");
            }
            foreach (var client in model.Clients.Values)
            {
                Assert.True(ledger.Taken(BudgetKeys.Client(client.Name, date)) <= (client.DailyLimit ?? long.MaxValue), "the client's limit holds");
                foreach (var direction in client.Directions.Values)
                    Assert.True(ledger.Taken(BudgetKeys.Direction(client.Name, direction.Name, date)) <= (direction.DailyLimit ?? long.MaxValue), "the direction's limit holds");
            }
            foreach (var domain in model.Senders.Values.Select(sender => sender.Domain).Distinct())
                Assert.True(ledger.Taken(BudgetKeys.Domain(domain, date)) <= 25, "the domain's limit holds");
        }
        var brought = queue.Sum(mail => mail.Value) + ((long)perDay * days.Count * model.Clients.Values.Sum(client => client.Directions.Count));
        var gone = days.Sum(day => day.Pools.Sum(pool => pool.Expected + pool.Expired));
        Assert.Equal(brought, gone + days[^1].Pools.Sum(pool => pool.Waiting));
    }

    private static RelayModel AnyModel(Random random)
    {
        PoolModel[] pools = [.. Enumerable.Range(0, random.Next(1, 4)).Select(i => AnyPool(random, $"p{i}"))];
        return Models.Relay([.. Enumerable.Range(0, random.Next(1, 3)).Select(i => AnyClient(random, $"c{i}", pools))]);
    }

    private static PoolModel AnyPool(Random random, string name) => Models.Pool([.. Enumerable.Range(0, random.Next(1, 6)).Select(i =>
        Models.Sender($"{name}{i}@{(random.Next(2) == 0 ? "x" : "y")}.example", random.Next(20), random.Next(2)) with
        {
            Pool = name,
            Calendar = random.Next(2) == 0 ? Window(8, 12) : new SendCalendar(SendWindow.Always, TimeZoneInfo.Utc),
        })]) with
    {
        Name = name,
        DomainDailyLimit = 25,
        Gap = TimeSpan.FromMinutes(random.Next(20)),
    };

    private static ClientModel AnyClient(Random random, string name, PoolModel[] pools) => Models.Client([.. pools.Select(pool =>
        Models.Direction(pool, Models.Upstream("a")) with { Client = name, Name = "d" + pool.Name, DailyLimit = random.Next(2) == 0 ? random.Next(30) : null })]) with
    {
        Name = name,
        DailyLimit = random.Next(2) == 0 ? random.Next(60) : null,
    };

    private List<ForecastDay> Run(RelayModel model, int days = 1, long perDay = 0, BudgetLedger? ledger = null, DateTimeOffset? at = null) =>
        [.. new ForecastRun(model, ledger ?? _ledger, new RotationClock(new FakeTime(at ?? Now)), at ?? Now, [], perDay).Days(days)];

    private List<ForecastDay> Run(RelayModel model, int days, long perDay, params (string? Sender, DateOnly? UnitDate, long Count, bool IsFollowUp)[] queue)
    {
        var mail = queue.Select(waiting => KeyValuePair.Create(
            new WaitingMail("acme", "cold", waiting.Sender, waiting.UnitDate, Monday, Monday.AddDays(3), waiting.IsFollowUp), waiting.Count));
        return [.. new ForecastRun(model, _ledger, new RotationClock(new FakeTime(Now)), Now, mail, perDay).Days(days)];
    }

    private static RelayModel Relay(PoolModel pool) => Models.Relay(Models.Client(Models.Direction(pool, Models.Upstream("a"))));

    private static PoolDay Pool(long capacity, long expected, long left) => new("pool", capacity, 0, expected, left, 0, 0, null);

    private void Take(string sender, DateOnly date, long units, long sent) => _ledger.Publish(
    [
        new(BudgetKeys.Sender(sender, date), units), new(BudgetKeys.Domain("x.example", date), units), new(new(CounterScope.Sent, sender, date), sent),
    ]);

    private static SendCalendar Window(int from, int to) =>
        new(new SendWindow(DaysOfWeek.All, new TimeOnly(from, 0), new TimeOnly(to, 0)), TimeZoneInfo.Utc);
}
