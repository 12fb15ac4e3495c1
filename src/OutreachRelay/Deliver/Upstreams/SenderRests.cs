using OutreachRelay.Configuration;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>How long a sender, or a sender domain, is left alone at an upstream that has refused it.</summary>
/// <param name="Rule">The rule for replies that says so.</param>
public sealed record SenderRest(DateTimeOffset Since, DateTimeOffset Until, string Rule);

/// <summary>The senders and sender domains that one upstream has refused lately. By the wall's clock: a restart does not shorten a rest of days.</summary>
/// <remarks>Not thread-safe: the schedule holds the lock.</remarks>
public sealed class SenderRests
{
    /// <summary>The most names; beyond it the rest that ends first is forgotten, and that sender is tried once more.</summary>
    public const int Capacity = 16_384;

    private readonly Dictionary<string, SenderRest> _rests = [];

    public bool IsEmpty => _rests.Count == 0;

    /// <summary>Leaves a name alone; a rest that lasts longer stands.</summary>
    /// <param name="name">A sender's key, or a domain.</param>
    public void Begin(string name, SenderRest rest)
    {
        if (_rests.TryGetValue(name, out var last) && last.Until > rest.Until)
            return;
        if (_rests.Count >= Capacity)
            _rests.Remove(_rests.MinBy(static pair => pair.Value.Until).Key);
        _rests[name] = rest;
    }

    /// <returns>Whether it rested.</returns>
    public bool End(string name) => _rests.Remove(name);

    /// <returns><see langword="null"/> when the name does not rest.</returns>
    public SenderRest? Find(string name, DateTimeOffset now)
    {
        if (!_rests.TryGetValue(name, out var rest))
            return null;
        if (rest.Until > now)
            return rest;
        _rests.Remove(name);
        return null;
    }

    /// <summary>A sender's own rest or its domain's, whichever lasts longer.</summary>
    public SenderRest? Find(SenderModel sender, DateTimeOffset now)
    {
        var (own, shared) = (Find(sender.Key, now), Find(sender.Domain, now));
        return own?.Until > shared?.Until ? own : shared ?? own;
    }
}
