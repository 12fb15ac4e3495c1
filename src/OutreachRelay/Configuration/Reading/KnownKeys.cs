using System.Collections.Frozen;
using System.Collections.Immutable;

namespace OutreachRelay.Configuration.Reading;

/// <summary>A key that the configuration may set.</summary>
/// <param name="InForce">Whether it does something already; otherwise setting it warns.</param>
/// <param name="Harmless">Values that ask for nothing, and so do not warn.</param>
public sealed record KnownKey(string Name, bool InForce, ImmutableArray<string> Harmless);

/// <summary>A table and the keys it may hold.</summary>
/// <param name="Path">The path without indices; empty for the file itself.</param>
public sealed record KnownSection(string Path, FrozenDictionary<string, KnownKey> Keys);

/// <summary>Every key there is: what is not here is an error in the file, and <c>docs/configuration.md</c> tells the same list.</summary>
public static class KnownKeys
{
    public static readonly KnownSection Root = Section("",
        Now("relay"), Now("listener"), Now("http"), Now("delivery"), Now("client"), Now("direction"), Now("pool"), Now("sender"),
        Now("domain"), Now("upstream"), Now("policy"), Now("score"), Now("dns"), Now("alerts"),
        Now("bounces"), Now("log"));

    public static readonly KnownSection Relay = Section("relay",
        Now("hostname"), Now("data_dir"), Now("store"), Later("postgres"), Now("admin_socket"), Now("token_key"), Now("min_free_space"),
        Now("hard_min_free_space"), Now("min_free_inodes"), Now("received_from"), Now("conf_dir"));

    public static readonly KnownSection Listener = Section("listener",
        Now("address"), Now("purpose"), Now("tls"), Now("certificate"), Now("key"), Now("max_message_size"), Now("max_connections"),
        Now("max_connections_per_address"), Now("proxy_protocol_from"));

    public static readonly KnownSection Http = Section("http",
        Now("address"), Now("public_address"), Now("public_url"), Now("token"));

    public static readonly KnownSection HttpToken = Section("http.token",
        Now("name"), Now("secret"), Now("scopes"));

    public static readonly KnownSection Delivery = Section("delivery",
        Now("retry"), Now("expire"), Now("probe_interval"), Now("in_doubt"), Now("in_doubt_wait"), Now("no_slot"),
        Now("grace"), Now("retention"));

    public static readonly KnownSection Client = Section("client",
        Now("name"), Now("username"), Now("password"), Now("networks"), Now("rate"), Now("daily_limit"), Now("control_headers"),
        Now("notifications"), Now("default_direction"), Now("weight"), Now("display_name"),
        Now("events_url"), Now("events_secret"), Now("events_kinds"), Now("dsn_from"));

    public static readonly KnownSection Direction = Section("direction",
        Now("client"), Now("name"), Now("pool"), Now("upstreams"), Now("route"), Now("reply_to"), Now("display_name"), Now("future_date"), Now("message_id"),
        Now("unsubscribe"), Now("unsubscribe_mailto"), Now("unsubscribe_scope"), Now("daily_limit"), Now("weight"));

    public static readonly KnownSection Pool = Section("pool",
        Now("name"), Now("senders"), Now("daily_limit"), Now("domain_daily_limit"), Now("domain_hourly_limit"), Now("spread"),
        Now("window"), Now("time_zone"), Now("gap"), Now("sticky"), Now("sticky_missing"), Now("warmup"), Now("warmup_idle"),
        Now("domain_warmup"), Now("pause_bounce_rate"), Now("pause_min_samples"), Now("pause_dwell"), Now("pause_complaints"));

    public static readonly KnownSection PoolWarmup = Section("pool.warmup", Now("start"), Now("step"));

    public static readonly KnownSection PoolDomainWarmup = Section("pool.domain_warmup", Now("start"), Now("step"));

    public static readonly KnownSection Sender = Section("sender",
        Now("pool"), Now("address"), Now("display_name"), Now("daily_limit"), Now("weight"), Now("warmup_start"), Now("time_zone"),
        Now("upstreams"));

    public static readonly KnownSection Domain = Section("domain",
        Now("name"), Now("return_path"), Now("dkim_selector"), Now("dkim_key"), Now("dkim"), Now("selectors"));

    public static readonly KnownSection DomainDkim = Section("domain.dkim", Now("selector"), Now("key"));

    public static readonly KnownSection Upstream = Section("upstream",
        Now("name"), Now("type"), Now("preset"), Now("region"), Now("host"), Now("port"), Now("tls"), Now("ca"), Now("chunking"), Now("auth"),
        Now("username"), Now("password"), Now("tier"), Now("weight"), Now("max_connections"), Now("max_messages_per_connection"), Now("max_message_size"),
        Now("rate"), Now("daily_limit"), Now("monthly_limit"), Now("warmup"), Now("warmup_start"), Now("ip_pool"), Now("price_per_1000"),
        Now("monthly_budget"), Now("webhook_secrets"), Now("credential"), Now("sending_addresses"));

    public static readonly KnownSection UpstreamWarmup = Section("upstream.warmup", Now("start"), Now("step"));

    public static readonly KnownSection Credential = Section("upstream.credential",
        Now("domains"), Now("auth"), Now("username"), Now("password"));

    /// <summary>A file of <c>conf/presets</c>.</summary>
    public static readonly KnownSection Preset = Section("preset",
        Now("host"), Now("region_host"), Now("regions"), Now("port"), Now("tls"), Now("username"), Now("max_message_size"),
        Now("max_messages_per_connection"), Now("rate"), Now("return_path"), Now("spf_include"), Now("smtputf8"), Now("replaced_fields"), Now("replies"), Now("id_after"),
        Now("webhook"), Now("field"));

    public static readonly KnownSection PresetField = Section("preset.field", Now("name"), Now("value"));

    public static readonly KnownSection Policy = Section("policy",
        Now("max_recipients"), Now("preflight"), Now("preflight_interval"), Now("domain_blocklists"), Now("address_blocklists"),
        Now("organizational_domains"), Now("duplicate_window"), Now("suppressed"), Now("soft_bounce_limit"), Now("soft_bounce_span"),
        Now("quarantine"), Now("incoming_signatures"));

    public static readonly KnownSection Score = Section("score",
        Now("tag_at"), Now("hold_at"), Now("refuse_at"), Now("external"));

    public static readonly KnownSection ScoreExternal = Section("score.external",
        Now("type"), Now("address"), Now("timeout"), Now("on_error"));

    public static readonly KnownSection Dns = Section("dns", Now("servers"), Now("timeout"));

    public static readonly KnownSection Alerts = Section("alerts", Now("webhook"), Now("repeat"));

    public static readonly KnownSection Bounces = Section("bounces", Now("maildir"));

    public static readonly KnownSection Log = Section("log", Now("level"), Now("format"), Now("recipients"));

    /// <summary>All sections below the file itself, and those of presets.</summary>
    public static readonly ImmutableArray<KnownSection> Sections =
    [
        Relay, Listener, Http, HttpToken, Delivery, Client, Direction, Pool, PoolWarmup, PoolDomainWarmup, Sender, Domain, DomainDkim, Upstream,
        UpstreamWarmup, Credential, Preset, PresetField, Policy, Score, ScoreExternal, Dns, Alerts, Bounces, Log,
    ];

    private static KnownSection Section(string path, params KnownKey[] keys) => new(path, keys.ToFrozenDictionary(key => key.Name));

    private static KnownKey Now(string name) => new(name, true, []);

    private static KnownKey Later(string name, params string[] harmless) => new(name, false, [.. harmless]);
}
