using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Policy.Score;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves <c>[score]</c>: content is scored when the table is there.</summary>
internal sealed class ScoreResolver(Resolution resolution)
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(2);

    public ScoreModel? Resolve(ScoreConfig? score, RelayConfig? relay)
    {
        if (score is null)
            return null;
        CheckOrder(score.TagAt, score.HoldAt ?? score.RefuseAt);
        CheckOrder(score.HoldAt, score.RefuseAt);
        return new ScoreModel
        {
            TagAt = score.TagAt?.Value,
            HoldAt = score.HoldAt?.Value,
            RefuseAt = score.RefuseAt?.Value,
            Rules = new ScoreRuleFolder(resolution.ShownDataPath(relay), resolution.Problems).Read(resolution.Digest.AddRules),
            External = Resolve(score.External),
        };
    }

    private void CheckOrder(Setting<double>? lower, Setting<double>? higher)
    {
        if (lower is not null && higher is not null && lower.Value > higher.Value)
            resolution.Problems.Error(lower.Place, $"is above what follows it, at {higher.Place}: a message is tagged, then held, then refused");
    }

    private ImmutableArray<ScorerModel> Resolve(ImmutableArray<ExternalScoreConfig> scorers)
    {
        var resolved = ImmutableArray.CreateBuilder<ScorerModel>();
        foreach (var scorer in scorers)
        {
            if (scorer is not { Type: { } type, Address: { } address })
                continue;
            if (resolved.Any(other => other.Type == type.Value))
                resolution.Problems.Error(type.Place, "there is a scorer of this type already");
            // Content leaves this machine unencrypted: neither protocol knows TLS.
            if (AddressReaches.Of(address.Value.Address) != AddressReach.Private)
                resolution.Problems.Error(address.Place, "mail goes there unencrypted: expected an address of this machine or of a private network");
            resolved.Add(new ScorerModel(type.Value, address.Value, scorer.Timeout?.Value ?? DefaultTimeout, scorer.OnError?.Value ?? ScorerFailureAction.Accept));
        }
        return resolved.ToImmutable();
    }
}
