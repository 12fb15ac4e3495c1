using System.Collections.Immutable;
using OutreachRelay.Configuration;

namespace OutreachRelay.Policy.Preflight;

/// <summary>Why a sender is out of the rotation although it is well: its domain fails at every upstream by which its mail may leave.</summary>
/// <param name="Since">Since when it fails at the last of them.</param>
public sealed record PreflightBar(DateTimeOffset Since, string Reason);

/// <summary>What verdicts keep from leaving. Immutable; empty where preflight does not enforce.</summary>
public sealed class PreflightBars
{
    public static readonly PreflightBars None = new([], []);

    private readonly Dictionary<string, ImmutableArray<string>> _failing;
    private readonly Dictionary<string, PreflightBar> _senders;

    private PreflightBars(Dictionary<string, ImmutableArray<string>> failing, Dictionary<string, PreflightBar> senders) => (_failing, _senders) = (failing, senders);

    /// <summary>The upstreams at which a sender domain fails, by name.</summary>
    public ImmutableArray<string> Of(string domain) => _failing.TryGetValue(domain, out var upstreams) ? upstreams : [];

    /// <summary>Why a sender is barred; <see langword="null"/> when it is not.</summary>
    public PreflightBar? OfSender(string senderKey) => _senders.GetValueOrDefault(senderKey);

    /// <summary>Makes them of verdicts.</summary>
    /// <param name="find">The verdict of a domain at an upstream; <see langword="null"/> while there is none, which bars nothing.</param>
    public static PreflightBars Of(RelayModel model, Func<string, string, PreflightReport?> find)
    {
        if (model.Policy.Preflight.Mode != PreflightMode.Enforce)
            return None;
        var failures = PreflightSubject.Of(model).Select(subject => find(subject.Domain, subject.Upstream))
            .OfType<PreflightReport>().Where(static report => report.Verdict == PreflightVerdict.Fail)
            .ToLookup(static report => report.Domain);
        var senders = new Dictionary<string, PreflightBar>();
        foreach (var (key, ways) in failures.Count == 0 ? [] : Ways(model, failures))
        {
            var failing = failures[model.Senders[key].Domain].Where(report => ways.Contains(report.Upstream)).ToList();
            if (failing.Count == ways.Count)
                senders.Add(key, Bar(failing));
        }
        return new PreflightBars(failures.ToDictionary(static domain => domain.Key, static domain => domain.Select(static report => report.Upstream).ToImmutableArray()), senders);
    }

    // By which upstreams the mail of each sender of a failing domain may leave, in all of its directions.
    private static Dictionary<string, HashSet<string>> Ways(RelayModel model, ILookup<string, PreflightReport> failures)
    {
        var ways = new Dictionary<string, HashSet<string>>();
        foreach (var direction in model.Clients.Values.SelectMany(static client => client.Directions.Values))
        {
            foreach (var sender in direction.Pool.Senders.Where(sender => failures.Contains(sender.Domain)))
            {
                if (!ways.TryGetValue(sender.Key, out var upstreams))
                    ways.Add(sender.Key, upstreams = []);
                upstreams.UnionWith(direction.Upstreams.Select(static upstream => upstream.Name).Where(upstream => sender.MayUse(upstream)));
            }
        }
        return ways;
    }

    private static PreflightBar Bar(List<PreflightReport> failing) => new(
        failing.Max(static report => report.Since),
        $"preflight fails for {failing[0].Domain} at {string.Join(", ", failing.Select(static report => report.Upstream))}: {failing[0].Reason}");
}
