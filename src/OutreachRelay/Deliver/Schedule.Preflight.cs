using System.Collections.Immutable;

namespace OutreachRelay.Deliver;

// What preflight keeps from leaving.
public sealed partial class Schedule
{
    /// <summary>Tells by which upstreams mail of a sender domain must not leave. Set once, before anything is offered; asked under the schedule's lock.</summary>
    public Func<string, ImmutableArray<string>> FailingUpstreams { get; set; } = static _ => [];

    /// <summary>Routes all that waits anew: mail may leave otherwise than before.</summary>
    public void Reroute()
    {
        lock (_gate)
        {
            foreach (var upstream in _upstreams.Values)
                RouteWaitingNeedsLock(upstream);
        }
        Rescan();
    }

    private void BarNeedsLock(ReadyEntry entry) => entry.Barred = FindSender(entry.Entry) is { } sender ? FailingUpstreams(sender.Domain) : [];
}
