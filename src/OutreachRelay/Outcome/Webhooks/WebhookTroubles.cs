using System.Collections.Immutable;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>That requests to a webhook did not prove to be the provider's, and none since did.</summary>
/// <param name="Count">How many, since the last that did, or within the hour.</param>
/// <param name="AreStale">Whether the last was signed well, but not in time.</param>
public sealed record WebhookTrouble(string Upstream, int Count, bool AreStale);

/// <summary>Remembers for an hour whose webhooks refuse, so that a wrong key is noticed. Thread-safe; as many as there are upstreams.</summary>
internal sealed class WebhookTroubles(TimeProvider time)
{
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (WebhookTrouble Trouble, long At)> _troubles = [];

    public void Refused(string upstream, bool isStale)
    {
        lock (_gate)
        {
            var before = _troubles.TryGetValue(upstream, out var known) ? known.Trouble.Count : 0;
            _troubles[upstream] = (new WebhookTrouble(upstream, before + 1, isStale), time.GetTimestamp());
        }
    }

    public void Accepted(string upstream)
    {
        lock (_gate)
            _troubles.Remove(upstream);
    }

    public ImmutableArray<WebhookTrouble> Recent()
    {
        lock (_gate)
        {
            foreach (var (upstream, (_, at)) in _troubles.ToList())
            {
                if (time.GetElapsedTime(at) > Remembered)
                    _troubles.Remove(upstream);
            }
            return [.. _troubles.Values.Select(static one => one.Trouble)];
        }
    }
}
