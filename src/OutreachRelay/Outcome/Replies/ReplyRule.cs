using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Outcome.Replies;

/// <summary>One rule: what a reply must look like, and what it means then.</summary>
internal sealed class ReplyRule
{
    /// <summary>The stages at which it applies; empty: at each.</summary>
    public required ImmutableArray<SmtpStage> Stages { get; init; }

    public required ImmutableArray<CodePattern> Codes { get; init; }

    /// <summary>Empty: whatever the enhanced code is.</summary>
    public required ImmutableArray<EnhancedPattern> Enhanced { get; init; }

    /// <summary>What is looked for in the text; <see langword="null"/>: nothing.</summary>
    public required RulePattern? Text { get; init; }

    public required ReplyVerdict Verdict { get; init; }

    /// <param name="stage">One that rules know: <see cref="ReplyRules.StageOf"/>.</param>
    /// <param name="text">Bounded, without line ends: the costly part, and so the last.</param>
    public bool Matches(SmtpStage stage, int code, EnhancedStatusCode enhanced, ReadOnlySpan<char> text) =>
        HasCode(code) && (Stages.IsEmpty || Stages.Contains(stage)) && HasEnhanced(enhanced) && (Text is null || Text.Expression.IsMatch(text));

    private bool HasCode(int code)
    {
        foreach (var pattern in Codes)
        {
            if (pattern.Matches(code))
                return true;
        }
        return false;
    }

    private bool HasEnhanced(EnhancedStatusCode enhanced)
    {
        foreach (var pattern in Enhanced)
        {
            if (pattern.Matches(enhanced))
                return true;
        }
        return Enhanced.IsEmpty;
    }
}
