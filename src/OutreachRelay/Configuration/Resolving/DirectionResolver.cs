using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves <c>[[direction]]</c>: which pool and which upstreams a client's mail uses.</summary>
internal sealed class DirectionResolver(
    NameTable<ResolvedPool> pools, NameTable<UpstreamModel> upstreams, SenderOwnership ownership, HttpModel http, ProblemList problems)
{
    private string? _mailObstacle;

    /// <returns>The directions by client.</returns>
    public IReadOnlyDictionary<string, NameTable<DirectionModel>> Resolve(FileConfig file)
    {
        if (file.Clients.IsEmpty && !problems.HasErrorAt("client"))
            problems.Error(file.Place with { Path = "client" }, "expected at least one [[client]] that may submit");
        _mailObstacle = FindMailObstacle(file);
        var clients = new Dictionary<string, NameTable<DirectionModel>>(StringComparer.Ordinal);
        foreach (var name in file.Clients.Select(client => client.Name?.Value).OfType<string>())
            clients.TryAdd(name, new NameTable<DirectionModel>("direction", problems, $" of client '{name}'"));
        foreach (var direction in file.Directions)
        {
            var model = Resolve(direction);
            if (direction.Client is not { } client)
                continue;
            if (clients.TryGetValue(client.Value, out var table))
                table.Add(direction.Name, model);
            else
                problems.Error(client.Place, $"there is no client '{client.Value}'{Suggestion.For(client.Value, clients.Keys)}");
        }
        return clients;
    }

    private DirectionModel? Resolve(DirectionConfig direction)
    {
        var pool = pools.Find(direction.Pool);
        var tiers = ResolveUpstreams(direction);
        if (direction.Client is null || direction.Name is null || pool is null || tiers is null)
            return null;
        ownership.Claim(pool.Model.Name, direction.Client.Value, direction.Pool!.Place);
        WarnOfStranded(direction.Name, pool, tiers.Value);
        WarnOfMissingLinks(direction);
        var addsMailbox = AddsMailbox(direction);
        return new DirectionModel
        {
            Client = direction.Client.Value,
            Name = direction.Name.Value,
            Pool = pool.Model,
            Upstreams = tiers.Value,
            CheapestFirst = direction.CheapestFirst?.Value ?? false,
            ReplyTo = direction.ReplyTo?.Value ?? new ReplyToModel(ReplyToMode.Keep),
            KeepDisplayName = direction.KeepDisplayName?.Value ?? false,
            SchedulesByDate = direction.SchedulesByDate?.Value ?? false,
            RewriteMessageId = direction.RewriteMessageId?.Value ?? false,
            AddsUnsubscribe = direction.Unsubscribe?.Value == UnsubscribeMode.Add,
            AddsUnsubscribeMailbox = addsMailbox,
            UnsubscribesDirection = direction.UnsubscribesDirection?.Value ?? false,
            DailyLimit = direction.DailyLimit?.Value,
            Weight = direction.Weight?.Value ?? 1,
        };
    }

    // RFC 8058 §3.1: the link is an https one; and one that only this machine can open helps nobody.
    private void WarnOfMissingLinks(DirectionConfig direction)
    {
        if (direction.Unsubscribe is { Value: UnsubscribeMode.Add } mode && http.LinkBase is null)
        {
            problems.Warning(mode.Place, http.PublicUrl is null
                ? "no links are added, because http.public_url does not say how recipients reach this relay"
                : "no links are added, because http.public_url is not an https URL that the world can reach");
        }
    }

    // An address of which nobody reads the mail would be worse than none.
    private bool AddsMailbox(DirectionConfig direction)
    {
        if (direction.UnsubscribeMailto is not { Value: true } setting)
            return false;
        var obstacle = direction.Unsubscribe?.Value == UnsubscribeMode.Add ? _mailObstacle : "unsubscribe = \"add\" does not stand beside it";
        if (obstacle is not null)
            problems.Warning(setting.Place, $"no addresses are added: {obstacle}");
        return obstacle is null;
    }

    private static string? FindMailObstacle(FileConfig file)
    {
        if (!file.Domains.Any(static domain => domain.ReturnPath is not null))
            return "no [[domain]] has a return_path, where they would be";
        return file.Bounces?.Maildir is null && !file.Listeners.Any(static listener => listener.Purpose is { Value: ListenerPurpose.Bounces })
            ? "nothing takes mail to return paths, neither a [[listener]] with purpose = \"bounces\" nor bounces.maildir"
            : null;
    }

    // After an error an upstream may be missing only because its name is wrong.
    private void WarnOfStranded(Setting<string> direction, ResolvedPool pool, ImmutableArray<UpstreamModel> tiers)
    {
        if (problems.HasErrors)
            return;
        var message = $"none of the sender's upstreams is one of direction '{direction.Value}', at {direction.Place}";
        foreach (var sender in pool.Senders)
        {
            if (!tiers.Any(upstream => sender.Model.MayUse(upstream.Name)))
                problems.Warning(sender.Place, message);
        }
    }

    private ImmutableArray<UpstreamModel>? ResolveUpstreams(DirectionConfig direction)
    {
        if (direction.Upstreams is not { } names)
            return null;
        if (names.Value.IsEmpty)
            problems.Error(names.Place, "expected the name of at least one upstream");
        var found = new List<UpstreamModel>();
        foreach (var name in names.Value)
        {
            if (upstreams.Find(name) is not { } upstream)
                continue;
            if (found.Contains(upstream))
                problems.Error(name.Place, $"the upstream '{name.Value}' stands here twice");
            else
                found.Add(upstream);
        }
        return [.. found.OrderBy(upstream => upstream.Tier)];
    }
}
