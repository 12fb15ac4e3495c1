namespace OutreachRelay.Deliver.Explaining;

/// <summary>What an entry waits for.</summary>
public enum WaitKind
{
    /// <summary>Nothing: it leaves as soon as it is read.</summary>
    Nothing,

    /// <summary>A connection of its upstream, or the end of the attempt that runs.</summary>
    Attempt,

    /// <summary>The next step of the retry schedule.</summary>
    Retry,

    /// <summary>The time that its client asked for.</summary>
    SendTime,

    /// <summary>Its due time, which an operator or the relay has set.</summary>
    DueTime,

    /// <summary>The date of its unit: there is none for it today.</summary>
    OtherDate,

    /// <summary>A unit of any date before it expires.</summary>
    Unit,

    /// <summary>Its sender's gap.</summary>
    Gap,

    /// <summary>Its sender's window.</summary>
    Window,

    /// <summary>Its sender's next day: today's limit is used up.</summary>
    DailyLimit,

    /// <summary>The next hour of its sender's domain.</summary>
    HourlyLimit,

    /// <summary>The return of its paused sender.</summary>
    Paused,

    /// <summary>Another mail of its sender, which is on its way.</summary>
    Busy,

    /// <summary>Mail of its lane that goes before it.</summary>
    Turn,

    /// <summary>An upstream that can take it.</summary>
    Upstream,

    /// <summary>The end of the time for which an unknown outcome is waited for.</summary>
    InDoubt,

    /// <summary>The operator, who has held it, or whom a rule asks for a decision.</summary>
    Operator,

    /// <summary>A sender: all are paused.</summary>
    Sender,

    /// <summary>Another sender, which takes over at once.</summary>
    Reassignment,

    /// <summary>The store, which takes no writes.</summary>
    Store,

    /// <summary>A configuration that has its direction.</summary>
    Configuration,

    /// <summary>Its turn, at which it is dropped: its recipient is suppressed.</summary>
    Suppression,

    /// <summary>Its end: its time has run out.</summary>
    Expiry,

    /// <summary>It is finished.</summary>
    Finished,
}

/// <summary>Something that an entry waits for.</summary>
/// <param name="Until">The earliest end; <see langword="null"/> when no time is known.</param>
/// <param name="Detail">For people; may hold remote text.</param>
public readonly record struct Wait(WaitKind Kind, DateTimeOffset? Until, string Detail);
