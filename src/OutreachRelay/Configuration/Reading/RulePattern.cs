using System.Text.RegularExpressions;

namespace OutreachRelay.Configuration.Reading;

/// <summary>Regular expressions of rules, for text from outside.</summary>
internal static class RulePattern
{
    /// <summary>Reads an expression. Without backtracking the time to match is linear in the text, whatever the expression.</summary>
    /// <param name="longest">Characters of the expression.</param>
    public static Parsed<Regex> Parse(string text, int longest, RegexOptions options)
    {
        if (text.Length == 0 || text.Length > longest)
            return Parsed<Regex>.Fail($"expected a regular expression of 1 to {longest} characters");
        try
        {
            return new Regex(text, options | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, Regex.InfiniteMatchTimeout);
        }
        catch (RegexParseException e)
        {
            return Parsed<Regex>.Fail($"is no regular expression: {e.Error} at its character {e.Offset + 1}");
        }
        catch (NotSupportedException)
        {
            return Parsed<Regex>.Fail("cannot be matched in linear time: it looks around or back, or repeats too much");
        }
    }
}
