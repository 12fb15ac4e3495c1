using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Policy.Score;

/// <summary><c>[[rule]]</c>: one rule as its file says it.</summary>
internal sealed record ScoreRuleConfig
{
    private const int LongestPattern = 1000;
    private const int LongestExample = 64 * 1024;

    public static readonly KnownSection File = new("", Keys("rule"));

    public static readonly KnownSection Section = new("rule",
        Keys("id", "check", "weight", "reason", "in", "pattern", "needs", "names", "limit", "percent", "fill", "times", "example", "counterexample"));

    // What stands in an example in place of the fill.
    private const string FillMark = "FILL";

    public required Place Place { get; init; }
    public Setting<string>? Id { get; init; }
    public Setting<ScoreCheckKind>? Check { get; init; }
    public Setting<double>? Weight { get; init; }
    public Setting<string>? Reason { get; init; }
    public Setting<ImmutableArray<Setting<ScorePlace>>>? In { get; init; }
    public Setting<RulePattern>? Pattern { get; init; }
    /// <summary>Characters of which one is in every match.</summary>
    public Setting<string>? Needs { get; init; }
    public Setting<ImmutableArray<Setting<string>>>? Names { get; init; }
    public Setting<int>? Limit { get; init; }
    public Setting<int>? Percent { get; init; }

    /// <summary>Text that <c>FILL</c> in the example stands for, <see cref="Times"/> times over: for what is large or deep.</summary>
    public Setting<string>? Fill { get; init; }

    public Setting<int>? Times { get; init; }

    /// <summary>A message that meets the rule.</summary>
    public Setting<string>? Example { get; init; }

    /// <summary>A message that is near and does not.</summary>
    public Setting<string>? Counterexample { get; init; }

    public ImmutableArray<ScorePlace> Places => [.. In!.Value.Select(static place => place.Value)];

    public ImmutableArray<string> NameList => [.. Names!.Value.Select(static name => name.Value)];

    /// <summary>The keys that belong to a check, and where each stands; <see langword="null"/> for one that is not given.</summary>
    public ImmutableArray<(string Key, Place? Place)> CheckKeys =>
        [("in", In?.Place), ("pattern", Pattern?.Place), ("needs", Needs?.Place), ("names", Names?.Place), ("limit", Limit?.Place), ("percent", Percent?.Place)];

    public static ScoreRuleConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Id = reader.Require("id", Values.Name),
        Check = reader.Require("check", Checks),
        Weight = reader.Require("weight", Values.Number(-100, 1000)),
        Reason = reader.Require("reason", Values.Text),
        In = reader.ReadList("in", PlaceWords),
        Pattern = reader.Read("pattern", Values.Of(ParsePattern, "a regular expression in quotes")),
        Needs = reader.Read("needs", Values.Text),
        Names = reader.ReadList("names", Values.Text),
        Limit = reader.Read("limit", Values.Integer(1, 1_000_000)),
        Percent = reader.Read("percent", Values.Integer(1, 100)),
        Fill = reader.Read("fill", Values.Text),
        Times = reader.Read("times", Values.Integer(1, 10_000)),
        Example = reader.Require("example", Values.Of(ParseExample, "a message in quotes")),
        Counterexample = reader.Require("counterexample", Values.Of(ParseExample, "a message in quotes")),
    };

    /// <summary>An example as octets, with CRLF line ends.</summary>
    public byte[] Message(Setting<string> example)
    {
        var filled = Fill is { } fill ? example.Value.Replace(FillMark, string.Concat(Enumerable.Repeat(fill.Value, Times?.Value ?? 1)), StringComparison.Ordinal) : example.Value;
        return Encoding.UTF8.GetBytes(filled.ReplaceLineEndings("\r\n"));
    }

    public ScoreRule ToRule() => new(Id!.Value, Weight!.Value, Reason!.Value, Check!.Value.Build(this));

    private static readonly Func<TomlValue, Parsed<ScoreCheckKind>> Checks =
        Values.Choice([.. ScoreCheckKind.All.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => (pair.Key, pair.Value))]);

    private static readonly Func<TomlValue, Parsed<ScorePlace>> PlaceWords = Values.Choice(
        ("subject", ScorePlace.Subject), ("from", ScorePlace.From), ("to", ScorePlace.To), ("text", ScorePlace.Text), ("html", ScorePlace.Html),
        ("links", ScorePlace.Links), ("attachments", ScorePlace.Attachments));

    private static FrozenDictionary<string, KnownKey> Keys(params string[] names) =>
        names.ToFrozenDictionary(name => name, name => new KnownKey(name, InForce: true, []));

    // Case counts: rare letters in the right case are found much faster, and (?i) says otherwise.
    private static Parsed<RulePattern> ParsePattern(string text) => RulePattern.Parse(text, LongestPattern, RegexOptions.None);

    private static Parsed<string> ParseExample(string text) => text.Length is > 0 and <= LongestExample
        ? text
        : Parsed<string>.Fail($"expected a message of 1 to {LongestExample} characters");
}
