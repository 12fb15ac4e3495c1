using System.Collections.Concurrent;
using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;

namespace OutreachRelay.Policy.Preflight;

/// <summary>A sender domain that fails somewhere.</summary>
/// <param name="Text">A sentence that says where and why, and what follows.</param>
public readonly record struct PreflightFailure(string Domain, string Text);

/// <summary>The verdicts in memory, and what they keep from leaving. Lives across reloads; thread-safe.</summary>
/// <param name="changed">Called when mail may leave otherwise than before; outside of all locks.</param>
public sealed class PreflightState(RelayState relay, BudgetLedger ledger, Action changed)
{
    private readonly ConcurrentDictionary<(string Domain, string Upstream), PreflightReport> _reports = [];
    private readonly Lock _applying = new();
    private volatile PreflightBars _bars = PreflightBars.None;

    public PreflightMode Mode => relay.Model.Policy.Preflight.Mode;

    /// <summary>The upstreams at which a sender domain must not leave, by name. Asked on hot paths.</summary>
    public ImmutableArray<string> Failing(string domain) => _bars.Of(domain);

    public PreflightReport? Find(string domain, string upstream) => _reports.GetValueOrDefault((domain, upstream));

    /// <summary>What is known of the pairs that the configuration has, in their order; nothing when preflight is off.</summary>
    public ImmutableArray<PreflightReport> Reports() => Mode == PreflightMode.Off
        ? []
        : [.. PreflightSubject.Of(relay.Model).Select(subject => Find(subject.Domain, subject.Upstream)).OfType<PreflightReport>()];

    /// <summary>Takes over what the store kept.</summary>
    public void Load(IEnumerable<PreflightReport> reports)
    {
        foreach (var report in reports)
            _reports[(report.Domain, report.Upstream)] = report;
        Apply();
    }

    /// <summary>Notes what was found. It counts from the next <see cref="Apply"/> on.</summary>
    public void Note(PreflightReport report) => _reports[(report.Domain, report.Upstream)] = report;

    /// <summary>Puts the verdicts in force by the model in force. Called after new ones, and after a reload.</summary>
    public void Apply()
    {
        var differs = false;
        lock (_applying)
        {
            var model = relay.Model;
            _bars = PreflightBars.Of(model, Find);
            lock (ledger.Gate)
            {
                foreach (var sender in model.Senders.Values)
                    differs |= ApplyNeedsLock(sender);
            }
        }
        if (differs)
            changed();
    }

    /// <summary>The domains that fail somewhere, for whoever is to hear of it.</summary>
    public IEnumerable<PreflightFailure> Failures()
    {
        var enforces = Mode == PreflightMode.Enforce;
        foreach (var domain in Reports().GroupBy(static report => report.Domain))
        {
            var failing = domain.Where(static report => report.Verdict == PreflightVerdict.Fail).ToList();
            if (failing.Count == 0)
                continue;
            var where = string.Join(", ", failing.Select(static report => report.Upstream));
            var effect = !enforces ? "it sends all the same" : failing.Count == domain.Count() ? "its senders are out of the rotation" : "its mail leaves by others";
            yield return new PreflightFailure(domain.Key, $"preflight fails for {domain.Key} at {where}, {effect}: {failing[0].Reason}");
        }
    }

    // A reason that has other words now changes nothing for mail.
    private bool ApplyNeedsLock(SenderModel sender)
    {
        var state = ledger.Senders.Get(sender.Key, sender.RegisteredDomain);
        var (bar, failing) = (_bars.OfSender(sender.Key), _bars.Of(sender.Domain));
        var differs = state.Bar is null != bar is null || !state.Failing.SequenceEqual(failing);
        (state.Bar, state.Failing) = (bar, failing);
        if (differs)
            ledger.Senders.Improved(state);
        return differs;
    }
}
