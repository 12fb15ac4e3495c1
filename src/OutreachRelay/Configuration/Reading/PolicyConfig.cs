using System.Collections.Immutable;
using System.Net;
using OutreachRelay.Protocols.Toml;
using OutreachRelay.Store;

namespace OutreachRelay.Configuration.Reading;

/// <summary><c>[policy]</c>: what is decided before a message is accepted.</summary>
public sealed record PolicyConfig
{
    public required Place Place { get; init; }
    public Setting<int>? MaxRecipients { get; init; }
    public Setting<PreflightMode>? Preflight { get; init; }
    public Setting<TimeSpan>? PreflightInterval { get; init; }
    public Setting<ImmutableArray<Setting<string>>>? DomainBlocklists { get; init; }
    public Setting<ImmutableArray<Setting<string>>>? AddressBlocklists { get; init; }

    /// <summary>Whether organisational domains are found by the public suffix list instead of the tree walk.</summary>
    public Setting<bool>? BySuffixList { get; init; }

    public Setting<TimeSpan>? DuplicateWindow { get; init; }
    public Setting<bool>? DropsSuppressed { get; init; }
    public Setting<int>? SoftBounceLimit { get; init; }
    public Setting<TimeSpan>? SoftBounceSpan { get; init; }
    public Setting<TimeSpan>? Quarantine { get; init; }

    /// <summary>Whether signatures that messages come with are verified for the log.</summary>
    public Setting<bool>? LogsIncomingSignatures { get; init; }

    internal static PolicyConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        MaxRecipients = reader.Read("max_recipients", Values.Integer(1, 10_000)),
        Preflight = reader.Read("preflight", Values.Choice(("enforce", PreflightMode.Enforce), ("warn", PreflightMode.Warn), ("off", PreflightMode.Off))),
        PreflightInterval = reader.Read("preflight_interval", Quantities.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(7))),
        DomainBlocklists = reader.ReadList("domain_blocklists", Addresses.Domain),
        AddressBlocklists = reader.ReadList("address_blocklists", Addresses.Domain),
        BySuffixList = reader.Read("organizational_domains", Values.Choice(("tree-walk", false), ("public-suffix-list", true))),
        DuplicateWindow = reader.Read("duplicate_window", Quantities.Duration(TimeSpan.Zero, TimeSpan.FromDays(7))),
        DropsSuppressed = reader.Read("suppressed", Values.Choice(("refuse", false), ("drop", true))),
        SoftBounceLimit = reader.Read("soft_bounce_limit", Values.Integer(0, 100)),
        SoftBounceSpan = reader.Read("soft_bounce_span", Quantities.Duration(TimeSpan.FromMinutes(1), SoftBounceRule.LongestSpan)),
        Quarantine = reader.Read("quarantine", Quantities.Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(366))),
        LogsIncomingSignatures = reader.Read("incoming_signatures", Values.Choice(("log", true), ("off", false))),
    };
}

/// <summary><c>[score]</c>: from which score content is tagged, held or refused.</summary>
public sealed record ScoreConfig
{
    public required Place Place { get; init; }
    public Setting<double>? TagAt { get; init; }
    public Setting<double>? HoldAt { get; init; }
    public Setting<double>? RefuseAt { get; init; }
    public required ImmutableArray<ExternalScoreConfig> External { get; init; }

    internal static ScoreConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        TagAt = reader.Read("tag_at", Values.Number(-1000, 1000)),
        HoldAt = reader.Read("hold_at", Values.Number(-1000, 1000)),
        RefuseAt = reader.Read("refuse_at", Values.Number(-1000, 1000)),
        External = [.. reader.Tables("external", KnownKeys.ScoreExternal).Select(ExternalScoreConfig.Read)],
    };
}

/// <summary><c>[[score.external]]</c>: a scorer outside of this process.</summary>
public sealed record ExternalScoreConfig
{
    public required Place Place { get; init; }
    public Setting<ScorerType>? Type { get; init; }
    public Setting<IPEndPoint>? Address { get; init; }
    public Setting<TimeSpan>? Timeout { get; init; }
    public Setting<ScorerFailureAction>? OnError { get; init; }

    internal static ExternalScoreConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Type = reader.Require("type", Values.Choice(("rspamd", ScorerType.Rspamd), ("spamassassin", ScorerType.SpamAssassin))),
        Address = reader.Require("address", Addresses.EndPoint),
        Timeout = reader.Read("timeout", Quantities.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1))),
        OnError = reader.Read("on_error", Values.Choice(
            ("accept", ScorerFailureAction.Accept), ("hold", ScorerFailureAction.Hold), ("refuse", ScorerFailureAction.Refuse))),
    };
}

/// <summary><c>[dns]</c>: whom the resolver asks.</summary>
public sealed record DnsConfig
{
    public required Place Place { get; init; }
    public Setting<ImmutableArray<Setting<IPEndPoint>>>? Servers { get; init; }
    public Setting<TimeSpan>? Timeout { get; init; }

    internal static DnsConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Servers = reader.ReadList("servers", Addresses.EndPoint),
        Timeout = reader.Read("timeout", Quantities.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1))),
    };
}

/// <summary><c>[log]</c>: what is written, and how much of a recipient's address.</summary>
public sealed record LogConfig
{
    public required Place Place { get; init; }
    public Setting<LogLevel>? Level { get; init; }
    public Setting<LogFormat>? Format { get; init; }
    public Setting<RecipientLogging>? Recipients { get; init; }

    internal static LogConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Level = reader.Read("level", Levels),
        Format = reader.Read("format", Values.Choice(("text", LogFormat.Text), ("json", LogFormat.Json))),
        Recipients = reader.Read("recipients", RecipientForms),
    };

    private static readonly Func<TomlValue, Parsed<LogLevel>> Levels = Values.Choice(
        ("trace", LogLevel.Trace), ("debug", LogLevel.Debug), ("info", LogLevel.Information),
        ("warn", LogLevel.Warning), ("error", LogLevel.Error));

    private static readonly Func<TomlValue, Parsed<RecipientLogging>> RecipientForms =
        Values.Choice(("full", RecipientLogging.Full), ("domain", RecipientLogging.Domain), ("hash", RecipientLogging.Hash));
}
