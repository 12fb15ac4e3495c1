using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Policy.Rotate;

/// <summary>Pools and limits by chance, messages one after the other: no node of the tree is ever exceeded, and nothing is refused for which there was room.</summary>
public sealed class LimitTreeTests
{
    private static readonly string[] Zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Auckland"];

    // Around the clock changes of these zones.
    private static readonly DateTimeOffset[] Starts =
    [
        new(2026, 3, 28, 20, 0, 0, TimeSpan.Zero), new(2026, 3, 8, 4, 0, 0, TimeSpan.Zero), new(2026, 4, 4, 12, 0, 0, TimeSpan.Zero),
        new(2026, 10, 24, 21, 30, 0, TimeSpan.Zero), new(2026, 11, 1, 3, 0, 0, TimeSpan.Zero),
    ];

    private static readonly TimeSpan Expire = TimeSpan.FromDays(2);

    [Fact]
    public void L31_AnyTreeOfLimits_IsNeverExceededAndAlwaysUsed() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), Live).QuickCheckThrowOnFailure();

    private static void Live(int seed)
    {
        var random = new Random(seed);
        var time = new FakeTime(Starts[random.Next(Starts.Length)]);
        var model = AnyModel(random);
        var parts = new RotationParts(time, new FakeStore());
        var taken = new Dictionary<CounterKey, long>();
        for (var message = 0; message < 60; message++)
        {
            time.Set(time.GetUtcNow() + (random.Next(3) * TimeSpan.FromMinutes(40)));
            Send(random, time, model, parts, taken);
        }
    }

    private static void Send(Random random, FakeTime time, RelayModel model, RotationParts parts, Dictionary<CounterKey, long> taken)
    {
        var direction = model.Clients["acme"].DefaultDirection;
        using var plan = parts.Rotation.Plan(
            new RotationRequest
            {
                Model = model,
                Direction = direction,
                Recipients = [new PlannedRecipient("to@y.example", "to@y.example", default)],
                Expires = time.GetUtcNow() + Expire,
            }, 0);
        Assert.Equal(AnyRoom(time.GetUtcNow(), model, taken), plan.HasRoom);
        if (!plan.HasRoom)
            return;
        foreach (var claim in plan.Groups[0].Candidates[0].Claims)
        {
            var used = taken[claim.Key] = taken.GetValueOrDefault(claim.Key) + 1;
            Assert.InRange(used, 1, Limit(model, claim.Key));
        }
        var keys = plan.Groups[0].Candidates[0].Claims.Select(claim => claim.Key).ToList();
        plan.Dispose();
        parts.Ledger.Publish([.. keys.Select(key => new CounterValue(key, taken[key]))]);
        // One in ten comes back at once.
        if (random.Next(10) != 0)
            return;
        keys.ForEach(key => taken[key]--);
        parts.Ledger.Publish([.. keys.Select(key => new CounterValue(key, taken[key]))]);
    }

    // By brute force: each sender on each date that begins before the message expires.
    private static bool AnyRoom(DateTimeOffset now, RelayModel model, Dictionary<CounterKey, long> taken) => model.Senders.Values.Any(sender =>
    {
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, sender.TimeZone).DateTime);
        return Enumerable.Range(0, 4).Select(today.AddDays).Any(date =>
            (date == today || new LocalDay(sender.TimeZone).Start(date) < now + Expire)
            && Keys(sender, date).All(key => taken.GetValueOrDefault(key) < Limit(model, key)));
    });

    private static CounterKey[] Keys(SenderModel sender, DateOnly date) =>
        [BudgetKeys.Sender(sender.Key, date), BudgetKeys.Domain(sender.Domain, date), BudgetKeys.Direction("acme", "cold", date), BudgetKeys.Client("acme", date)];

    private static long Limit(RelayModel model, CounterKey key) => key.Scope switch
    {
        CounterScope.Sender => model.Senders[key.Name].DailyLimit,
        CounterScope.Domain => model.Pools["pool"].DomainDailyLimit ?? long.MaxValue,
        CounterScope.Direction => model.Clients["acme"].DefaultDirection.DailyLimit ?? long.MaxValue,
        _ => model.Clients["acme"].DailyLimit ?? long.MaxValue,
    };

    private static RelayModel AnyModel(Random random)
    {
        var senders = Enumerable.Range(0, random.Next(1, 9))
            .Select(i => Models.Sender($"s{i}@d{random.Next(3)}.example", random.Next(0, 6), random.Next(1, 4), Zones[random.Next(Zones.Length)])).ToArray();
        var pool = Models.Pool(senders) with { DomainDailyLimit = Maybe(8) };
        return Models.Relay(Models.Client(Models.Direction(pool, Models.Upstream("up")) with { DailyLimit = Maybe(12) }) with { DailyLimit = Maybe(15) });

        long? Maybe(int most) => random.Next(2) == 0 ? null : random.Next(0, most);
    }
}
