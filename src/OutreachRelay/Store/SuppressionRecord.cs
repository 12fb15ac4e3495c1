using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OutreachRelay.Store;

/// <summary>A recipient as suppression knows it: a keyed hash, of which the address cannot be told. All spellings of one mailbox have the same.</summary>
public readonly record struct RecipientHash(UInt128 Value) : IComparable<RecipientHash>
{
    /// <summary>Octets.</summary>
    public const int Size = 16;

    public static RecipientHash Read(ReadOnlySpan<byte> octets) => new(BinaryPrimitives.ReadUInt128BigEndian(octets));

    /// <summary>Reads the 32 hexadecimal digits of <see cref="ToString"/>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out RecipientHash hash)
    {
        var isHash = UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && text!.Length == 2 * Size;
        hash = new RecipientHash(value);
        return isHash;
    }

    public void Write(Span<byte> octets) => BinaryPrimitives.WriteUInt128BigEndian(octets, Value);

    public int CompareTo(RecipientHash other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}

/// <summary>Whose mail does not go to a recipient: everybody's, a client's, or that of one of its directions.</summary>
public readonly record struct SuppressionScope(string? Client, string? Direction = null)
{
    /// <summary>All clients'.</summary>
    public static readonly SuppressionScope Global;

    public override string ToString() => Client is null ? "all clients" : Direction is null ? Client : Client + "/" + Direction;
}

/// <summary>Why a recipient is not mailed. The numbers are stored.</summary>
public enum SuppressionReason
{
    /// <summary>The mailbox does not exist.</summary>
    HardBounce = 0,

    /// <summary>The recipient reported mail as spam.</summary>
    Complaint = 1,

    /// <summary>The recipient asked not to be mailed again.</summary>
    OptOut = 2,

    /// <summary>An operator said so.</summary>
    Manual = 3,

    /// <summary>It came with a list.</summary>
    Import = 4,

    /// <summary>The provider itself does not mail the recipient.</summary>
    Provider = 5,

    /// <summary>Mail could not be delivered several times in a row: a quarantine that ends by itself.</summary>
    SoftBounce = 6,

    /// <summary>The person was erased.</summary>
    Erasure = 7,
}

/// <summary>That a recipient is not mailed.</summary>
/// <param name="At">Since when.</param>
/// <param name="Until">When it ends by itself; <see langword="null"/> for never.</param>
/// <param name="Source">Where it came from: who did it, or the entry and the rule; holds no remote text.</param>
/// <param name="Address">For people; <see langword="null"/> when only the hash is known.</param>
public sealed record SuppressionRecord(
    RecipientHash Recipient, SuppressionScope Scope, SuppressionReason Reason, DateTimeOffset At, DateTimeOffset? Until, string Source, string? Address)
{
    /// <summary>Whether the recipient said so: nothing but a person's decision ends that.</summary>
    public static bool IsAsked(SuppressionReason reason) => reason is SuppressionReason.Complaint or SuppressionReason.OptOut or SuppressionReason.Erasure;
}

/// <summary>How many soft bounces make a quarantine.</summary>
/// <param name="Count">So many, from 1.</param>
/// <param name="Span">Within so long, without a delivery between; at most <see cref="LongestSpan"/>.</param>
/// <param name="Quarantine">How long it lasts.</param>
public sealed record SoftBounceRule(int Count, TimeSpan Span, TimeSpan Quarantine)
{
    /// <summary>What is older is forgotten.</summary>
    public static readonly TimeSpan LongestSpan = TimeSpan.FromDays(90);
}

/// <summary>A recipient to be suppressed.</summary>
public sealed record SuppressRequest(RecipientHash Recipient, SuppressionScope Scope, SuppressionReason Reason, DateTimeOffset At, string Source)
{
    /// <summary>When it ends by itself; <see langword="null"/> for never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>For people; where it is not given and <see cref="EntryId"/> is, the entry's is kept, if that is still there.</summary>
    public string? Address { get; init; }

    /// <summary>The entry whose recipient asked for it: it gets an event, if it is still there.</summary>
    public long? EntryId { get; init; }

    /// <summary>With <see cref="SuppressionReason.SoftBounce"/>: the bounce is only counted until there are enough.</summary>
    public SoftBounceRule? Rule { get; init; }
}

/// <summary>What became of a <see cref="SuppressRequest"/>.</summary>
public enum SuppressOutcome
{
    Added,

    /// <summary>A suppression of less weight was there.</summary>
    Changed,

    /// <summary>One of the same or of more weight was there; it stays as it is.</summary>
    Existing,

    /// <summary>A soft bounce was counted, and there are not enough yet.</summary>
    Counted,

    /// <summary>Nothing was written.</summary>
    Unavailable,
}

/// <summary>What became of ending a suppression.</summary>
public enum UnsuppressOutcome
{
    Done,
    Unknown,

    /// <summary>The recipient asked for it.</summary>
    Asked,

    Unavailable,
}

/// <summary>Which suppressions to list.</summary>
public sealed record SuppressionFilter
{
    public string? Client { get; init; }

    /// <summary>Only what holds for all clients.</summary>
    public bool Global { get; init; }

    public SuppressionReason? Reason { get; init; }
    public RecipientHash? Recipient { get; init; }

    /// <summary>The page before ended there.</summary>
    public SuppressionCursor? After { get; init; }

    public int Limit { get; init; } = 100;
}

/// <summary>A place in the order of suppressions.</summary>
/// <param name="Client">Interned; 0 for all.</param>
/// <param name="Direction">Interned; 0 for all.</param>
public readonly record struct SuppressionCursor(RecipientHash Recipient, long Client, long Direction);

/// <param name="Next">Where the next page begins; <see langword="null"/> at the end.</param>
public sealed record SuppressionSlice(ImmutableArray<SuppressionRecord> Suppressions, SuppressionCursor? Next);

/// <summary>A person to be erased.</summary>
/// <param name="Key">Its <see cref="Protocols.Smtp.Mailbox.Key"/>; spellings with a plus-tag are erased with it.</param>
/// <param name="Suppress">What keeps the person from being mailed afterwards, by the hash alone.</param>
/// <param name="GiveBack">The counters to which the unit of an entry that is dropped returns.</param>
public sealed record EraseRequest(string Key, SuppressRequest Suppress, string Who, Func<QueueEntry, ImmutableArray<CounterKey>> GiveBack);

/// <summary>What was erased.</summary>
/// <param name="Entries">Whose recipient is gone; those that waited were dropped.</param>
/// <param name="Running">Entries with an attempt that runs: they keep their recipient until it ends, so ask again then.</param>
/// <param name="IsUnavailable">The store takes no writes: nothing was erased.</param>
public readonly record struct EraseResult(int Entries, int Running, bool IsUnavailable);
