using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver.Rendering;

/// <summary>What the first lease of a queue entry fixed. Every later attempt renders from it, so that all say the same, whatever was reloaded meanwhile.</summary>
public sealed record FrozenRendering
{
    private static readonly FrozenRenderingJson Json = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // it is stored, never shown in a page
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Converters = { new MailboxJsonConverter() },
    });

    /// <summary>The author (RFC5322.From), or <see langword="null"/> when the message is not rotated and keeps its own.</summary>
    [JsonPropertyName("f")]
    public Mailbox? From { get; init; }

    /// <summary>Final and clean; empty for none.</summary>
    [JsonPropertyName("n")]
    public string FromDisplayName { get; init; } = "";

    /// <summary>RFC5321.MailFrom as <c>local-part@domain</c>; empty is the null reverse-path.</summary>
    [JsonPropertyName("p")]
    public string ReversePath { get; init; } = "";

    /// <summary>The one recipient of the transaction, <c>local-part@domain</c>.</summary>
    [JsonPropertyName("r")]
    public required string Recipient { get; init; }

    /// <summary>The value of <c>Reply-To</c>, folded where it must be; <see langword="null"/> leaves what is there.</summary>
    [JsonPropertyName("y")]
    public string? ReplyTo { get; init; }

    /// <summary>Whether <c>Reply-To</c> is removed.</summary>
    [JsonPropertyName("x")]
    public bool RemoveReplyTo { get; init; }

    /// <summary>A new Message-ID without angle brackets; <see langword="null"/> keeps the original's.</summary>
    [JsonPropertyName("m")]
    public string? MessageId { get; init; }

    /// <summary>Set only when the original has no <c>Date</c>; whole seconds UTC.</summary>
    [JsonPropertyName("d")]
    public DateTimeOffset? Date { get; init; }

    /// <summary>Names the entry to providers and in the return path; opaque, 7-bit.</summary>
    [JsonPropertyName("t")]
    public required string Token { get; init; }

    /// <summary>The https link by which the recipient unsubscribes; <see langword="null"/> when none is added.</summary>
    [JsonPropertyName("u")]
    public string? UnsubscribeLink { get; init; }

    /// <summary>To which the recipient may write to unsubscribe, beside the link; <see langword="null"/> when none is added.</summary>
    [JsonPropertyName("v")]
    public string? UnsubscribeMailbox { get; init; }

    /// <summary>When signatures claim to be made; whole seconds UTC.</summary>
    [JsonPropertyName("s")]
    public required DateTimeOffset SignedAt { get; init; }

    /// <summary>
    /// The selectors of the keys with which it is signed, with spaces between; empty: it is not signed. <see langword="null"/> for what was frozen before
    /// there were signatures.
    /// </summary>
    [JsonPropertyName("k")]
    public string? Selectors { get; init; }

    /// <summary>Our own name then: <c>Authentication-Results</c> under it are the client's invention and removed.</summary>
    [JsonPropertyName("h")]
    public required string Hostname { get; init; }

    /// <summary>The octets under which the store keeps it: compact JSON.</summary>
    public byte[] Serialize() => JsonSerializer.SerializeToUtf8Bytes(this, Json.FrozenRendering);

    /// <summary>Reads what <see cref="Serialize"/> wrote; the result is equal to what was written.</summary>
    /// <exception cref="JsonException">The octets are not from <see cref="Serialize"/>.</exception>
    public static FrozenRendering Deserialize(ReadOnlySpan<byte> octets) =>
        JsonSerializer.Deserialize(octets, Json.FrozenRendering) ?? throw new JsonException("There is no rendering.");
}

[JsonSerializable(typeof(FrozenRendering))]
internal sealed partial class FrozenRenderingJson : JsonSerializerContext;

/// <summary>A mailbox as the text of its path.</summary>
internal sealed class MailboxJsonConverter : JsonConverter<Mailbox>
{
    public override Mailbox Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Mailbox.TryParse(reader.GetString(), out var mailbox, out var error) ? mailbox : throw new JsonException(error);

    public override void Write(Utf8JsonWriter writer, Mailbox value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
