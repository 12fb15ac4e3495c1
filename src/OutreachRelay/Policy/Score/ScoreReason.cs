using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace OutreachRelay.Policy.Score;

/// <summary>Why a message is held or refused, in one line.</summary>
internal static class ScoreReason
{
    /// <summary>Octets, so that a reply with its codes stays within the 512 that RFC 5321 §4.5.3.1.5 allows a line.</summary>
    public const int MaxLength = 480;

    /// <summary>The score, the threshold and as many of the reasons as there is room for.</summary>
    /// <param name="what">What became of it, such as "refused".</param>
    /// <returns>Printable ASCII: what else stands in a message is shown as question marks.</returns>
    public static string Of(double score, string what, double threshold, ImmutableArray<ScoreFinding> findings)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"The content scores {score:0.##}, {what} from {threshold:0.##} on");
        var separator = ": ";
        foreach (var finding in findings.Where(static finding => finding.Weight > 0))
        {
            var next = $"{separator}{finding.Reason} ({finding.Where})";
            if (text.Length + next.Length > MaxLength)
                break;
            foreach (var c in next)
                text.Append(c is >= ' ' and <= '~' ? c : '?');
            separator = "; ";
        }
        return text.ToString();
    }
}
