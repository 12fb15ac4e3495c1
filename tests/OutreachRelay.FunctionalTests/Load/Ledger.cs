using System.Collections.Concurrent;
using OutreachRelay.FunctionalTests.Peers;

namespace OutreachRelay.FunctionalTests.Load;

/// <summary>What was acknowledged with 250: from that reply on, the relay answers for it (RFC 5321 §6.1).</summary>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<string, bool> _acknowledged = new(StringComparer.Ordinal);
    private int _next;

    public int Count => _acknowledged.Count;

    /// <summary>An id that no message had before.</summary>
    public string NextTestId() => $"m{Interlocked.Increment(ref _next)}";

    public void Acknowledge(string testId) => _acknowledged[testId] = true;

    public IReadOnlyList<string> LostAt(params SinkServer[] sinks)
    {
        var arrived = sinks.SelectMany(sink => sink.Arrivals.Keys).ToHashSet(StringComparer.Ordinal);
        return [.. _acknowledged.Keys.Where(id => !arrived.Contains(id))];
    }

    /// <summary>Ids that arrived more than once, acknowledged or not.</summary>
    public static IReadOnlyList<string> DoubledAt(SinkServer sink) =>
        [.. sink.Arrivals.Where(arrival => arrival.Value > 1).Select(arrival => arrival.Key)];
}
