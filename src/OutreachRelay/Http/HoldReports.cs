using System.Collections.Immutable;
using System.Text.Json.Serialization;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>Whose mail to hold: what fits every member given, or <see cref="All"/> mail. A member of another name is refused.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record HoldRequest
{
    public string? Client { get; init; }
    public string? Direction { get; init; }

    /// <summary>An address.</summary>
    public string? Sender { get; init; }

    public string? Upstream { get; init; }
    public string? RecipientDomain { get; init; }
    public bool All { get; init; }

    /// <summary>Shown wherever the hold is; at most <see cref="ActionLimits.MaxReason"/> characters. Not for a release.</summary>
    public string? Reason { get; init; }

    /// <summary>Seconds; <see langword="null"/>: until it is released. Not for a release.</summary>
    public long? For { get; init; }
}

/// <param name="Until"><see langword="null"/>: until it is released.</param>
/// <param name="Reason">The operator's words.</param>
public sealed record HoldReport(
    string? Client, string? Direction, string? Sender, string? Upstream, string? RecipientDomain,
    DateTimeOffset Since, DateTimeOffset? Until, string Who, string Reason)
{
    public static HoldReport Of(QueueHold hold) => new(
        hold.Scope.Client, hold.Scope.Direction, hold.Scope.Sender, hold.Scope.Upstream, hold.Scope.RecipientDomain, hold.Since, hold.Until, hold.Who, hold.Reason);

    /// <summary>Whose mail it holds, in words.</summary>
    [JsonIgnore]
    public string Scope => new HoldScope
    {
        Client = Client,
        Direction = Direction,
        Sender = Sender,
        Upstream = Upstream,
        RecipientDomain = RecipientDomain,
    }.ToString();
}

/// <summary>The holds there are, that were made, or that were ended; the oldest first.</summary>
public sealed record HoldList(ImmutableArray<HoldReport> Holds);
