using System.Collections.Immutable;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>A request to a webhook, its body read within bounds.</summary>
/// <param name="Upstream">Whose webhook it is.</param>
/// <param name="Secrets">What proves the provider; several while one is being replaced.</param>
/// <param name="Body">The octets as they came: signatures are over these.</param>
public sealed record WebhookRequest(
    string Upstream, ImmutableArray<string> Secrets, IHeaderDictionary Headers, ReadOnlyMemory<byte> Body, DateTimeOffset Now)
{
    /// <summary>The value of a header field; <see langword="null"/> when it is missing, empty, or there twice: of two, nobody knows which one was signed.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out var values) && values is [{ Length: > 0 } value] ? value : null;
}

/// <summary>What became of a request to a webhook. In metrics each is a word in snake_case.</summary>
public enum WebhookResult
{
    /// <summary>It is the provider's, and what it tells is on disk.</summary>
    Accepted,

    /// <summary>It asks how to prove itself: not wrong yet.</summary>
    Challenged,

    /// <summary>It does not prove to be the provider's.</summary>
    Forged,

    /// <summary>It was the provider's, too long ago, or by a clock that is far off.</summary>
    Stale,

    /// <summary>It is not what the provider sends.</summary>
    Malformed,

    TooLarge,

    /// <summary>Its body is compressed.</summary>
    Encoded,

    /// <summary>It cannot be stored, or checked, now; the provider is to come again.</summary>
    Unavailable,

    /// <summary>There is no webhook of that name, or no secret for it.</summary>
    NotFound,
}
