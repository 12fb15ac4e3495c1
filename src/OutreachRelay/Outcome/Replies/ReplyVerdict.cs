namespace OutreachRelay.Outcome.Replies;

/// <summary>Whose matter a reply is.</summary>
public enum ReplyScope
{
    /// <summary>The connection or the server: the entry is unharmed.</summary>
    Connection,

    /// <summary>Our account at the upstream: the credential that the session used.</summary>
    Account,

    /// <summary>The sender's address at this upstream.</summary>
    Sender,

    /// <summary>The sender's domain at this upstream.</summary>
    Domain,

    /// <summary>The recipient.</summary>
    Recipient,

    /// <summary>The message, or what is unknown.</summary>
    Message,

    /// <summary>The upstream wants fewer messages, connections or recipients in this time.</summary>
    Throttle,
}

/// <summary>What is to be done about a reply.</summary>
public enum ReplyAction
{
    /// <summary>Nothing: the reply is what the command asked for. No rule says this.</summary>
    Accept,

    /// <summary>Again by the retry schedule.</summary>
    Retry,

    /// <summary>At once to another upstream, without a step of the schedule; where none is left, as <see cref="Retry"/>.</summary>
    OtherUpstream,

    /// <summary>The credential rests; the entry goes to another upstream.</summary>
    PauseAccount,

    /// <summary>The sender rests at this upstream; the entry goes to another one.</summary>
    PauseSender,

    /// <summary>The sender's domain rests at this upstream and is looked at again; the entry goes to another one.</summary>
    PauseDomain,

    /// <summary>The entry fails, and the recipient is not to be mailed again.</summary>
    Suppress,

    /// <summary>The entry fails.</summary>
    Fail,

    /// <summary>The upstream takes nothing for a while and then less; the entry goes to another one or waits, without a step of the schedule.</summary>
    SlowDown,

    /// <summary>The upstream may have taken the message: nobody else may see it. No rule says this.</summary>
    Doubt,

    /// <summary>This upstream cannot carry the message, however healthy it is; another one may. No rule says this.</summary>
    CannotCarry,
}

/// <summary>What a reply says of the recipient, for the health of senders and for suppression.</summary>
public enum ReplyBounce
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The address does not work: counts against the sender.</summary>
    Hard,

    /// <summary>It did not work this time: several in a row suppress the recipient.</summary>
    Soft,

    /// <summary>A filter or a policy refused: counts against the sender and its domain, and never suppresses.</summary>
    Blocked,
}

/// <summary>What a reply means, or the want of one.</summary>
/// <param name="Pause">How long the scope rests; <see langword="null"/> when the rule does not say.</param>
/// <param name="RuleId">The rule that matched: <c>ses-sending-rate</c>; <c>unknown-…</c> when none did, <c>accepted</c> for a positive reply.</param>
public sealed record ReplyVerdict(ReplyScope Scope, ReplyAction Action, TimeSpan? Pause, ReplyBounce Bounce, string RuleId)
{
    /// <summary>How long the scope rests, whether the rule says so or not; of use only with an action that pauses or slows down.</summary>
    public TimeSpan Rest => Pause ?? Action switch
    {
        ReplyAction.PauseAccount => TimeSpan.FromMinutes(15),
        ReplyAction.SlowDown => TimeSpan.FromMinutes(1),
        _ => TimeSpan.FromHours(1),
    };
}
