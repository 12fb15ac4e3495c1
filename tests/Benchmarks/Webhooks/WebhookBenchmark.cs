using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Benchmarks.Queue;
using OutreachRelay.Benchmarks.Race;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.Store;
using OutreachRelay.Store.Sqlite;

namespace OutreachRelay.Benchmarks.Webhooks;

/// <summary>Events of mails that were relayed, over HTTP to a running relay; each answer follows the flush to disk: <c>[mails]</c>, with three events for each.</summary>
internal static class WebhookBenchmark
{
    private const int Callers = 64;
    private const int Batch = 100;

    private static readonly string[] Names = ["delivered", "open", "click"];

    public static async Task<int> RunAsync(string[] args)
    {
        var mails = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Environment.SetEnvironmentVariable("WEBHOOK_KEY", Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()));
        await using var relay = new RelayProcess(new RelayConfig
        {
            Upstreams = [new("grid", 2526, Keys: "preset = \"sendgrid\"\nwebhook_secrets = [\"env:WEBHOOK_KEY\"]")],
            Senders = [.. Enumerable.Range(0, 1200).Select(i => $"sender{i}@domain{i % 100}.example")],
            More = "[log]\nlevel = \"warn\"\n",
        });
        await FullQueue.FillAsync(relay, 2 * mails, 1024);
        await SendAllAsync(relay.DataDirectory);
        await relay.StartAsync();
        Console.WriteLine($"{mails} mails, signed by ECDSA, {Callers} callers, {Environment.ProcessorCount} cores");
        Console.WriteLine("events/request  events/s  CPU µs/event  p50 ms  p99 ms  peak MB");
        Console.WriteLine("--------------  --------  ------------  ------  ------  -------");
        Console.WriteLine(await MeasureAsync(relay, key, 0, mails, 1));
        Console.WriteLine(await MeasureAsync(relay, key, mails, mails, Batch));
        return 0;
    }

    // What a relay would have written of mails that it has handed over.
    private static async Task SendAllAsync(string directory)
    {
        await using var store = await SqliteStore.OpenAsync(new SqliteStoreOptions { DataDirectory = directory }, TimeProvider.System, NullLogger<SqliteStore>.Instance);
        var (number, after) = (0, 0L);
        while (await store.ListAsync(new EntryFilter { After = after, Limit = 1000, States = [EntryState.Queued] }, CancellationToken.None) is { Entries: not [] } page)
        {
            await Task.WhenAll(page.Entries.Select(entry => SendAsync(store, entry.Id, number++)));
            after = page.Entries[^1].Id;
        }
    }

    private static async Task SendAsync(SqliteStore store, long id, int number)
    {
        var lease = await store.LeaseAsync(new LeaseRequest(id, 0, "grid", "key", $"token{number}", new byte[400], TimeSpan.FromMinutes(10)));
        await store.SettleAsync(new Settlement
        {
            EntryId = id,
            Epoch = lease.Epoch,
            State = EntryState.Relayed,
            UsedStep = true,
            Stage = AttemptStage.FinalDot,
            Code = 250,
            Reply = "Ok",
            SentMessageId = $"{number}@relay.example",
        });
    }

    private static async Task<string> MeasureAsync(RelayProcess relay, ECDsa key, int first, int mails, int batch)
    {
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Callers });
        var url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{relay.HttpPort}/webhooks/grid"));
        // Signing is the provider's work, and not measured.
        var requests = Enumerable.Range(0, Names.Length * mails).Select(i => Event(first + (i % mails), Names[i / mails])).Chunk(batch)
            .Select(events => Sign(key, $"[{string.Join(',', events)}]")).ToArray();
        var (times, next, cpu, start) = (new double[requests.Length], -1, ProcessUsage.CpuSeconds(relay.Id), Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var i && i < requests.Length)
                times[i] = await PostAsync(client, url, requests[i]);
        })));
        var (seconds, events) = (Stopwatch.GetElapsedTime(start).TotalSeconds, (double)Names.Length * mails);
        var used = (ProcessUsage.CpuSeconds(relay.Id) - cpu) / events * 1e6;
        Array.Sort(times);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{batch,14}  {events / seconds,8:F0}  {used,12:F0}  {times[times.Length / 2],6:F1}  {times[times.Length * 99 / 100],6:F1}  {ProcessUsage.Memory(relay.Id) / 1e6,7:F0}");
    }

    private static string Event(int mail, string name) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"email":"prospect{{mail}}@dest.example","event":"{{name}}","sg_event_id":"{{mail}}-{{name}}","timestamp":{{Now()}},"orid":"token{{mail}}","sg_message_id":"grid-message-{{mail}}.filter"}""");

    private static (byte[] Body, string Timestamp, string Signature) Sign(ECDsa key, string body)
    {
        var (octets, timestamp) = (Encoding.UTF8.GetBytes(body), Now().ToString(CultureInfo.InvariantCulture));
        var signature = key.SignData([.. Encoding.ASCII.GetBytes(timestamp), .. octets], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return (octets, timestamp, Convert.ToBase64String(signature));
    }

    private static async Task<double> PostAsync(HttpClient client, Uri url, (byte[] Body, string Timestamp, string Signature) signed)
    {
        var start = Stopwatch.GetTimestamp();
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(signed.Body) };
        request.Headers.Add("X-Twilio-Email-Event-Webhook-Signature", signed.Signature);
        request.Headers.Add("X-Twilio-Email-Event-Webhook-Timestamp", signed.Timestamp);
        using var response = await client.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
}
