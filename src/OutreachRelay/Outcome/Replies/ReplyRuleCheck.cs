using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Outcome.Replies;

/// <summary>Whether what a rule says goes together. A rule that suppresses is held to more than others, for it costs a recipient.</summary>
internal static class ReplyRuleCheck
{
    /// <returns>Whether no rule has an error.</returns>
    public static bool Check(ImmutableArray<ReplyRuleConfig> configs, ProblemList problems)
    {
        var errors = configs.SelectMany(Errors).ToList();
        foreach (var (place, message) in errors)
            problems.Error(place, message);
        return errors.Count == 0;
    }

    private static IEnumerable<(Place Place, string Message)> Errors(ReplyRuleConfig config)
    {
        if (config.Action is not { } action || config.Scope is not { } scope)
            yield break;
        if (ScopeFor(action.Value) is { } fitting && fitting != scope.Value)
            yield return (scope.Place, $"this action is for the scope \"{Word(fitting)}\"");
        if (config.For is { } time && !Rests(action.Value))
            yield return (time.Place, "has a meaning only with an action that pauses or slows down");
        // RFC 5321 §4.2.1: what is transient is tried again.
        if (action.Value is ReplyAction.Fail or ReplyAction.Suppress && config.Codes.FirstOrDefault(code => code.Value.Least is >= 400 and < 500) is { } transient)
            yield return (transient.Place, "a transient reply does not end an entry");
        if (action.Value == ReplyAction.Suppress && (config.Stages.IsEmpty || config.Stages.Any(stage => stage.Value < SmtpStage.Rcpt)))
            yield return (action.Place, "only replies to \"rcpt\", \"data\" and \"final_dot\" speak of the recipient; expected them as stage");
        if (action.Value == ReplyAction.Suppress && config.Enhanced.IsEmpty && config.Text is null)
            yield return (action.Place, "a bare code suppresses nobody; expected enhanced or text beside it");
        if (config.Bounce is { Value: ReplyBounce.Hard } hard && action.Value != ReplyAction.Suppress)
            yield return (hard.Place, "a hard bounce suppresses: expected action = \"suppress\"");
    }

    private static ReplyScope? ScopeFor(ReplyAction action) => action switch
    {
        ReplyAction.PauseAccount => ReplyScope.Account,
        ReplyAction.PauseSender => ReplyScope.Sender,
        ReplyAction.PauseDomain => ReplyScope.Domain,
        ReplyAction.Suppress => ReplyScope.Recipient,
        ReplyAction.SlowDown => ReplyScope.Throttle,
        _ => null,
    };

    private static bool Rests(ReplyAction action) =>
        action is ReplyAction.PauseAccount or ReplyAction.PauseSender or ReplyAction.PauseDomain or ReplyAction.SlowDown;

    private static string Word(ReplyScope scope) => scope.ToString().ToLowerInvariant();
}
