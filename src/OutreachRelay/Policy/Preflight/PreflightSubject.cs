using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Policy.Preflight;

/// <summary>A sender domain at an upstream, with all that the configuration says of the two.</summary>
public sealed record PreflightSubject
{
    /// <summary>In A-labels and lower case.</summary>
    public required string Domain { get; init; }

    public required string Upstream { get; init; }

    /// <summary>Where receivers check SPF; <see langword="null"/>: on a domain of the upstream's.</summary>
    public string? EnvelopeDomain { get; init; }

    /// <summary>What an SPF record includes for the upstream, or <see langword="null"/>.</summary>
    public string? SpfInclude { get; init; }

    /// <summary>From where the upstream sends; empty when that is not known.</summary>
    public ImmutableArray<IPAddress> SendingAddresses { get; init; } = [];

    /// <summary>With which the upstream signs for the domain; empty when none are named.</summary>
    public ImmutableArray<string> Selectors { get; init; } = [];


    /// <summary>With which we sign for the domain.</summary>
    public ImmutableArray<OwnKeyModel> OwnKeys { get; init; } = [];

    public ImmutableArray<string> DomainBlocklists { get; init; } = [];
    public ImmutableArray<string> AddressBlocklists { get; init; } = [];

    /// <summary>The same in one text: what was found is of use as long as it is equal.</summary>
    public string Terms => string.Join('|',
        EnvelopeDomain, SpfInclude, string.Join(',', SendingAddresses), string.Join(',', Selectors), string.Join(',', OwnKeys.Select(static key => $"{key.Selector} {key.Record.Text}")),
        string.Join(',', DomainBlocklists), string.Join(',', AddressBlocklists));

    /// <summary>Every pair of a sender's domain and an upstream by which its mail may leave, in order. What is captured does not leave.</summary>
    public static ImmutableArray<PreflightSubject> Of(RelayModel model) => Known.GetValue(model, static model => new Pairs(Find(model))).All;

    // Asked for often, and a model never changes.
    private static readonly ConditionalWeakTable<RelayModel, Pairs> Known = [];

    private sealed record Pairs(ImmutableArray<PreflightSubject> All);

    private static ImmutableArray<PreflightSubject> Find(RelayModel model)
    {
        var pairs = new Dictionary<(string Domain, string Upstream), PreflightSubject>();
        foreach (var direction in model.Clients.Values.SelectMany(static client => client.Directions.Values))
        {
            var upstreams = direction.Upstreams.Where(static upstream => upstream.Type != UpstreamType.Capture).ToList();
            foreach (var sender in direction.Pool.Senders)
            {
                foreach (var upstream in upstreams)
                {
                    if (sender.MayUse(upstream.Name) && !pairs.ContainsKey((sender.Domain, upstream.Name)))
                        pairs.Add((sender.Domain, upstream.Name), Of(model, sender.Domain, upstream));
                }
            }
        }
        return [.. pairs.Values.OrderBy(static pair => pair.Domain, StringComparer.Ordinal).ThenBy(static pair => pair.Upstream, StringComparer.Ordinal)];
    }

    /// <summary>A domain as somebody names it, in A-labels and lower case; <see langword="null"/> when it is none.</summary>
    public static string? ReadDomain(string text) => Mailbox.Create("postmaster", text, out _)?.AsciiDomain;

    private static PreflightSubject Of(RelayModel model, string name, UpstreamModel upstream)
    {
        var (domain, preflight) = (model.Domains.GetValueOrDefault(name), model.Policy.Preflight);
        return new PreflightSubject
        {
            Domain = name,
            Upstream = upstream.Name,
            EnvelopeDomain = upstream.Preset?.ReturnPath == EnvelopeRule.Provider ? null : domain?.ReturnPath ?? name,
            SpfInclude = upstream.Preset?.SpfInclude,
            SendingAddresses = upstream.SendingAddresses,
            Selectors = domain?.Selectors.GetValueOrDefault(upstream.Name, []) ?? [],
            OwnKeys = domain?.OwnKeys ?? [],
            DomainBlocklists = preflight.DomainBlocklists,
            AddressBlocklists = preflight.AddressBlocklists,
        };
    }
}
