using System.Collections.Frozen;
using System.Collections.Immutable;

namespace OutreachRelay.Policy.Score;

/// <summary>The checks that a rule may name, each with the keys that it takes. Rules are data; this is the closed set of what they can ask.</summary>
/// <param name="Keys">What must be given; a name in brackets may be.</param>
/// <param name="Build">Makes the check of a rule that has its keys.</param>
internal sealed record ScoreCheckKind(ImmutableArray<string> Keys, Func<ScoreRuleConfig, ScoreCheck> Build)
{
    public static FrozenDictionary<string, ScoreCheckKind> All { get; } = new Dictionary<string, ScoreCheckKind>(StringComparer.Ordinal)
    {
        ["pattern"] = Of(static rule => TextChecks.Pattern(rule.Places, rule.Pattern!.Value, rule.Needs?.Value ?? "", rule.Limit?.Value ?? 1), "in", "pattern", "[needs]", "[limit]"),
        ["words"] = Of(static rule => TextChecks.Words(rule.Places, rule.NameList, rule.Limit?.Value ?? 1), "in", "names", "[limit]"),
        ["capitals"] = Of(static rule => TextChecks.Capitals(rule.Places, rule.Limit!.Value, rule.Percent!.Value), "in", "limit", "percent"),
        ["missing_field"] = Of(static rule => HeaderChecks.Missing(rule.NameList), "names"),
        ["empty_subject"] = Of(static _ => HeaderChecks.EmptySubject),
        ["long_subject"] = Of(static rule => HeaderChecks.LongSubject(rule.Limit!.Value), "limit"),
        ["false_reply"] = Of(static _ => HeaderChecks.FalseReply),
        ["no_unsubscribe"] = Of(static rule => HeaderChecks.NoUnsubscribe(rule.NameList), "names"),
        ["empty_body"] = Of(static _ => BodyChecks.Empty),
        ["no_text"] = Of(static _ => BodyChecks.NoText),
        ["text_differs"] = Of(static rule => BodyChecks.TextDiffers(rule.Percent!.Value), "percent"),
        ["image_only"] = Of(static rule => BodyChecks.ImageOnly(rule.Limit!.Value), "limit"),
        ["hidden_text"] = Of(static rule => BodyChecks.HiddenText(rule.Limit!.Value), "limit"),
        ["html_size"] = Of(static rule => BodyChecks.HtmlSize(rule.Limit!.Value), "limit"),
        ["html_depth"] = Of(static rule => BodyChecks.HtmlDepth(rule.Limit!.Value), "limit"),
        ["elements"] = Of(static rule => BodyChecks.Elements(rule.NameList), "names"),
        ["broken_mime"] = Of(static _ => BodyChecks.BrokenMime),
        ["encoded_text"] = Of(static _ => BodyChecks.EncodedText),
        ["link_mismatch"] = Of(static _ => LinkChecks.Mismatch),
        ["link_hosts"] = Of(static rule => LinkChecks.Hosts(rule.NameList), "names"),
        ["link_count"] = Of(static rule => LinkChecks.Count(rule.Limit!.Value), "limit"),
        ["program"] = Of(static _ => AttachmentChecks.Program),
        ["macros"] = Of(static _ => AttachmentChecks.Macros),
        ["locked_archive"] = Of(static _ => AttachmentChecks.Locked),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public bool Requires(string key) => Keys.Contains(key);

    public bool Takes(string key) => Requires(key) || Keys.Contains($"[{key}]");

    private static ScoreCheckKind Of(Func<ScoreRuleConfig, ScoreCheck> build, params ImmutableArray<string> keys) => new(keys, build);
}
