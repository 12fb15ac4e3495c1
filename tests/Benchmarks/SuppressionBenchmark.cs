using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;
using OutreachRelay.Store.Sqlite;

namespace OutreachRelay.Benchmarks;

/// <summary>Looking recipients up among five million that are suppressed, as RCPT does: <c>[entries] [directory]</c>. One look-up after the other shows how long a client waits, many at once what each costs.</summary>
public static class SuppressionBenchmark
{
    private const int Batch = 1000;
    private const int Lookups = 200_000;
    private const int AtOnce = 64;
    private const double Target = 20;

    public static async Task<int> RunAsync(string[] args)
    {
        var entries = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5_000_000;
        var directory = args.Length > 1 ? args[1] : Directory.CreateTempSubdirectory("suppression-benchmark-").FullName;
        try
        {
            return await RunAsync(entries, directory);
        }
        finally
        {
            if (args.Length <= 1)
                Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<int> RunAsync(int entries, string directory)
    {
        await using var store = await SqliteStore.OpenAsync(
            new SqliteStoreOptions { DataDirectory = directory }, TimeProvider.System, NullLogger<SqliteStore>.Instance);
        var key = new SuppressionKey("0123456789abcdef0123456789abcdef"u8);
        // No configuration: it is asked about soft bounces alone.
        var book = new SuppressionBook(store, key, null!, TimeProvider.System, NullLogger<SuppressionBook>.Instance);

        var start = Stopwatch.GetTimestamp();
        await FillAsync(store, key, entries);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine($"{"written",-34} {entries:N0} in {seconds:F0} s, {entries / seconds:N0}/s, {new FileInfo(Path.Combine(directory, "relay.db")).Length >> 20} MiB");

        var before = GC.GetTotalMemory(forceFullCollection: true);
        start = Stopwatch.GetTimestamp();
        await book.LoadAsync(CancellationToken.None);
        Console.WriteLine(
            $"{"read into memory at start",-34} {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s, {(GC.GetTotalMemory(forceFullCollection: true) - before) / 1e6:F1} MB");

        var strangers = await MeasureAsync("never suppressed", 1, book, i => $"stranger{i}@else.example", 0);
        await MeasureAsync("suppressed", 1, book, i => Address((int)(i * 7919L % entries)), Lookups);
        var members = await MeasureAsync("suppressed", AtOnce, book, i => Address((int)(i * 7919L % entries)), Lookups);
        var isMet = strangers < Target && members < Target;
        Console.WriteLine($"{(isMet ? "met" : "MISSED")}: a look-up among {entries:N0} is to cost under {Target:F0} us; it costs {strangers:F1} us, and {members:F1} us for the suppressed");
        return isMet ? 0 : 1;
    }

    private static async Task FillAsync(SqliteStore store, SuppressionKey key, int entries)
    {
        var now = TimeProvider.System.GetUtcNow();
        // In the order of their hashes pages fill one after the other; a list that is imported comes in no order.
        for (var first = 0; first < entries; first += Batch)
        {
            var requests = new List<SuppressRequest>(Batch);
            for (var i = first; i < Math.Min(first + Batch, entries); i++)
                requests.Add(new SuppressRequest(key.Of(Parse(Address(i))), SuppressionScope.Global, SuppressionReason.Import, now, "a list") { Address = Address(i) });
            await store.SuppressAsync(requests);
        }
    }

    private static async Task<double> MeasureAsync(string name, int atOnce, SuppressionBook book, Func<int, string> address, int expected)
    {
        var shares = Enumerable.Range(0, Lookups).Select(i => Parse(address(i))).Chunk(Lookups / atOnce).ToArray();
        await LookUpAsync(book, shares[0]);
        var start = Stopwatch.GetTimestamp();
        var found = (await Task.WhenAll(shares.Select(share => Task.Run(() => LookUpAsync(book, share))))).Sum();
        var micros = Stopwatch.GetElapsedTime(start).TotalMicroseconds / Lookups;
        if (found != expected)
            throw new InvalidOperationException($"{found} were found instead of {expected}");
        Console.WriteLine($"{$"{name}, {atOnce} at a time",-34} {micros:F1} us each, the hash included");
        return micros;
    }

    private static async Task<int> LookUpAsync(SuppressionBook book, Mailbox[] recipients)
    {
        var found = 0;
        foreach (var recipient in recipients)
            found += await book.FindAsync("acme", "cold", recipient, CancellationToken.None) is null ? 0 : 1;
        return found;
    }

    private static string Address(int i) => string.Create(CultureInfo.InvariantCulture, $"person{i}@company{i % 50_000}.example");

    private static Mailbox Parse(string address) =>
        Mailbox.TryParse(address, out var mailbox, out var error) ? mailbox : throw new ArgumentException(error, nameof(address));
}
