using System.Net;

namespace OutreachRelay.Receive;

/// <summary>Makes guessing passwords slow: a growing delay after each failure of an address, and after ten of them no logins from there for a while.</summary>
/// <remarks>
/// A user who has logged in from an address before is counted apart there, so that one program with an old password does not lock out the
/// others on its machine. Nothing but time takes failures back: an attacker may well have an account. Addresses of IPv6 count by /64.
/// </remarks>
public sealed partial class LoginThrottle(TimeProvider time, ILogger<LoginThrottle> logger)
{
    /// <summary>Failures until an address is blocked.</summary>
    public const int MaxFailures = 10;

    /// <summary>How long it is blocked, and how long failures count.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(15);

    /// <summary>Addresses, and users known there, that are remembered.</summary>
    internal const int MaxRemembered = 10_000;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KnownUser = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<Origin, Record> _records = [];

    internal int Remembered
    {
        get
        {
            lock (_gate)
                return _records.Count;
        }
    }

    /// <summary>Whether the login is refused without a look at its password.</summary>
    public bool IsBlocked(IPAddress address, string username)
    {
        lock (_gate)
            return Find_NeedsLock(address, username).Record is { Failures: >= MaxFailures };
    }

    public void Succeeded(IPAddress address, string username)
    {
        var known = new Origin(ClientAddress.Group(address), username);
        lock (_gate)
        {
            // As it stands today: failures that are over must not come back with the login, nor may it make the others last longer.
            var record = Current_NeedsLock(known) ?? default;
            Keep_NeedsLock(known, record with { LastSuccess = time.GetTimestamp(), IsKnown = true });
        }
    }

    /// <summary>Counts a failure.</summary>
    /// <returns>How long its reply is to be held back, and whether this failure was the last for a while.</returns>
    public (TimeSpan Delay, bool IsBlocked) Failed(IPAddress address, string username)
    {
        int failures;
        lock (_gate)
        {
            var (origin, record) = Find_NeedsLock(address, username);
            failures = record.Failures + 1;
            Keep_NeedsLock(origin, record with { Failures = failures, LastFailure = time.GetTimestamp() });
        }
        if (failures == MaxFailures)
            Log.Blocked(logger, address, (int)Memory.TotalMinutes, failures);
        var delay = FirstDelay * Math.Pow(2, Math.Min(failures, MaxFailures) - 1);
        return (delay < LongestDelay ? delay : LongestDelay, failures >= MaxFailures);
    }

    private (Origin Origin, Record Record) Find_NeedsLock(IPAddress address, string username)
    {
        var group = ClientAddress.Group(address);
        var known = new Origin(group, username);
        if (Current_NeedsLock(known) is { IsKnown: true } user)
            return (known, user);
        var any = new Origin(group, null);
        return (any, Current_NeedsLock(any) ?? default);
    }

    // What is out of date counts as not there.
    private Record? Current_NeedsLock(Origin origin)
    {
        if (!_records.TryGetValue(origin, out var record) || IsOver(record))
            return null;
        return time.GetElapsedTime(record.LastFailure) > Memory ? record with { Failures = 0 } : record;
    }

    private bool IsOver(Record record) => time.GetElapsedTime(record.Last) > (record.IsKnown ? KnownUser : Memory);

    private void Keep_NeedsLock(Origin origin, Record record)
    {
        if (_records.Count >= MaxRemembered && !_records.ContainsKey(origin))
            Forget_NeedsLock();
        _records[origin] = record;
    }

    // Half of them at a time, so that a flood of addresses does not pay for it with each one.
    private void Forget_NeedsLock()
    {
        var oldest = _records.OrderBy(pair => pair.Value.Last).Take(MaxRemembered / 2).Select(pair => pair.Key).ToList();
        foreach (var origin in oldest)
            _records.Remove(origin);
    }

    /// <param name="User">A user who is known there, or <see langword="null"/> for all others.</param>
    private readonly record struct Origin(IPAddress Group, string? User);

    private readonly record struct Record(int Failures, long LastFailure, long LastSuccess, bool IsKnown)
    {
        public long Last => Math.Max(LastFailure, LastSuccess);
    }

    private static partial class Log
    {
        [LoggerMessage(1020, LogLevel.Warning, "No logins from {Remote} for {Minutes} minutes, after {Failures} that failed")]
        public static partial void Blocked(ILogger logger, IPAddress remote, int minutes, int failures);
    }
}
