using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Store;
using OutreachRelay.Store.Sqlite;

namespace OutreachRelay.Benchmarks;

/// <summary>
/// Accepts, then leases and settles, through many callers at once, on a real disk: <c>[directory] [messages] [callers]</c>.
/// Figures are per second of wall time, and processor time of the whole process per item.
/// </summary>
public static class StoreBenchmark
{
    private const int ContentLength = 4096;

    private static readonly DateOnly Today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);

    public static async Task<int> RunAsync(string[] args)
    {
        var directory = args.Length > 0 ? args[0] : Path.Combine(Path.GetTempPath(), "store-benchmark");
        var messages = args.Length > 1 ? int.Parse(args[1]) : 200_000;
        var callers = args.Length > 2 ? int.Parse(args[2]) : 256;
        var ids = new long[messages];

        await using (var store = await OpenAsync(directory))
        {
            await MeasureAsync("accept", messages, callers, i => AcceptAsync(store, i, ids));
            await MeasureAsync("load", Math.Max(1, messages / 4), callers, async i => await store.LoadAsync(ids[i], CancellationToken.None));
            await MeasureAsync("lease", messages, callers, i => LeaseAsync(store, ids[i], 0));
            await MeasureAsync("settle", messages, callers, i => SettleAsync(store, ids[i], EntryState.Queued));
            await MeasureAsync("lease and settle", messages, callers, async i =>
            {
                await LeaseAsync(store, ids[i], 1);
                await SettleAsync(store, ids[i], EntryState.Relayed, 2);
            });
            await MeasureAsync("accept again", messages, callers, i => AcceptAsync(store, i + messages, ids));
        }
        var start = Stopwatch.GetTimestamp();
        await using (var store = await OpenAsync(directory))
            Console.WriteLine($"{"open",-18} {Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s with {store.Counts.Queued:N0} queued");
        return 0;
    }

    private static Task<SqliteStore> OpenAsync(string directory) => SqliteStore.OpenAsync(
        new SqliteStoreOptions { DataDirectory = directory }, TimeProvider.System, NullLogger<SqliteStore>.Instance);

    private static async Task MeasureAsync(string name, int count, int callers, Func<int, Task> act)
    {
        var next = -1;
        var (user, kernel) = ProcessorTimes();
        var allocated = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var i && i < count)
                await act(i);
        })));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var (userAfter, kernelAfter) = ProcessorTimes();
        Console.WriteLine(
            $"{name,-18} {count / seconds,9:N0}/s  {(userAfter - user) / count,6:F1} + {(kernelAfter - kernel) / count,5:F1} us of processor, user + kernel  "
            + $"{(GC.GetTotalAllocatedBytes() - allocated) / count,6:N0} octets allocated  {Environment.WorkingSet >> 20} MiB");
    }

    private static (double User, double Kernel) ProcessorTimes()
    {
        using var process = Process.GetCurrentProcess();
        return (process.UserProcessorTime.TotalMicroseconds, process.PrivilegedProcessorTime.TotalMicroseconds);
    }

    private static async Task AcceptAsync(SqliteStore store, int i, long[] ids)
    {
        var digest = new byte[16];
        Random.Shared.NextBytes(digest);
        var recipient = $"{Random.Shared.NextInt64():x}@example.com";
        var sender = $"sender{i % 1200}@domain{i % 100}.example";
        var now = TimeProvider.System.GetUtcNow();
        var candidate = new SenderCandidate(sender, Today, now,
        [
            new(new(CounterScope.Sender, sender, Today), long.MaxValue, long.MaxValue),
            new(new(CounterScope.Domain, $"domain{i % 100}.example", Today), long.MaxValue, long.MaxValue),
            new(new(CounterScope.Direction, "crm/sales", Today), long.MaxValue, long.MaxValue),
            new(new(CounterScope.Client, "crm", Today), long.MaxValue, long.MaxValue),
        ]);
        var result = await store.AcceptAsync(new AcceptRequest
        {
            Client = "crm",
            Direction = "sales",
            ReversePath = "crm@client.example",
            ReceivedAt = now,
            ExpiresAt = now.AddDays(3),
            Received = static _ => new byte[200],
            Content = Content(),
            Length = ContentLength,
            NeedsSmtpUtf8 = false,
            Has8Bit = false,
            OriginalMessageId = $"{i}@client.example",
            DuplicateWindow = TimeSpan.FromHours(1),
            Groups = [new EntryGroup([candidate], [new EntryDraft(recipient, recipient, digest, Sticky: true, null)], now)],
        });
        ids[i % ids.Length] = ((AcceptResult.Accepted)result).Message.Id;
    }

    private static async Task LeaseAsync(SqliteStore store, long id, int epoch) => await store.LeaseAsync(
        new LeaseRequest(id, epoch, "sendgrid", "key1", QueueId.Format(id), new byte[400], TimeSpan.FromMinutes(10)));

    private static async Task SettleAsync(SqliteStore store, long id, EntryState state, int epoch = 1) => await store.SettleAsync(new Settlement
    {
        EntryId = id,
        Epoch = epoch,
        State = state,
        Due = TimeProvider.System.GetUtcNow(),
        UsedStep = true,
        Stage = AttemptStage.FinalDot,
        Code = 250,
        Reply = "2.0.0 Ok: queued as 4bT1xk3Rz9zQ",
        SentMessageId = state == EntryState.Relayed ? $"{QueueId.Format(id)}@relay.example" : null,
    });

    private static byte[] Content()
    {
        var content = new byte[ContentLength];
        Random.Shared.NextBytes(content.AsSpan(0, 64));
        return content;
    }
}
