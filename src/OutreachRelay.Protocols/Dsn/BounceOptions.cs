using System.Collections.Immutable;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>Bounds of reading, and what is wanted of the original. What exceeds a bound is left out, never an error.</summary>
public sealed record BounceOptions
{
    /// <summary>Parts of the MIME structure that are looked at, multiparts not counted.</summary>
    public int MaxParts { get; init; } = 100;

    /// <summary>How deep multiparts may nest; what lies deeper is not looked at. Each level costs one pass over the message.</summary>
    public int MaxDepth { get; init; } = 8;

    public int MaxRecipients { get; init; } = 1_000;

    /// <summary>Fields of a feedback report that are kept.</summary>
    public int MaxFeedbackFields { get; init; } = 100;

    /// <summary>Octets of a value or text; longer ones are cut.</summary>
    public int MaxValueLength { get; init; } = 2_000;

    /// <summary>Names of the fields of the original that are kept besides its Message-ID, the first of each name. Case does not matter.</summary>
    public ImmutableArray<string> OriginalFields { get; init; } = ["From", "To", "Subject", "Date", "Return-Path"];
}
