using System.Text.RegularExpressions;

namespace OutreachRelay.Configuration.Reading;

/// <summary>A rule's regular expression, for text from outside. Without backtracking the time to match is linear in the text, whatever the expression.</summary>
/// <remarks>
/// What matches in linear time is costly to build: a hundred rules take more than a second and a hundred megabytes, and most are about texts that a
/// relay never meets. So it is built when it is first asked, by one thread for all; until <see cref="Seal"/>, examples are tried on what reading the
/// expression made anyway.
/// </remarks>
internal sealed class RulePattern
{
    private const RegexOptions Always = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    // For an expression and an example that do not end together.
    private static readonly TimeSpan TrialTime = TimeSpan.FromSeconds(1);

    private readonly Lazy<Regex> _linear;
    private Regex? _trial;

    private RulePattern(string text, RegexOptions options, Regex trial) => (_linear, _trial) = (new Lazy<Regex>(() => Build(text, options)), trial);

    /// <summary>The expression, once sealed matching in linear time; until then a match that takes more than a second throws.</summary>
    public Regex Expression => _trial ?? _linear.Value;

    /// <summary>Reads an expression.</summary>
    /// <param name="longest">Characters of the expression.</param>
    public static Parsed<RulePattern> Parse(string text, int longest, RegexOptions options)
    {
        if (text.Length == 0 || text.Length > longest)
            return Parsed<RulePattern>.Fail($"expected a regular expression of 1 to {longest} characters");
        try
        {
            var trial = new Regex(text, options | Always, TrialTime);
            if (!IsPlain(text))
                Build(text, options);
            return new RulePattern(text, options, trial);
        }
        catch (RegexParseException e)
        {
            return Parsed<RulePattern>.Fail($"is no regular expression: {e.Error} at its character {e.Offset + 1}");
        }
        catch (NotSupportedException)
        {
            return Parsed<RulePattern>.Fail("cannot be matched in linear time: it looks around or back, or repeats too much");
        }
    }

    /// <summary>From here on it meets text from outside, and matches in linear time.</summary>
    public void Seal() => _trial = null;

    private static Regex Build(string text, RegexOptions options) =>
        new(text, options | Always | RegexOptions.NonBacktracking, Regex.InfiniteMatchTimeout);

    // Without counted repetitions, back-references, and groups that do more than to group or to set options, every expression can be built.
    private static bool IsPlain(string text)
    {
        for (var i = 0; i < text.Length - 1; i++)
        {
            var next = text[i + 1];
            switch (text[i])
            {
                case '{' when char.IsAsciiDigit(next):
                case '\\' when next is (>= '1' and <= '9') or 'k' or 'G':
                case '(' when next == '?' && i + 2 < text.Length && text[i + 2] is not (':' or 'i'):
                    return false;
                case '\\':
                    i++;
                    break;
                default:
                    break;
            }
        }
        return true;
    }
}
