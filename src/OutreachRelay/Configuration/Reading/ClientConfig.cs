using System.Collections.Immutable;
using System.Net;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Protocols.Toml;
using OutreachRelay.Store;

namespace OutreachRelay.Configuration.Reading;

/// <summary><c>[[client]]</c>: who submits to us.</summary>
public sealed record ClientConfig
{
    public required Place Place { get; init; }
    public Setting<string>? Name { get; init; }
    public Setting<string>? Username { get; init; }
    public Setting<SecretReference>? Password { get; init; }
    public Setting<ImmutableArray<Setting<IPNetwork>>>? Networks { get; init; }
    public Setting<Rate>? Rate { get; init; }
    public Setting<long>? DailyLimit { get; init; }
    public Setting<bool>? ControlHeaders { get; init; }
    public Setting<bool>? Notifications { get; init; }
    public Setting<string>? DefaultDirection { get; init; }
    public Setting<double>? Weight { get; init; }
    public Setting<string>? DisplayName { get; init; }
    public Setting<TextOrSecret>? EventsUrl { get; init; }
    public Setting<SecretReference>? EventsSecret { get; init; }
    public Setting<ImmutableArray<Setting<StoreEventKind>>>? EventsKinds { get; init; }
    public Setting<Mailbox>? DsnFrom { get; init; }

    private static readonly Func<TomlValue, Parsed<StoreEventKind>> Kinds = Values.Choice([.. HookModel.Words]);

    internal static ClientConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Name = reader.Require("name", Values.Name),
        Username = reader.Read("username", Values.Text),
        Password = reader.Read("password", Secrets.Reference),
        Networks = reader.ReadList("networks", Addresses.Network),
        Rate = reader.Read("rate", Quantities.Rate),
        DailyLimit = reader.Read("daily_limit", Values.Long(0, long.MaxValue)),
        ControlHeaders = reader.Read("control_headers", Values.Boolean),
        Notifications = reader.Read("notifications", Values.Boolean),
        DefaultDirection = reader.Require("default_direction", Values.Name),
        Weight = reader.Read("weight", Values.Share),
        DisplayName = reader.Read("display_name", Values.Text),
        EventsUrl = reader.Read("events_url", Secrets.TextOrReference),
        EventsSecret = reader.Read("events_secret", Secrets.Reference),
        EventsKinds = reader.ReadList("events_kinds", Kinds),
        DsnFrom = reader.Read("dsn_from", Addresses.Mailbox),
    };
}

/// <summary><c>[[direction]]</c>: a campaign or purpose of a client.</summary>
public sealed record DirectionConfig
{
    public required Place Place { get; init; }
    public Setting<string>? Client { get; init; }
    public Setting<string>? Name { get; init; }
    public Setting<string>? Pool { get; init; }
    public Setting<ImmutableArray<Setting<string>>>? Upstreams { get; init; }
    public Setting<ReplyToModel>? ReplyTo { get; init; }
    public Setting<bool>? KeepDisplayName { get; init; }
    public Setting<bool>? CheapestFirst { get; init; }
    public Setting<bool>? SchedulesByDate { get; init; }
    public Setting<bool>? RewriteMessageId { get; init; }
    public Setting<UnsubscribeMode>? Unsubscribe { get; init; }
    public Setting<bool>? UnsubscribeMailto { get; init; }
    public Setting<bool>? UnsubscribesDirection { get; init; }
    public Setting<long>? DailyLimit { get; init; }
    public Setting<double>? Weight { get; init; }

    internal static DirectionConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Client = reader.Require("client", Values.Name),
        Name = reader.Require("name", Values.Name),
        Pool = reader.Require("pool", Values.Name),
        Upstreams = reader.RequireList("upstreams", Values.Name),
        CheapestFirst = reader.Read("route", Values.Choice(("weight", false), ("cost", true))),
        ReplyTo = reader.Read("reply_to", ReplyTos),
        KeepDisplayName = reader.Read("display_name", Values.Choice(("sender", false), ("keep", true))),
        SchedulesByDate = reader.Read("future_date", Values.Choice(("send", false), ("schedule", true))),
        RewriteMessageId = reader.Read("message_id", Values.Choice(("keep", false), ("rewrite", true))),
        Unsubscribe = reader.Read("unsubscribe", Modes),
        UnsubscribeMailto = reader.Read("unsubscribe_mailto", Values.Boolean),
        UnsubscribesDirection = reader.Read("unsubscribe_scope", Values.Choice(("client", false), ("direction", true))),
        DailyLimit = reader.Read("daily_limit", Values.Long(0, long.MaxValue)),
        Weight = reader.Read("weight", Values.Share),
    };

    private static readonly Func<TomlValue, Parsed<UnsubscribeMode>> Modes =
        Values.Choice(("add", UnsubscribeMode.Add), ("keep", UnsubscribeMode.Keep), ("off", UnsubscribeMode.Off));

    private static readonly Func<TomlValue, Parsed<ReplyToModel>> ReplyTos =
        Values.Of(ParseReplyTo, "\"keep\", \"original-from\", \"sender\" or an address");

    private static Parsed<ReplyToModel> ParseReplyTo(string text)
    {
        ReplyToMode? mode = text switch
        {
            "keep" => ReplyToMode.Keep,
            "original-from" => ReplyToMode.OriginalFrom,
            "sender" => ReplyToMode.Sender,
            _ => null,
        };
        if (mode is not null)
            return new ReplyToModel(mode.Value);
        return Mailbox.TryParse(text, out var address, out _)
            ? new ReplyToModel(ReplyToMode.Address, address)
            : Parsed<ReplyToModel>.Fail($"expected \"keep\", \"original-from\", \"sender\" or an address, found {Shown.Text(text)}");
    }
}

/// <summary>What becomes of the fields by which a recipient opts out.</summary>
public enum UnsubscribeMode
{
    /// <summary>Ours are added where the client wrote none.</summary>
    Add,

    /// <summary>As the client wrote them.</summary>
    Keep,

    /// <summary>Another word for <see cref="Keep"/>.</summary>
    Off,
}
