using System.Globalization;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;

namespace OutreachRelay.Policy.Score.External;

/// <summary>A message as a scorer outside of this process gets it.</summary>
/// <param name="Content">The original, whole.</param>
/// <param name="ReversePath">Empty for the null reverse-path.</param>
/// <param name="Client">Who submitted it.</param>
public sealed record ScorerRequest(ReadOnlyMemory<byte> Content, string ReversePath, IReadOnlyList<string> Recipients, string Client);

/// <summary>A program outside of this process that scores mail.</summary>
public interface IScorer
{
    /// <summary>Asks about a message.</summary>
    /// <exception cref="IOException">It cannot be reached, or the connection broke.</exception>
    /// <exception cref="InvalidDataException">The answer is none; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The time was over.</exception>
    ValueTask<ScorerReply> AskAsync(ScorerRequest request, CancellationToken cancel);
}

/// <summary>What a scorer says, in its own scale.</summary>
/// <param name="Limit">Its own threshold, above 0: rspamd's for refusal, SpamAssassin's for spam.</param>
/// <param name="Symbols">The rules that counted; untrusted text.</param>
public readonly record struct ScorerReply(double Score, double Limit, string Symbols);

/// <summary>What came of asking a scorer.</summary>
/// <param name="Failure">Why there is no score, in a few words; <see langword="null"/> when there is one.</param>
public sealed record ScorerAnswer(ScorerModel Scorer, ScorerReply Reply, string? Failure)
{
    private const int MostSymbols = 200;

    /// <summary>The score in our scale: its own threshold counts as our one of the same meaning.</summary>
    public double Scaled(ScoreModel model) =>
        Math.Round(Reply.Score / Reply.Limit * (Scorer.Type == ScorerType.Rspamd ? model.RejectScale : model.SpamScale), 2);

    /// <returns><see langword="null"/> when there is no score.</returns>
    public ScoreFinding? ToFinding(ScoreModel model) => Failure is not null ? null : new ScoreFinding(
        Scorer.Name, Scaled(model), string.Create(CultureInfo.InvariantCulture, $"{Scorer.Name} scores {Reply.Score:0.##} of {Reply.Limit:0.##}"),
        VisibleText.Escape(Reply.Symbols, MostSymbols));
}
