using System.Collections.Immutable;
using System.Net;
using OutreachRelay.Policy.Score;

namespace OutreachRelay.Configuration;

/// <summary>How content is scored, and what a score leads to. A threshold that is <see langword="null"/> is never reached.</summary>
public sealed record ScoreModel
{
    // What the example configuration suggests; the scale of scorers outside where no threshold says otherwise.
    private const double UsualTag = 4;
    private const double UsualRefuse = 12;

    public double? TagAt { get; init; }
    public double? HoldAt { get; init; }
    public double? RefuseAt { get; init; }

    /// <summary>The built-in rules.</summary>
    public required ScoreRules Rules { get; init; }

    /// <summary>Scorers outside of this process; each is asked about every message.</summary>
    public ImmutableArray<ScorerModel> External { get; init; } = [];

    /// <summary>What a scorer's own threshold for spam counts as.</summary>
    public double SpamScale => Positive(TagAt ?? HoldAt ?? RefuseAt, UsualTag);

    /// <summary>What a scorer's own threshold for refusal counts as.</summary>
    public double RejectScale => Positive(RefuseAt ?? HoldAt ?? TagAt, UsualRefuse);

    private static double Positive(double? threshold, double usual) => threshold is > 0 and var given ? given : usual;
}

/// <param name="Address">Where it listens.</param>
/// <param name="Timeout">From the connection to the complete answer.</param>
/// <param name="OnError">What becomes of a message that it does not score.</param>
public sealed record ScorerModel(ScorerType Type, IPEndPoint Address, TimeSpan Timeout, ScorerFailureAction OnError)
{
    /// <summary>As rules, metrics and replies name it: <c>rspamd</c> or <c>spamassassin</c>.</summary>
    public string Name => Type == ScorerType.Rspamd ? "rspamd" : "spamassassin";
}

public enum ScorerType
{
    Rspamd,
    SpamAssassin,
}

/// <summary><c>on_error</c>: what becomes of a message while a scorer is down, slow or talks nonsense.</summary>
public enum ScorerFailureAction
{
    Accept,
    Hold,
    Refuse,
}
