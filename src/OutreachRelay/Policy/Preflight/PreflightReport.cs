using System.Collections.Immutable;
using System.Text.Json.Serialization;
using OutreachRelay.Http;

namespace OutreachRelay.Policy.Preflight;

/// <summary>Whether mail of a sender domain would be taken for its own when it leaves by an upstream.</summary>
public enum PreflightVerdict
{
    /// <summary>Not enough is known; it sends, and is told of.</summary>
    Unknown,

    /// <summary>A mechanism that is aligned with the domain is known to be good.</summary>
    Pass,

    /// <summary>All of them are known to be bad; or the domain takes no replies, or is listed.</summary>
    Fail,
}

/// <summary>What is looked at.</summary>
public enum PreflightKind
{
    /// <summary>SPF on the envelope domain.</summary>
    Spf,

    /// <summary>The key of a selector with which the upstream signs.</summary>
    Dkim,

    /// <summary>A key with which we sign.</summary>
    OwnKey,

    /// <summary>The published DMARC policy.</summary>
    Dmarc,

    /// <summary>Whether replies arrive.</summary>
    Mx,

    /// <summary>A DNS block list.</summary>
    Blocklist,
}

/// <summary>What a check means for the verdict.</summary>
public enum PreflightStanding
{
    Good,
    Bad,

    /// <summary>It cannot be told from what is configured and published.</summary>
    Unknown,

    /// <summary>DNS does not tell now.</summary>
    Temporary,

    /// <summary>It is told, and decides nothing.</summary>
    Note,
}

/// <summary>A record to be published.</summary>
/// <param name="Value">For TXT the whole text, without quotes.</param>
public sealed record RecordToPublish(string Name, string Type, string Value);

/// <summary>One thing that was looked at.</summary>
/// <param name="Subject">The name that was asked for.</param>
/// <param name="Result">A word of RFC 8601 §2.7.</param>
/// <param name="Reason">For people; what DNS said stands in it bounded, in visible characters.</param>
public sealed record PreflightCheck(PreflightKind Kind, string Subject, string Result, PreflightStanding Standing, string Reason)
{
    /// <summary>What is to be done; empty when nothing is.</summary>
    public string Remedy { get; init; } = "";

    /// <summary>The record that the remedy speaks of, where all of it is known.</summary>
    public RecordToPublish? Record { get; init; }

    /// <summary>Why it could not be looked at again, so that what was found before stands; otherwise empty.</summary>
    public string Doubt { get; init; } = "";
}

/// <summary>What is known of a sender domain at an upstream.</summary>
public sealed record PreflightReport
{
    public required string Domain { get; init; }
    public required string Upstream { get; init; }
    public required PreflightVerdict Verdict { get; init; }

    /// <summary>Since when the verdict is this one.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When it was looked at last, whether DNS answered or not.</summary>
    public required DateTimeOffset CheckedAt { get; init; }

    /// <summary>Why it is no pass; empty for one.</summary>
    public required string Reason { get; init; }

    public required ImmutableArray<PreflightCheck> Checks { get; init; }

    /// <summary>What the configuration said when it was looked at.</summary>
    public required string Terms { get; init; }

    /// <summary>Whether DNS kept something back, so that it is worth looking again soon.</summary>
    [JsonIgnore]
    public bool IsDoubtful => Checks.Any(static check => check.Standing == PreflightStanding.Temporary || check.Doubt.Length > 0);
}

/// <summary>Reports as the store, the API and the command line have them.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(WordConverter<PreflightVerdict>), typeof(WordConverter<PreflightKind>), typeof(WordConverter<PreflightStanding>)])]
[JsonSerializable(typeof(PreflightReport))]
[JsonSerializable(typeof(PreflightReport[]))]
[JsonSerializable(typeof(RecordToPublish))]
internal sealed partial class PreflightJson : JsonSerializerContext;
