using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Outcome.Replies;

/// <summary><c>[[rule]]</c>: one rule as its file says it.</summary>
internal sealed record ReplyRuleConfig
{
    private const int LongestText = 1000;

    public static readonly KnownSection File = new("", Keys("rule"));

    public static readonly KnownSection Section =
        new("rule", Keys("id", "stage", "code", "enhanced", "text", "scope", "action", "for", "bounce", "example"));

    public required Place Place { get; init; }
    public Setting<string>? Id { get; init; }
    public required ImmutableArray<Setting<SmtpStage>> Stages { get; init; }
    public required ImmutableArray<Setting<CodePattern>> Codes { get; init; }
    public required ImmutableArray<Setting<EnhancedPattern>> Enhanced { get; init; }
    public Setting<RulePattern>? Text { get; init; }
    public Setting<ReplyScope>? Scope { get; init; }
    public Setting<ReplyAction>? Action { get; init; }
    public Setting<TimeSpan>? For { get; init; }
    public Setting<ReplyBounce>? Bounce { get; init; }
    public required ImmutableArray<Setting<SmtpReply>> Examples { get; init; }

    public static ReplyRuleConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Id = reader.Require("id", Values.Name),
        Stages = OneOrMore(reader, "stage", StageWords, required: false),
        Codes = OneOrMore(reader, "code", Values.Of(CodePattern.Parse, "a code in quotes"), required: true),
        Enhanced = OneOrMore(reader, "enhanced", Values.Of(EnhancedPattern.Parse, "an enhanced status code in quotes"), required: false),
        Text = reader.Read("text", Values.Of(ParseText, "a regular expression in quotes")),
        Scope = reader.Require("scope", ScopeWords),
        Action = reader.Require("action", ActionWords),
        For = reader.Read("for", Quantities.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(7))),
        Bounce = reader.Require("bounce", BounceWords),
        Examples = OneOrMore(reader, "example", Values.Of(ParseExample, "a reply in quotes"), required: true),
    };

    public ReplyRule ToRule() => new()
    {
        Stages = [.. Stages.Select(stage => stage.Value)],
        Codes = [.. Codes.Select(code => code.Value)],
        Enhanced = [.. Enhanced.Select(enhanced => enhanced.Value)],
        Text = Text?.Value,
        Verdict = new ReplyVerdict(Scope!.Value, Action!.Value, For?.Value, Bounce!.Value, Id!.Value),
    };

    private static readonly Func<TomlValue, Parsed<SmtpStage>> StageWords = Values.Choice(
        ("connect", SmtpStage.Connect), ("tls", SmtpStage.Tls), ("greeting", SmtpStage.Greeting), ("hello", SmtpStage.Hello), ("auth", SmtpStage.Auth),
        ("mail", SmtpStage.Mail), ("rcpt", SmtpStage.Rcpt), ("data", SmtpStage.Data), ("final_dot", SmtpStage.FinalDot));

    private static readonly Func<TomlValue, Parsed<ReplyScope>> ScopeWords = Values.Choice(
        ("connection", ReplyScope.Connection), ("account", ReplyScope.Account), ("sender", ReplyScope.Sender), ("domain", ReplyScope.Domain),
        ("recipient", ReplyScope.Recipient), ("message", ReplyScope.Message), ("throttle", ReplyScope.Throttle));

    private static readonly Func<TomlValue, Parsed<ReplyAction>> ActionWords = Values.Choice(
        ("retry", ReplyAction.Retry), ("other_upstream", ReplyAction.OtherUpstream), ("pause_account", ReplyAction.PauseAccount),
        ("pause_sender", ReplyAction.PauseSender), ("pause_domain", ReplyAction.PauseDomain), ("suppress", ReplyAction.Suppress),
        ("fail", ReplyAction.Fail), ("slow_down", ReplyAction.SlowDown));

    private static readonly Func<TomlValue, Parsed<ReplyBounce>> BounceWords = Values.Choice(
        ("none", ReplyBounce.None), ("hard", ReplyBounce.Hard), ("soft", ReplyBounce.Soft), ("blocked", ReplyBounce.Blocked));

    private static FrozenDictionary<string, KnownKey> Keys(params string[] names) =>
        names.ToFrozenDictionary(name => name, name => new KnownKey(name, InForce: true, []));

    // A value may stand alone or in brackets.
    private static ImmutableArray<Setting<T>> OneOrMore<T>(SectionReader reader, string key, Func<TomlValue, Parsed<T>> parse, bool required)
    {
        if (reader.HoldsText(key))
            return reader.Read(key, parse) is { } one ? [one] : [];
        var many = required ? reader.RequireList(key, parse) : reader.ReadList(key, parse);
        if (many is { Value.IsEmpty: true })
            reader.Problems.Error(many.Place, "expected at least one");
        return many?.Value ?? [];
    }

    private static Parsed<RulePattern> ParseText(string text) => RulePattern.Parse(text, LongestText, RegexOptions.IgnoreCase);

    private static Parsed<SmtpReply> ParseExample(string text) =>
        ReplyText.TryRead(Encoding.UTF8.GetBytes(text), out var reply)
            ? reply
            : Parsed<SmtpReply>.Fail($"expected a reply such as \"550 5.1.1 user unknown\", found {Shown.Text(text)}");
}
