using System.Collections.Immutable;
using System.Text.Json;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Telling;

/// <summary>Events of one client that go in one request, in their order.</summary>
/// <param name="Events">At least one.</param>
/// <param name="Body">JSON in ASCII.</param>
internal sealed record HookBatch(ImmutableArray<ListedEvent> Events, byte[] Body)
{
    /// <summary>The most events of a request.</summary>
    public const int MostEvents = 100;

    /// <summary>The most octets of a body; one event alone is far below it.</summary>
    public const int MostOctets = 256 * 1024;

    public long Last => Events[^1].Id;

    /// <summary>Makes a batch of the first events, as many as it holds. Pure.</summary>
    /// <param name="events">At least one; of the client, in their order.</param>
    public static HookBatch Of(string client, ImmutableArray<ListedEvent> events)
    {
        var count = Math.Min(events.Length, MostEvents);
        while (true)
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(
                new HookBody(client, [.. events.Take(count).Select(HookEvent.Of)]), HookJson.Default.HookBody);
            if (body.Length <= MostOctets || count == 1)
                return new HookBatch(events[..count], body);
            count /= 2;
        }
    }
}
