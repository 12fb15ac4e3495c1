using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration;

/// <summary>Who submits to us: a CRM, a mailer.</summary>
public sealed record ClientModel
{
    public required string Name { get; init; }

    /// <summary>Its name as recipients know it; <see langword="null"/>: <see cref="Name"/>.</summary>
    public string? DisplayName { get; init; }

    public string? Username { get; init; }

    /// <summary>The resolved password; <see langword="null"/> disables the login.</summary>
    public string? Password { get; init; }

    /// <summary>Networks from which the client may submit without AUTH.</summary>
    public required ImmutableArray<IPNetwork> Networks { get; init; }

    /// <summary>Whether the client may choose direction and time in <c>X-Outreach-*</c> fields.</summary>
    public required bool ControlHeaders { get; init; }

    /// <summary>Whether the client may submit with the null reverse-path (RFC 5321 §4.5.5), from its own senders.</summary>
    public bool Notifications { get; init; }

    /// <summary>Messages that the client may begin, or <see langword="null"/> for no limit.</summary>
    public Rate? Rate { get; init; }

    /// <summary>Recipients per day over all directions, or <see langword="null"/> for no limit.</summary>
    public required long? DailyLimit { get; init; }

    /// <summary>Share relative to the other clients where they contend.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Where it hears by HTTP what became of its mail, or <see langword="null"/>.</summary>
    public HookModel? Hook { get; init; }

    /// <summary>How it is notified by mail of what failed; <see langword="null"/>: not at all.</summary>
    public DsnModel? Dsn { get; init; }

    /// <summary>The direction of messages that name none.</summary>
    public required DirectionModel DefaultDirection { get; init; }

    /// <summary>The client's directions by name.</summary>
    public required FrozenDictionary<string, DirectionModel> Directions { get; init; }
}

/// <summary>A campaign or purpose of a client.</summary>
public sealed record DirectionModel
{
    public required string Client { get; init; }
    public required string Name { get; init; }
    public required PoolModel Pool { get; init; }

    /// <summary>Where its mail may leave, lowest tier first, in configuration order within a tier.</summary>
    public required ImmutableArray<UpstreamModel> Upstreams { get; init; }

    /// <summary>Whether, of a tier's upstreams that have room, the cheapest goes first; otherwise they share by weight.</summary>
    public bool CheapestFirst { get; init; }

    public required ReplyToModel ReplyTo { get; init; }

    /// <summary>Whether the client's display name is kept; otherwise it is the sender's.</summary>
    public required bool KeepDisplayName { get; init; }

    /// <summary>Whether every message gets a Message-ID in the sender's domain; otherwise only those that have none.</summary>
    public required bool RewriteMessageId { get; init; }

    /// <summary>Recipients per day, or <see langword="null"/> for no limit.</summary>
    public required long? DailyLimit { get; init; }

    /// <summary>Whether a message whose <c>Date</c> lies ahead waits until then.</summary>
    public bool SchedulesByDate { get; init; }

    /// <summary>Whether links to unsubscribe are added where the client wrote none.</summary>
    public bool AddsUnsubscribe { get; init; }

    /// <summary>Whether an address to write to stands beside the link. Only where mail to return paths is taken.</summary>
    public bool AddsUnsubscribeMailbox { get; init; }

    /// <summary>Whether such a link is about this direction alone; otherwise about all mail of the client.</summary>
    public bool UnsubscribesDirection { get; init; }

    /// <summary>Share relative to the client's other directions where they contend.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Whether a sender's mail may leave by any of the direction's upstreams.</summary>
    public bool CanCarry(SenderModel sender) => sender.Upstreams.IsEmpty || Upstreams.Any(upstream => sender.MayUse(upstream.Name));
}

/// <summary>What becomes of <c>Reply-To</c>.</summary>
public enum ReplyToMode
{
    /// <summary>As the client wrote it; none is added.</summary>
    Keep,

    /// <summary>The author's address before rewriting, where the message names none.</summary>
    OriginalFrom,

    /// <summary>None: replies go to the sender. One that names the old author is removed.</summary>
    Sender,

    /// <summary>The address in <see cref="ReplyToModel.Address"/>.</summary>
    Address,
}

/// <param name="Mode">The rule.</param>
/// <param name="Address">Only for <see cref="ReplyToMode.Address"/>.</param>
public sealed record ReplyToModel(ReplyToMode Mode, Protocols.Smtp.Mailbox? Address = null);
