using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace OutreachRelay.Configuration;

/// <summary>What a token of the API allows.</summary>
[Flags]
public enum ApiScopes
{
    None = 0,

    /// <summary>To look: every GET but that of a message's content.</summary>
    Read = 1,

    /// <summary>To act on entries: every POST.</summary>
    Operate = 2,
}

/// <summary>A bearer token of the API over TCP. Only its hash is kept, so that the secret is in no dump of ours.</summary>
/// <param name="Name">Who holds it: stands in the log and in the events of what was done with it.</param>
/// <param name="Digest">SHA-256 over the secret's UTF-8 octets.</param>
public sealed record ApiTokenModel(string Name, ApiScopes Scopes, ImmutableArray<byte> Digest)
{
    /// <summary>Compares in constant time; the hash makes all secrets equally long.</summary>
    public bool Matches(ReadOnlySpan<byte> digest) => CryptographicOperations.FixedTimeEquals(Digest.AsSpan(), digest);

    public static ImmutableArray<byte> DigestOf(string secret) => [.. SHA256.HashData(Encoding.UTF8.GetBytes(secret))];
}
