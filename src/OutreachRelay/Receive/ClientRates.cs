using System.Collections.Concurrent;
using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Receive;

/// <summary>How many messages each client may begin: a bucket of as many as its rate names, which fills up evenly. Lives across reloads.</summary>
public sealed class ClientRates(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);

    /// <summary>Takes one message of the client's rate; <see langword="false"/> when there is none left at the moment.</summary>
    public bool TryTake(ClientModel client)
    {
        if (client.Rate is not { } rate)
            return true;
        var now = time.GetTimestamp();
        return _buckets.GetOrAdd(client.Name, static (_, full) => new Bucket(full.rate.Count, full.now), (rate, now)).TryTake(rate, now, time);
    }

    private sealed class Bucket(double left, long since)
    {
        private readonly Lock _gate = new();
        private double _left = left;
        private long _since = since;

        public bool TryTake(Rate rate, long now, TimeProvider time)
        {
            lock (_gate)
            {
                var elapsed = time.GetElapsedTime(_since, now);
                if (elapsed > TimeSpan.Zero)
                {
                    _left = Math.Min(rate.Count, _left + (elapsed / rate.Per * rate.Count));
                    _since = now;
                }
                if (_left < 1)
                    return false;
                _left--;
                return true;
            }
        }
    }
}
