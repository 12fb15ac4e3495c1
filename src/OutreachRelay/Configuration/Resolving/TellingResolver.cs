using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Store;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves how a client is told what became of its mail: the keys <c>events_*</c> and <c>dsn_from</c> of <c>[[client]]</c>.</summary>
/// <param name="retention">How long finished entries are kept, and their events with them; <see langword="null"/> for the default.</param>
internal sealed class TellingResolver(Resolution resolution, Setting<TimeSpan>? retention)
{
    // Of HMAC-SHA256 (RFC 2104 §3: a key shorter than the hash weakens it); in characters.
    private const int ShortestSecret = 16;

    private readonly ProblemList _problems = resolution.Problems;

    /// <returns><see langword="null"/> where there is none, or it was reported as an error.</returns>
    public HookModel? ResolveHook(ClientConfig client)
    {
        if (client.EventsUrl is not { } target)
        {
            if ((client.EventsSecret?.Place ?? client.EventsKinds?.Place) is { } place)
                _problems.Error(place, "has no effect without events_url");
            return null;
        }
        var url = HookUrl.Resolve(resolution, target, "events");
        if (client.EventsSecret is not { } reference)
        {
            _problems.Error(target.Place, "needs events_secret: what it receives is proved by it");
            return null;
        }
        if (!resolution.TryRequire(reference, out var secret))
            return null;
        if (secret.Length < ShortestSecret)
            _problems.Error(reference.Place, $"the secret {Shown.Text(reference.Value.ToString())} is shorter than {ShortestSecret} characters, and can be guessed");
        if (retention is { } kept && kept.Value <= HookModel.Patience)
            _problems.Warning(kept.Place, $"events that a client does not take are tried for {HookModel.Patience.TotalDays:0} days, but go with their entries before");
        return url is null ? null : new HookModel(url, secret, Kinds(client));
    }

    /// <param name="directions">The client's.</param>
    /// <returns><see langword="null"/> where there is none, or it was reported as an error.</returns>
    public DsnModel? ResolveDsn(ClientConfig client, DirectionModel defaultDirection, IEnumerable<DirectionModel> directions)
    {
        if (client.DsnFrom is not { } from)
            return null;
        foreach (var direction in directions.OrderBy(one => one != defaultDirection).ThenBy(static one => one.Name, StringComparer.Ordinal))
        {
            if (direction.Pool.Senders.FirstOrDefault(sender => sender.Key == from.Value.Key) is { } sender && direction.CanCarry(sender))
                return new DsnModel(sender, direction);
        }
        _problems.Error(from.Place, $"{from.Value} is no sender of the client's: put it into a pool of one of its directions, or notifications could not leave");
        return null;
    }

    private static ImmutableArray<StoreEventKind> Kinds(ClientConfig client) => client.EventsKinds is { Value: { IsEmpty: false } kinds }
        ? [.. kinds.Select(static kind => kind.Value).Distinct()]
        : [.. HookModel.Words.Select(static word => word.Kind)];
}
