namespace OutreachRelay.Store;

/// <summary>What happened to an entry outside of an attempt's own reply. The numbers are stored.</summary>
public enum StoreEventKind
{
    Retry = 0,
    Hold = 1,
    Release = 2,
    Drop = 3,
    Requeue = 4,
    Bury = 5,
    Reassign = 6,
    Expire = 7,
    InDoubt = 8,
}

/// <summary>An event, as it is kept until its entry is purged.</summary>
/// <param name="Who">The operator, or the part of the relay that acted.</param>
/// <param name="Reason">Untrusted text.</param>
public sealed record StoreEvent(DateTimeOffset At, StoreEventKind Kind, string Who, string Reason);
