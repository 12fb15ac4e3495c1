using System.Collections.Immutable;
using OutreachRelay.Configuration;

namespace OutreachRelay.Policy.Preflight;

/// <summary>Looks at sender domains. What one of them asked of DNS, the next does not ask again, so each round takes a new one.</summary>
public sealed class PreflightCheckup(PreflightProbe probe, TimeProvider time)
{
    /// <summary>One that asks the servers that the configuration names.</summary>
    public static PreflightCheckup Create(RelayModel model, TimeProvider time) =>
        new(new PreflightProbe(ConfiguredResolver.Create(model.Dns, time), model.Policy.Preflight.PublicSuffixes, time), time);

    /// <param name="last">What was known before, or <see langword="null"/>.</param>
    public async Task<PreflightReport> CheckAsync(PreflightSubject subject, PreflightReport? last, CancellationToken cancel) =>
        PreflightDecision.Decide(await probe.GatherAsync(subject, cancel), last, time.GetUtcNow());

    /// <summary>Looks at many, in their order.</summary>
    public async Task<ImmutableArray<PreflightReport>> CheckAllAsync(IEnumerable<PreflightSubject> subjects, CancellationToken cancel)
    {
        var reports = ImmutableArray.CreateBuilder<PreflightReport>();
        foreach (var subject in subjects)
            reports.Add(await CheckAsync(subject, null, cancel));
        return reports.DrainToImmutable();
    }
}
