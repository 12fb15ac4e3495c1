using System.Collections.Immutable;

namespace OutreachRelay.Configuration;

/// <summary>Whose domain the envelope sender has when a provider sends it on: what SPF is checked on.</summary>
public enum EnvelopeRule
{
    /// <summary>The one that we give, where the provider knows it as ours.</summary>
    Free,

    /// <summary>Ours, with a local part of the provider's.</summary>
    Domain,

    /// <summary>The provider's own.</summary>
    Provider,
}

/// <summary>How a provider's webhook proves who speaks, and what it says.</summary>
public enum WebhookKind
{
    SendGrid,
    Mailgun,

    /// <summary>Amazon SES by way of SNS.</summary>
    Ses,

    Postmark,

    /// <summary>Resend, signed as Svix does.</summary>
    Resend,
}

/// <summary>What is known of a provider: a file of <c>conf/presets</c>. Equal when their files are.</summary>
/// <param name="Name">The file's, without its extension.</param>
/// <param name="Digest">A hash of the file.</param>
public sealed record PresetModel(string Name, string Digest)
{
    public required EnvelopeRule ReturnPath { get; init; }

    /// <summary>The domain that an SPF record of ours includes for the provider (RFC 7208 §5.2), or <see langword="null"/>.</summary>
    public required string? SpfInclude { get; init; }

    /// <summary>Whether the provider offers SMTPUTF8 (RFC 6531); <see langword="null"/> when that is not known before it was seen.</summary>
    public required bool? SmtpUtf8 { get; init; }

    /// <summary>Names of header fields that the provider replaces: a signature over them would break.</summary>
    public required ImmutableArray<string> ReplacedFields { get; init; }

    /// <summary>The file of <c>conf/replies</c> that tells what its replies mean, without its extension, or <see langword="null"/>.</summary>
    public required string? Replies { get; init; }

    /// <summary>The words after which the provider's final reply names its own id of the mail, or <see langword="null"/>.</summary>
    public string? IdAfter { get; init; }

    /// <summary>The kind of its webhook's requests, or <see langword="null"/> when it has none that is known.</summary>
    public WebhookKind? Webhook { get; init; }

    public bool Equals(PresetModel? other) => other?.Name == Name && other.Digest == Digest;

    public override int GetHashCode() => Digest.GetHashCode(StringComparison.Ordinal);
}

/// <summary>A header field that an upstream gets and nobody else, in place of all fields of that name.</summary>
/// <param name="Name">Letters, digits and hyphens.</param>
/// <param name="Value">Visible ASCII and spaces in one line; <see cref="Id"/> stands for the entry's token.</param>
public readonly record struct AddedField(string Name, string Value)
{
    public const string Id = "{id}";
}
