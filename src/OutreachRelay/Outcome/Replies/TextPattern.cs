using System.Text.RegularExpressions;

namespace OutreachRelay.Outcome.Replies;

/// <summary>An expression that was checked and is built again when it is first asked: most rules are about replies that a relay never hears, and all of them together cost a hundred megabytes.</summary>
internal sealed class TextPattern(Regex built)
{
    private readonly (string Text, RegexOptions Options) _source = (built.ToString(), built.Options);
    private Regex? _built = built;

    public bool IsMatch(ReadOnlySpan<char> text) => (_built ??= new Regex(_source.Text, _source.Options, Regex.InfiniteMatchTimeout)).IsMatch(text);

    /// <summary>Lets go of what was built.</summary>
    public void Forget() => _built = null;
}
