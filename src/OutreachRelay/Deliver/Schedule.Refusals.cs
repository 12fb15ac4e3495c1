using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>Senders of one domain that no upstream of a direction takes.</summary>
/// <param name="Senders">Their keys: all of the domain where that is what the upstreams refuse.</param>
/// <param name="Until">When the first upstream may be tried again.</param>
public readonly record struct RefusedEverywhere(ImmutableArray<string> Senders, DateTimeOffset Until);

// Which senders which upstreams refuse.
public sealed partial class Schedule
{
    private static readonly TimeSpan AccountRest = TimeSpan.FromMinutes(15);

    /// <summary>An upstream refuses a sender or its domain: their mail goes elsewhere for a while, or waits.</summary>
    /// <param name="name">The sender's key, or its domain.</param>
    /// <returns>Whether no upstream of the entry's direction takes the sender's mail now, be it up or down; <see langword="null"/> when one may.</returns>
    public RefusedEverywhere? Refuse(UpstreamState upstream, string name, SenderRest rest, SenderModel sender, QueueEntry entry)
    {
        lock (_gate)
        {
            upstream.Refused.Begin(name, rest);
            RouteWaitingNeedsLock(upstream);
            return relay.Model.FindDirection(entry.Client, entry.Direction) is { } direction
                ? FindRefusedNeedsLock(direction, sender)
                : null;
        }
    }

    /// <summary>A provider has told, after it had taken a mail, that it sends nothing for our account: no other mail is to go there for a while.</summary>
    /// <param name="reason">Untrusted text.</param>
    public void RefuseAccount(string name, string reason)
    {
        if (_upstreams.TryGetValue(name, out var upstream))
            Observe(upstream, (health, now) => health.Refused(now, reason, AccountRest));
    }

    /// <summary>Mail of several directions is blocked that goes by an upstream: it rests.</summary>
    public void PauseUpstream(string name, string reason)
    {
        if (_upstreams.TryGetValue(name, out var upstream))
            Observe(upstream, (health, now) => health.Paused(now, reason));
    }

    /// <summary>The operator wants an upstream tried again, whyever it rests.</summary>
    /// <returns>Whether there is one of that name.</returns>
    public bool Resume(string name)
    {
        if (!_upstreams.TryGetValue(name, out var upstream))
            return false;
        Observe(upstream, static (health, now) => health.Resumed(now));
        return true;
    }

    /// <summary>Takes over what was refused before a restart.</summary>
    public void LoadRefusal(string upstream, string name, SenderRest rest)
    {
        lock (_gate)
            _upstreams.GetValueOrDefault(upstream)?.Refused.Begin(name, rest);
    }

    /// <summary>A sender or domain is to be tried again everywhere.</summary>
    /// <returns>The names of the upstreams that refused it.</returns>
    public List<string> EndRefusals(string name)
    {
        lock (_gate)
        {
            var ended = _upstreams.Values.Where(upstream => upstream.Refused.End(name)).Select(static upstream => upstream.Model.Name).ToList();
            if (ended.Count > 0)
                RouteParkedNeedsLock();
            return ended;
        }
    }

    private RefusedEverywhere? FindRefusedNeedsLock(DirectionModel direction, SenderModel sender)
    {
        var (now, byDomain, first) = (time.GetUtcNow(), true, DateTimeOffset.MaxValue);
        foreach (var name in direction.Upstreams.Select(static upstream => upstream.Name))
        {
            var rests = _upstreams.GetValueOrDefault(name)?.Refused;
            byDomain &= rests?.Find(sender.Domain, now) is not null;
            if (!sender.MayUse(name))
                continue;
            if (rests?.Find(sender, now) is not { } rest)
                return null;
            first = rest.Until < first ? rest.Until : first;
        }
        if (first == DateTimeOffset.MaxValue)
            return null;
        var refused = byDomain ? direction.Pool.Senders.Where(other => other.Domain == sender.Domain).Select(static other => other.Key) : [sender.Key];
        return new RefusedEverywhere([.. refused], first);
    }
}
