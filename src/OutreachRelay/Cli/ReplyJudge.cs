using System.Text.Json.Serialization;
using OutreachRelay.Http;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Cli;

/// <summary>Classifies replies of one provider and stage, and writes a line for each.</summary>
internal sealed class ReplyJudge(ReplyRules rules, string? provider, SmtpStage stage, Terminal terminal)
{
    /// <returns><see langword="false"/> when this is no reply, and nothing was written.</returns>
    public bool Write(ReadOnlySpan<byte> utf8)
    {
        if (!ReplyText.TryRead(utf8, out var reply))
            return false;
        var verdict = rules.Classify(provider, stage, reply.Code, reply.Enhanced, reply.Text);
        var wait = RetryHint.Parse(reply.Code, reply.Text, terminal.Now, terminal.Now + RetryHint.Longest);
        if (terminal.Json)
            terminal.WriteJson(ReplyReport.Of(verdict, wait, reply), ReplyJson.Default.ReplyReport);
        else
            terminal.WriteLine(Line(verdict, wait, reply));
        return true;
    }

    private static string Line(ReplyVerdict verdict, TimeSpan? wait, SmtpReply reply)
    {
        var pause = verdict.Pause is { } time ? $" for {Words.Span(time)}" : "";
        var bounce = verdict.Bounce == ReplyBounce.None ? "" : $", {Words.Of(verdict.Bounce)} bounce";
        var asked = wait is { } hint ? $", asks for {Words.Span(hint)}" : "";
        return $"{Words.Of(verdict.Scope)}: {Words.Of(verdict.Action)}{pause}{bounce}{asked} [{verdict.RuleId}] {reply}";
    }
}

/// <summary>A line of <c>classify --json</c>.</summary>
/// <param name="PauseSeconds">How long the scope rests.</param>
/// <param name="WaitSeconds">The wait that the text asks for.</param>
internal sealed record ReplyReport(
    ReplyScope Scope, ReplyAction Action, double? PauseSeconds, ReplyBounce Bounce, string Rule, double? WaitSeconds, string Reply)
{
    public static ReplyReport Of(ReplyVerdict verdict, TimeSpan? wait, SmtpReply reply) => new(
        verdict.Scope, verdict.Action, verdict.Pause?.TotalSeconds, verdict.Bounce, verdict.RuleId, wait?.TotalSeconds, reply.ToString());
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(WordConverter<ReplyScope>), typeof(WordConverter<ReplyAction>), typeof(WordConverter<ReplyBounce>)])]
[JsonSerializable(typeof(ReplyReport))]
internal sealed partial class ReplyJson : JsonSerializerContext;
