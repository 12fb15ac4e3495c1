using System.Collections.Frozen;
using System.Diagnostics;
using System.Net;
using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Benchmarks;

/// <summary>What a choice costs.</summary>
/// <param name="Allocated">Octets of a choice.</param>
/// <param name="PerSender">Octets that a sender takes.</param>
internal readonly record struct ChoiceCost(double Micros, long Allocated, long PerSender);

/// <summary>
/// What a choice costs among 1,200, 10,000 and 100,000 senders: a plan, its units taken in memory, and the news of the commit. Once for a pool whose
/// senders can all send at any time, once for one with windows, gaps and spreading, where most have just sent.
/// </summary>
internal static class RotationBenchmark
{
    private const int Choices = 200_000;

    public static Task<int> RunAsync(string[] args)
    {
        WarmUp();
        foreach (var senders in args.Length > 0 ? [.. args.Select(int.Parse)] : (int[])[1_200, 10_000, 100_000])
        {
            Tell($"{senders,7:N0} senders, no gap", Measure(senders, isPaced: false));
            Tell($"{senders,7:N0} senders, paced", Measure(senders, isPaced: true));
        }
        return Task.FromResult(0);
    }

    private static void Tell(string name, ChoiceCost cost) =>
        Console.WriteLine($"{name,-26} {cost.Micros,6:F2} us a choice, {cost.Allocated,6:N0} octets allocated, {cost.PerSender,5:N0} octets a sender");

    // Compiled code and the rules for replies, which every model has, are not the choice's.
    public static void WarmUp()
    {
        Measure(1_200, isPaced: false);
        Measure(1_200, isPaced: true);
    }

    public static ChoiceCost Measure(int senders, bool isPaced)
    {
        var pool = isPaced ? Pool(senders) with { Gap = TimeSpan.FromMinutes(5), Spread = true } : Pool(senders);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var clock = new RotationClock(TimeProvider.System);
        var ledger = new BudgetLedger();
        var rotation = new Rotation(ledger, new AssignmentCache(), clock);
        var model = Model(pool);
        // Few senders have no room for more before the messages would expire.
        var choices = Math.Min(Choices, senders * 500);
        Choose(rotation, ledger, model, 1_000);
        var perSender = (GC.GetTotalMemory(forceFullCollection: true) - before) / pool.Senders.Length;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        Choose(rotation, ledger, model, choices);
        var time = Stopwatch.GetElapsedTime(start);
        GC.KeepAlive(rotation);
        return new ChoiceCost(time.TotalMicroseconds / choices, (GC.GetAllocatedBytesForCurrentThread() - allocated) / choices, perSender);
    }

    private static void Choose(Rotation rotation, BudgetLedger ledger, RelayModel model, int choices)
    {
        var direction = model.Clients["acme"].DefaultDirection;
        for (var i = 0; i < choices; i++)
        {
            var plan = rotation.Plan(
                new RotationRequest
                {
                    Model = model,
                    Direction = direction,
                    Recipients = [new PlannedRecipient("to@y.example", $"to{i}@y.example", default)],
                    Expires = TimeProvider.System.GetUtcNow().AddDays(3),
                }, 0);
            var taken = Array.ConvertAll([.. plan.Groups[0].Candidates[0].Claims], claim => new CounterValue(claim.Key, ledger.Taken(claim.Key)));
            plan.Dispose();
            ledger.Publish(taken);
        }
    }

    private static PoolModel Pool(int senders) => new()
    {
        Name = "pool",
        Senders = [.. Enumerable.Range(0, senders).Select(Sender)],
        DomainDailyLimit = 1_000_000,
        Sticky = Stickiness.Recipient,
    };

    private static SenderModel Sender(int number)
    {
        if (!Mailbox.TryParse($"sender{number}@domain{number / 4}.example", out var address, out var error))
            throw new InvalidOperationException(error);
        return new SenderModel
        {
            Address = address,
            Key = address.Key,
            Domain = address.AsciiDomain,
            RegisteredDomain = address.AsciiDomain,
            DisplayName = "",
            Pool = "pool",
            DailyLimit = 1_000,
            Weight = 1,
            TimeZone = TimeZoneInfo.Utc,
            Calendar = Calendar,
            Upstreams = [],
        };
    }

    private static readonly SendCalendar Calendar = new(SendWindow.Always, TimeZoneInfo.Utc);

    private static RelayModel Model(PoolModel pool)
    {
        var direction = new DirectionModel
        {
            Client = "acme",
            Name = "cold",
            Pool = pool,
            Upstreams = [],
            ReplyTo = new ReplyToModel(ReplyToMode.Keep),
            KeepDisplayName = false,
            RewriteMessageId = false,
            DailyLimit = null,
        };
        var client = new ClientModel
        {
            Name = "acme",
            Networks = [IPNetwork.Parse("127.0.0.1/32")],
            ControlHeaders = false,
            DailyLimit = null,
            DefaultDirection = direction,
            Directions = new Dictionary<string, DirectionModel> { ["cold"] = direction }.ToFrozenDictionary(),
        };
        var example = ConfigurationLoader.Load(Path.Combine(AppContext.BaseDirectory, "relay.example.toml")).Model
            ?? throw new InvalidOperationException("relay.example.toml does not load");
        return example with
        {
            Clients = new Dictionary<string, ClientModel> { ["acme"] = client }.ToFrozenDictionary(),
            Pools = new Dictionary<string, PoolModel> { ["pool"] = pool }.ToFrozenDictionary(),
            Senders = pool.Senders.ToFrozenDictionary(sender => sender.Key),
        };
    }
}
