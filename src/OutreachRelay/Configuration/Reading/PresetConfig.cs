using System.Collections.Immutable;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Configuration.Reading;

/// <summary>A file of <c>conf/presets</c>: what is known of a provider.</summary>
public sealed record PresetConfig
{
    /// <summary>Stands for the region in <see cref="RegionHost"/>.</summary>
    public const string RegionMark = "{region}";

    /// <summary>Stands for <c>upstream.ip_pool</c> in a field's value.</summary>
    public const string IpPoolMark = "{ip_pool}";

    /// <summary>As a user name: the password once more.</summary>
    public const string PasswordMark = "{password}";

    public required Place Place { get; init; }
    public Setting<string>? Host { get; init; }
    public Setting<string>? RegionHost { get; init; }
    public Setting<ImmutableArray<Setting<string>>>? Regions { get; init; }
    public Setting<int>? Port { get; init; }
    public Setting<TlsMode>? Tls { get; init; }
    public Setting<TextOrSecret>? Username { get; init; }
    public Setting<long>? MaxMessageSize { get; init; }
    public Setting<int>? MaxMessagesPerConnection { get; init; }
    public Setting<Rate>? Rate { get; init; }
    public Setting<EnvelopeRule>? ReturnPath { get; init; }
    public Setting<string>? SpfInclude { get; init; }
    public Setting<bool>? SmtpUtf8 { get; init; }
    public Setting<ImmutableArray<Setting<string>>>? ReplacedFields { get; init; }
    public Setting<string>? Replies { get; init; }
    public Setting<string>? IdAfter { get; init; }
    public Setting<WebhookKind>? Webhook { get; init; }
    public required ImmutableArray<PresetFieldConfig> Fields { get; init; }

    private const int LongestValue = 500;

    internal static readonly Func<TomlValue, Parsed<string>> Region = Values.Of(
        text => text.Length is > 0 and <= 63 && text.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            ? text
            : Parsed<string>.Fail($"expected a region such as \"eu-west-1\", found {Shown.Text(text)}"),
        "a region in quotes");

    // It stands between the quotes of a value in JSON.
    internal static readonly Func<TomlValue, Parsed<string>> IpPool = Values.Of(
        text => text.Length is > 0 and <= 64 && IsVisible(text) && text.AsSpan().IndexOfAny("\"\\{}") < 0
            ? text
            : Parsed<string>.Fail("expected 1 to 64 visible ASCII characters without quotes, braces and backslashes"),
        "a name in quotes");

    internal static PresetConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Host = reader.Read("host", Addresses.HostName),
        RegionHost = reader.Read("region_host", RegionHosts),
        Regions = reader.ReadList("regions", Region),
        Port = reader.Read("port", Values.Integer(1, 65535)),
        Tls = reader.Read("tls", Values.Choice(("starttls", TlsMode.StartTls), ("implicit", TlsMode.Implicit))),
        Username = reader.Read("username", Secrets.TextOrReference),
        MaxMessageSize = reader.Read("max_message_size", Quantities.Size(1 << 10, 1L << 40)),
        MaxMessagesPerConnection = reader.Read("max_messages_per_connection", Values.Integer(1, 1_000_000)),
        Rate = reader.Read("rate", Quantities.Rate),
        ReturnPath = reader.Require("return_path", Values.Choice(
            ("free", EnvelopeRule.Free), ("domain", EnvelopeRule.Domain), ("provider", EnvelopeRule.Provider))),
        SpfInclude = reader.Read("spf_include", Addresses.Domain),
        SmtpUtf8 = reader.Read("smtputf8", Values.Boolean),
        ReplacedFields = reader.ReadList("replaced_fields", Replaceable),
        Replies = reader.Read("replies", Values.Name),
        IdAfter = reader.Read("id_after", FieldValues),
        Webhook = reader.Read("webhook", Values.Choice(
            ("sendgrid", WebhookKind.SendGrid), ("mailgun", WebhookKind.Mailgun), ("ses", WebhookKind.Ses), ("postmark", WebhookKind.Postmark),
            ("resend", WebhookKind.Resend))),
        Fields = [.. reader.Tables("field", KnownKeys.PresetField).Select(PresetFieldConfig.Read)],
    };

    private static readonly Func<TomlValue, Parsed<string>> RegionHosts = Values.Of(
        text => text.Contains(RegionMark, StringComparison.Ordinal) && text.Length <= 255
            ? text
            : Parsed<string>.Fail($"expected a host name with {RegionMark} in it, found {Shown.Text(text)}"),
        "a host name in quotes");

    // Fewer than RFC 5322 §3.6.8 allows, and all that anybody uses.
    internal static readonly Func<TomlValue, Parsed<string>> FieldNames = Values.Of(
        text => text.Length is > 0 and <= 64 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-')
            ? text
            : Parsed<string>.Fail($"expected the name of a header field, found {Shown.Text(text)}"),
        "the name of a header field");

    // RFC 6376 §5.4: a signature has to cover From; DMARC rests on it.
    private static readonly Func<TomlValue, Parsed<string>> Replaceable = value => FieldNames(value) switch
    {
        { Error: null, Value: var name } when name!.Equals("From", StringComparison.OrdinalIgnoreCase) =>
            Parsed<string>.Fail("From cannot be replaced by a provider: no signature would be valid without it"),
        var parsed => parsed,
    };

    // One line, never folded: providers differ in how they read folded ones (RFC 5322 §2.1.1 allows 998 octets).
    internal static readonly Func<TomlValue, Parsed<string>> FieldValues = Values.Of(
        text => text.Length is > 0 and <= LongestValue && IsVisible(text)
            ? text
            : Parsed<string>.Fail($"expected 1 to {LongestValue} visible ASCII characters, with spaces only between them"),
        "a string");

    private static bool IsVisible(string text) =>
        text.All(static c => c is >= ' ' and <= '~') && text[0] != ' ' && text[^1] != ' ';
}

/// <summary><c>[[field]]</c> of a preset: a header field that the provider gets.</summary>
public sealed record PresetFieldConfig(Setting<string>? Name, Setting<string>? Value)
{
    internal static PresetFieldConfig Read(SectionReader reader) => new(
        reader.Require("name", PresetConfig.FieldNames), reader.Require("value", PresetConfig.FieldValues));
}
