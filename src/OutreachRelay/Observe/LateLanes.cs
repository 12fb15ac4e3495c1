using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Observe;

/// <summary>Notices mail that is due and whose sender may send, and that does not leave. For one thread.</summary>
/// <remarks>
/// Mail behind a closed gate is not late: a gap, a window or a limit is what was asked for. A gate that is open for a moment, until the next mail
/// passes it, is not found open again and again.
/// </remarks>
internal sealed class LateLanes(SenderGates gates, TimeProvider time)
{
    private Dictionary<LaneKey, long> _since = [];

    /// <summary>Compares with the last call: what was late then and is late now was so all the time.</summary>
    public void Look(RelayModel model, ImmutableArray<LaneHead> lanes)
    {
        var (now, timestamp) = (time.GetUtcNow(), time.GetTimestamp());
        var late = new Dictionary<LaneKey, long>();
        foreach (var (lane, due) in lanes)
        {
            if (due <= now && lane.Sender is { } sender && gates.Ask(model, sender).IsOpen)
                late[lane] = _since.GetValueOrDefault(lane, timestamp);
        }
        _since = late;
    }

    /// <summary>How long a direction's mail is late; directions without such mail are not there.</summary>
    public Dictionary<(string Client, string Direction), TimeSpan> ByDirection() => _since
        .GroupBy(static late => (late.Key.Client, late.Key.Direction), static late => late.Value)
        .ToDictionary(static direction => direction.Key, direction => time.GetElapsedTime(direction.Min()));
}
