using System.Collections.Frozen;
using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Outcome.Replies;

/// <summary>What replies mean, by the rules of <c>conf/replies</c>. Immutable, and safe for threads.</summary>
public sealed class ReplyRules
{
    /// <summary>Characters of a reply's text that rules look at.</summary>
    public const int MaxText = 1024;

    private readonly ImmutableArray<ReplyRule> _general;
    private readonly FrozenDictionary<string, ImmutableArray<ReplyRule>> _providers;

    /// <param name="providers">Rules of one provider, by its name.</param>
    internal ReplyRules(ImmutableArray<ReplyRule> general, IEnumerable<KeyValuePair<string, ImmutableArray<ReplyRule>>> providers) =>
        (_general, _providers) = (general, providers.ToFrozenDictionary(StringComparer.Ordinal));

    /// <summary>The providers that have rules of their own, in order.</summary>
    public ImmutableArray<string> Providers => [.. _providers.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Reads the rules of a folder.</summary>
    /// <param name="folder">The folder that holds <c>replies</c>, as messages are to name it.</param>
    /// <returns>The rules, or every problem; nothing is thrown for bad input.</returns>
    public static LoadedReplyRules Load(string folder)
    {
        var problems = new ProblemList(folder);
        var rules = new ReplyRuleFolder(folder, problems).Read(static (_, _) => { });
        return new LoadedReplyRules(problems.HasErrors ? null : rules, problems.ToSorted());
    }

    /// <summary>Tells what a reply means. Never throws, and takes time linear in the text; a rule that is asked for the first time is built then.</summary>
    /// <param name="provider">Whose rules come before the general ones, such as <c>ses</c>; may be <see langword="null"/> or have none.</param>
    /// <param name="stage">What the reply answers.</param>
    /// <param name="code">The basic code: its first digit decides whether the refusal is for good (RFC 5321 §4.2.1).</param>
    /// <param name="enhanced">The enhanced code (RFC 2034), or the default value.</param>
    /// <param name="text">The text without codes, of any length and content; untrusted.</param>
    public ReplyVerdict Classify(string? provider, SmtpStage stage, int code, EnhancedStatusCode enhanced, ReadOnlySpan<char> text)
    {
        stage = StageOf(stage);
        if (UnknownReply.Accepts(stage, code))
            return UnknownReply.Accepted;
        Span<char> buffer = stackalloc char[MaxText];
        var line = OneLine(text, buffer);
        var own = provider is not null && _providers.TryGetValue(provider, out var rules) ? rules : [];
        return Find(own, stage, code, enhanced, line) ?? Find(_general, stage, code, enhanced, line) ?? UnknownReply.Judge(stage, code);
    }

    /// <summary>The stage by the names that rules have: RSET and NOOP speak of the connection as EHLO does, and content belongs to DATA.</summary>
    internal static SmtpStage StageOf(SmtpStage stage) => stage switch
    {
        SmtpStage.Idle => SmtpStage.Hello,
        SmtpStage.Content => SmtpStage.Data,
        _ => stage,
    };

    /// <summary>The verdict of the first rule that matches.</summary>
    internal static ReplyVerdict? Find(
        ImmutableArray<ReplyRule> rules, SmtpStage stage, int code, EnhancedStatusCode enhanced, ReadOnlySpan<char> line)
    {
        foreach (var rule in rules)
        {
            if (rule.Matches(stage, code, enhanced, line))
                return rule.Verdict;
        }
        return null;
    }

    /// <summary>The beginning of a text on one line: white space and control characters become single spaces, so that line breaks part no words.</summary>
    internal static ReadOnlySpan<char> OneLine(ReadOnlySpan<char> text, Span<char> buffer)
    {
        text = text[..Math.Min(text.Length, buffer.Length)];
        var length = 0;
        foreach (var c in text)
        {
            var isBlank = char.IsWhiteSpace(c) || char.IsControl(c);
            if (!isBlank)
                buffer[length++] = c;
            else if (length > 0 && buffer[length - 1] != ' ')
                buffer[length++] = ' ';
        }
        return buffer[..length];
    }
}

/// <summary>What came of loading rules.</summary>
/// <param name="Rules"><see langword="null"/> exactly when a problem is an error.</param>
/// <param name="Problems">By file, line and column.</param>
public sealed record LoadedReplyRules(ReplyRules? Rules, ImmutableArray<ConfigurationProblem> Problems);
