using System.Collections.Frozen;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Checks that every address belongs to one client, and stands in one pool once.</summary>
/// <remarks>One client may use an address in several of its pools: the uses share one budget, so they must agree on the day.</remarks>
internal sealed class SenderOwnership(ProblemList problems)
{
    private readonly Dictionary<string, Use> _uses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Client, Place Place)> _owners = new(StringComparer.Ordinal);

    /// <summary>Notes that a direction of the client uses the pool.</summary>
    public void Claim(string pool, string client, Place place)
    {
        if (_owners.TryAdd(pool, (client, place)) || _owners[pool].Client == client)
            return;
        var first = _owners[pool];
        problems.Error(place,
            $"the pool '{pool}' belongs to client '{first.Client}' already, at {first.Place}; clients do not share senders");
    }

    /// <summary>Goes through all senders.</summary>
    /// <returns>The senders by key; of an address in several pools the first.</returns>
    public FrozenDictionary<string, SenderModel> Check(IEnumerable<ResolvedPool> pools)
    {
        foreach (var pool in pools)
        {
            foreach (var sender in pool.Senders)
                Check(sender);
        }
        return _uses.ToFrozenDictionary(use => use.Key, use => use.Value.Sender.Model);
    }

    private void Check(ResolvedSender sender)
    {
        var client = _owners.TryGetValue(sender.Model.Pool, out var owner) ? owner.Client : null;
        if (!_uses.TryGetValue(sender.Model.Key, out var first))
        {
            _uses.Add(sender.Model.Key, new Use(sender, client, [sender.Model.Pool]));
            return;
        }
        if (!first.Pools.Add(sender.Model.Pool))
            problems.Error(sender.Place, $"the address is in the pool '{sender.Model.Pool}' already, at {first.Sender.Place}");
        else if (client is not null && first.Client is not null && client != first.Client)
        {
            problems.Error(sender.Place,
                $"the address belongs to client '{first.Client}' already, at {first.Sender.Place}; clients do not share senders");
        }
        else if (!sender.Model.TimeZone.Equals(first.Sender.Model.TimeZone))
        {
            problems.Error(sender.Place,
                $"the address has another time zone at {first.Sender.Place}; its pools share one budget for each local day");
        }
        first.Client ??= client;
    }

    private sealed class Use(ResolvedSender sender, string? client, HashSet<string> pools)
    {
        public ResolvedSender Sender { get; } = sender;
        public string? Client { get; set; } = client;
        public HashSet<string> Pools { get; } = pools;
    }
}
