using System.Collections.Frozen;
using System.Collections.Immutable;
using OutreachRelay.Outcome.Replies;

namespace OutreachRelay.Configuration;

/// <summary>One configuration, resolved and immutable. A message or an attempt captures it once and ends on it.</summary>
public sealed record RelayModel
{
    /// <summary>Twelve hexadecimal digits over everything the model was made of (files and resolved secrets): equal models have equal versions.</summary>
    public required string Version { get; init; }

    /// <summary>The configuration file, absolute.</summary>
    public required string Path { get; init; }

    /// <summary>The name we give in EHLO, in <c>Received</c> and in generated Message-IDs.</summary>
    public required string Hostname { get; init; }

    /// <summary>Where the embedded store lives, absolute.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Accepting and delivering stop below this many free octets on the data directory's file system.</summary>
    public required long MinFreeSpace { get; init; }

    /// <summary>Below this many, no client is let in; at most <see cref="MinFreeSpace"/>.</summary>
    public long HardMinFreeSpace { get; init; }

    /// <summary>The same for inodes, where the file system counts them.</summary>
    public long MinFreeInodes { get; init; }

    /// <summary>Whether our <c>Received</c> fields say nothing of who submitted: neither address nor name.</summary>
    public bool HidesClients { get; init; }

    /// <summary>The Unix socket of the command line, absolute.</summary>
    public required string AdminSocket { get; init; }

    /// <summary>What tokens in links are signed with, where the environment says so; <see langword="null"/>: the keys of <see cref="TokenKeyFile"/>.</summary>
    public TokenKeys? TokenKeys { get; init; }

    /// <summary>Where those keys lie, absolute; made at the first start.</summary>
    public string TokenKeyFile { get; init; } = "token.key";

    public required ImmutableArray<ListenerModel> Listeners { get; init; }
    public required HttpModel Http { get; init; }
    public required DeliveryModel Delivery { get; init; }

    /// <summary>Clients by name.</summary>
    public required FrozenDictionary<string, ClientModel> Clients { get; init; }

    /// <summary>Clients that can log in, by user name.</summary>
    public required FrozenDictionary<string, ClientModel> Logins { get; init; }

    /// <summary>Pools by name.</summary>
    public required FrozenDictionary<string, PoolModel> Pools { get; init; }

    /// <summary>Senders by <see cref="SenderModel.Key"/>.</summary>
    public required FrozenDictionary<string, SenderModel> Senders { get; init; }

    /// <summary>Upstreams by name.</summary>
    public required FrozenDictionary<string, UpstreamModel> Upstreams { get; init; }

    /// <summary>What is known of sender domains, by domain in A-labels and lower case.</summary>
    public required FrozenDictionary<string, DomainModel> Domains { get; init; }

    /// <summary>Which domain a sender's was registered under.</summary>
    public RegisteredDomains RegisteredDomains { get; init; } = RegisteredDomains.EachItsOwn;

    /// <summary>What upstreams' replies mean.</summary>
    public required ReplyRules Replies { get; init; }

    public required PolicyModel Policy { get; init; }
    public DnsModel Dns { get; init; } = new([], null);
    public required AlertsModel Alerts { get; init; }
    public BouncesModel Bounces { get; init; } = new(null);
    public required LogModel Log { get; init; }

    /// <summary>A direction by its names; <see langword="null"/> when the configuration has it no longer.</summary>
    public DirectionModel? FindDirection(string client, string direction) => Clients.GetValueOrDefault(client)?.Directions.GetValueOrDefault(direction);
}
