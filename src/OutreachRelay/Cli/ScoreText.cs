using System.Collections.Immutable;
using System.Globalization;
using OutreachRelay.Policy.Score;

namespace OutreachRelay.Cli;

/// <summary>Scores as a person reads them.</summary>
internal static class ScoreText
{
    /// <summary><c>9.5</c>.</summary>
    public static string Of(double score) => score.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A line for the score of an entry and one for each rule that it met; none when it was not scored.</summary>
    public static void Write(double? score, ImmutableArray<ScoreFinding> findings, Terminal terminal)
    {
        if (score is not { } known)
            return;
        terminal.WriteLine($"score      {Of(known)}{(findings.IsEmpty ? ", no rule met" : "")}");
        foreach (var finding in findings)
            terminal.WriteLine($"           {Weight(finding.Weight)}  {finding.Rule}: {finding.Reason} ({finding.Where})");
    }

    /// <summary>With its sign, for a column: <c>+8</c>.</summary>
    public static string Weight(double weight) => weight.ToString("+0.##;-0.##;0", CultureInfo.InvariantCulture).PadLeft(5);
}
