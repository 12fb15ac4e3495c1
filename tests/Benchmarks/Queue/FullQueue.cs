using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.Store;
using OutreachRelay.Store.Sqlite;

namespace OutreachRelay.Benchmarks.Queue;

/// <summary>Fills a relay's store before it is started, as accepting would.</summary>
internal static class FullQueue
{
    private const int Callers = 256;

    /// <param name="size">Of a body, in octets.</param>
    public static async Task FillAsync(RelayProcess relay, int count, int size)
    {
        await using var store = await SqliteStore.OpenAsync(
            new SqliteStoreOptions { DataDirectory = relay.DataDirectory }, TimeProvider.System, NullLogger<SqliteStore>.Instance);
        var (content, next) = (Content(size), -1);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var i && i < count)
                await AcceptAsync(store, i, relay.Config.Senders[i % relay.Config.Senders.Count], content);
        })));
    }

    private static async Task AcceptAsync(SqliteStore store, int i, string sender, byte[] content)
    {
        var (now, recipient) = (TimeProvider.System.GetUtcNow(), $"prospect{i}@dest.example");
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        CounterKey[] units =
        [
            new(CounterScope.Sender, sender, today), new(CounterScope.Domain, sender[(sender.IndexOf('@') + 1)..], today),
            new(CounterScope.Direction, "crm/cold", today), new(CounterScope.Client, "crm", today),
        ];
        var candidate = new SenderCandidate(sender, today, now, [.. units.Select(unit => new CounterClaim(unit, long.MaxValue, long.MaxValue))]);
        var digest = new byte[16];
        Random.Shared.NextBytes(digest);
        var result = await store.AcceptAsync(new AcceptRequest
        {
            Client = "crm",
            Direction = "cold",
            ReversePath = "chris@crm.example",
            ReceivedAt = now,
            ExpiresAt = now.AddDays(3),
            Received = static _ => "Received: by relay.example\r\n"u8.ToArray(),
            Content = content,
            Length = content.Length,
            NeedsSmtpUtf8 = false,
            Has8Bit = false,
            OriginalMessageId = $"{i}@client.example",
            DuplicateWindow = TimeSpan.FromHours(1),
            Groups = [new EntryGroup([candidate], [new EntryDraft(recipient, recipient, digest, Sticky: true, null)], now)],
        });
        if (result is not AcceptResult.Accepted)
            throw new InvalidOperationException($"not accepted: {result}");
    }

    /// <summary>A message of about so many octets.</summary>
    public static byte[] Content(int size) =>
        [.. "From: Chris <chris@crm.example>\r\nSubject: hello\r\nMessage-ID: <1@client.example>\r\nDate: Mon, 05 Jan 2026 09:12:44 +0100\r\n\r\n"u8, .. Enumerable.Repeat("the quick brown fox jumps over the lazy dog, as ever it has\r\n"u8.ToArray(), size / 61).SelectMany(line => line)];
}
