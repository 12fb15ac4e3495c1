using System.Collections.Immutable;
using System.Text.Json.Serialization;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>A suppression as the API and the command line show it.</summary>
/// <param name="Hash">32 hexadecimal digits: the same for all spellings of an address.</param>
/// <param name="Address"><see langword="null"/> when only the hash is known.</param>
/// <param name="Client"><see langword="null"/> for all clients.</param>
/// <param name="Direction"><see langword="null"/> for all of the client's.</param>
/// <param name="Until"><see langword="null"/> for good.</param>
public sealed record SuppressionReport(
    string Hash, string? Address, string? Client, string? Direction, SuppressionReason Reason, DateTimeOffset At, DateTimeOffset? Until, string Source)
{
    public static SuppressionReport Of(SuppressionRecord record) => new(
        record.Recipient.ToString(), record.Address, record.Scope.Client, record.Scope.Direction, record.Reason, record.At, record.Until, record.Source);
}

/// <param name="Next">To be given as <c>after</c> to go on; <see langword="null"/> at the end.</param>
public sealed record SuppressionPage(ImmutableArray<SuppressionReport> Suppressions, string? Next);

/// <summary>A recipient to be suppressed, or not any more. A member of another name is refused.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SuppressionRow
{
    public string? Address { get; init; }

    /// <summary>Instead of the address: that of an export of this store.</summary>
    public string? Hash { get; init; }

    /// <summary><see langword="null"/> for all clients.</summary>
    public string? Client { get; init; }

    public string? Direction { get; init; }

    /// <summary>By default <c>manual</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>By default now.</summary>
    public DateTimeOffset? At { get; init; }

    public DateTimeOffset? Until { get; init; }

    /// <summary>By default who asks; at most <see cref="ActionLimits.MaxReason"/> characters are kept.</summary>
    public string? Source { get; init; }
}

/// <summary>Recipients to be suppressed, in one write.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SuppressionRequest
{
    /// <summary>At most <see cref="MostRows"/>.</summary>
    public ImmutableArray<SuppressionRow?> Rows { get; init; } = [];

    public const int MostRows = 500;

    /// <summary>Octets of a body: room for rows with the longest of everything.</summary>
    public const int MostOctets = 2 << 20;
}

/// <summary>What became of a row.</summary>
public enum RowOutcome
{
    Added,

    /// <summary>What was there had less weight.</summary>
    Changed,

    /// <summary>It was suppressed already.</summary>
    Existing,

    /// <summary>The row says something that cannot be.</summary>
    Invalid,

    /// <summary>The store takes no writes.</summary>
    Unavailable,
}

/// <param name="Problem">Why it is invalid; else <see langword="null"/>.</param>
public sealed record RowReport(RowOutcome Outcome, string? Problem = null);

/// <param name="Results">In the order of the rows.</param>
public sealed record SuppressionReply(ImmutableArray<RowReport> Results);

/// <summary>A suppression to be ended.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record UnsuppressRequest
{
    public string? Address { get; init; }
    public string? Hash { get; init; }
    public string? Client { get; init; }
    public string? Direction { get; init; }

    /// <summary>Also when the recipient asked for it.</summary>
    public bool EvenIfAsked { get; init; }
}

public sealed record UnsuppressReply(UnsuppressOutcome Outcome);

/// <summary>A person to be erased.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ErasureRequest
{
    public string? Address { get; init; }
}

/// <param name="Entries">That lost their recipient.</param>
/// <param name="Running">That an attempt has: ask again when it has ended.</param>
public sealed record ErasureReply(int Entries, int Running);

/// <summary>What an import came to.</summary>
/// <param name="Existing">There already, or twice in the file.</param>
/// <param name="StoppedAt">The first line that the store did not take; <see langword="null"/> when it took all.</param>
/// <param name="Problems">Of the first thousand bad rows.</param>
public sealed record ImportSummary(long Added, long Changed, long Existing, long Invalid, long? StoppedAt, ImmutableArray<ImportProblem> Problems);

/// <param name="Line">From 1.</param>
public sealed record ImportProblem(long Line, string Problem);
