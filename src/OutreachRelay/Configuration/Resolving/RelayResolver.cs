using System.Collections.Frozen;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Outcome.Replies;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Makes the model of what the file says: references become what they name, defaults are filled in.</summary>
internal static class RelayResolver
{
    private const long DefaultMinFreeSpace = 256L << 20;
    private const long DefaultMinFreeInodes = 1000;

    /// <param name="path">The configuration file, absolute.</param>
    /// <returns><see langword="null"/> when anything is an error.</returns>
    public static RelayModel? Resolve(FileConfig file, string path, Resolution resolution)
    {
        var problems = resolution.Problems;
        CheckStore(file, problems);
        var (minFreeSpace, hardMinFreeSpace) = ResolveFreeSpace(file.Relay, problems);
        var listeners = new ListenerResolver(resolution).Resolve(file);
        var http = new HttpResolver(resolution).Resolve(file.Http);
        var upstreams = new UpstreamResolver(resolution).Resolve(file);
        var suffixes = new SuffixFile(resolution.DataPath(file.Relay));
        var pools = new PoolResolver(resolution, upstreams, suffixes.Domains).Resolve(file);
        var ownership = new SenderOwnership(problems);
        var directions = new DirectionResolver(pools, upstreams, ownership, http, problems).Resolve(file);
        var clients = new ClientResolver(resolution, new TellingResolver(resolution, file.Delivery?.Retention)).Resolve(file, directions);
        var senders = ownership.Check(pools.Values);
        var preflight = new PreflightResolver(resolution, suffixes);
        var domains = preflight.Resolve(file, upstreams);
        var policy = DeliveryResolver.Resolve(file.Policy) with
        {
            Preflight = preflight.Resolve(file.Policy),
            Score = new ScoreResolver(resolution).Resolve(file.Score, file.Relay),
        };
        suffixes.Report(resolution);
        var alerts = new AlertsResolver(resolution).Resolve(file.Alerts);
        var bounces = new BouncesResolver(resolution).Resolve(file.Bounces);
        var replies = ResolveReplies(file.Relay, resolution);
        var tokenKeys = ResolveTokenKeys(file.Relay?.TokenKey, resolution);
        if (problems.HasErrors)
            return null;
        var dataDirectory = resolution.FullPath(file.Relay?.DataDir?.Value ?? "data");
        return new RelayModel
        {
            Version = resolution.Digest.Finish(),
            Path = path,
            Hostname = file.Relay!.Hostname!.Value,
            DataDirectory = dataDirectory,
            MinFreeSpace = minFreeSpace,
            HardMinFreeSpace = hardMinFreeSpace,
            MinFreeInodes = file.Relay.MinFreeInodes?.Value ?? DefaultMinFreeInodes,
            HidesClients = file.Relay.HidesClients?.Value ?? false,
            AdminSocket = resolution.FullPath(file.Relay.AdminSocket?.Value ?? Path.Combine(dataDirectory, "admin.sock")),
            TokenKeys = tokenKeys,
            TokenKeyFile = file.Relay.TokenKey is { Value: { InFile: true } key }
                ? resolution.FullPath(key.Name)
                : Path.Combine(dataDirectory, "token.key"),
            Listeners = listeners,
            Http = http,
            Delivery = DeliveryResolver.Resolve(file.Delivery),
            Clients = clients.Values.ToFrozenDictionary(client => client.Name),
            Logins = clients.Values.Where(client => client.Password is not null).ToFrozenDictionary(client => client.Username!),
            Pools = pools.Values.ToFrozenDictionary(pool => pool.Model.Name, pool => pool.Model),
            Senders = senders,
            Upstreams = upstreams.Values.ToFrozenDictionary(upstream => upstream.Name),
            Domains = domains.Values.ToFrozenDictionary(domain => domain.Name),
            RegisteredDomains = suffixes.Domains,
            Replies = replies,
            Policy = policy,
            Dns = PreflightResolver.Resolve(file.Dns),
            Alerts = alerts,
            Bounces = bounces,
            Log = DeliveryResolver.Resolve(file.Log),
        };
    }

    private static void CheckStore(FileConfig file, ProblemList problems)
    {
        if (file.Relay is null && !problems.HasErrorAt("relay"))
        {
            problems.Error(file.Place with { Path = "relay.hostname" },
                "is missing, and has no default: the name that this relay gives itself, such as \"relay.example.com\"");
        }
        if (file.Relay?.Store is { Value: StoreKind.Postgres } store)
            problems.Error(store.Place, "PostgreSQL does not work yet; expected \"sqlite\"");
    }

    private static (long Soft, long Hard) ResolveFreeSpace(RelayConfig? relay, ProblemList problems)
    {
        var soft = relay?.MinFreeSpace?.Value ?? DefaultMinFreeSpace;
        if (relay?.HardMinFreeSpace is not { } hard)
            return (soft, soft / 4);
        if (hard.Value > soft)
            problems.Error(hard.Place, $"is more than min_free_space, {soft} octets, which is to be reached first");
        return (soft, hard.Value);
    }

    // A file that is not there yet is made at the start; its keys are the ring's to read.
    private static TokenKeys? ResolveTokenKeys(Setting<SecretReference>? reference, Resolution resolution)
    {
        if (reference is null || (reference.Value.InFile && !File.Exists(resolution.FullPath(reference.Value.Name))))
            return null;
        if (!resolution.TryRequirePem(reference, out var text))
            return null;
        if (!TokenKeys.TryParse(text, out var keys, out var error))
            resolution.Problems.Error(reference.Place, error);
        return reference.Value.InFile ? null : keys;
    }

    // What replies mean belongs to the version: with other rules the same configuration acts otherwise.
    private static ReplyRules ResolveReplies(RelayConfig? relay, Resolution resolution) =>
        new ReplyRuleFolder(resolution.ShownDataPath(relay), resolution.Problems).Read(resolution.Digest.AddRules);
}
