using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace OutreachRelay.Configuration;

/// <summary>A ring of keys that sign what recipients and providers bring back to us: the first one signs, all of them verify.</summary>
/// <remarks>So a key is replaced by putting a new one before it. Who takes an old one out of the ring makes everything void that it has signed.</remarks>
public sealed class TokenKeys
{
    /// <summary>Octets of a signature: 128 bits, which nobody tries out over a network.</summary>
    public const int SignatureSize = 16;

    /// <summary>Octets of one that had to be cut, at least: 64 bits.</summary>
    public const int ShortestSignature = 8;

    // Each is tried on every token, so that the time tells nothing.
    private const int MostKeys = 8;

    // 16 random characters of an alphabet of 64 are 96 bits.
    private const int ShortestKey = 16;

    private readonly ImmutableArray<KeyedHash> _keys;

    private TokenKeys(ImmutableArray<KeyedHash> keys) => _keys = keys;

    /// <summary>Reads keys as text, separated by white space or commas.</summary>
    /// <param name="error">What is wrong; never a part of a key.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out TokenKeys? keys, [NotNullWhen(false)] out string? error)
    {
        keys = null;
        var parts = text.Split([' ', '\t', '\r', '\n', ','], StringSplitOptions.RemoveEmptyEntries);
        error = parts.Length is < 1 or > MostKeys
            ? $"expected 1 to {MostKeys} keys, separated by white space, found {parts.Length}"
            : parts.Any(static part => part.Length < ShortestKey) ? $"a key is shorter than {ShortestKey} characters and can be guessed" : null;
        if (error is not null)
            return false;
        keys = new TokenKeys([.. parts.Select(static part => new KeyedHash(SHA256.HashData(Encoding.UTF8.GetBytes(part))))]);
        return true;
    }

    /// <summary>A key of 256 random bits, as text.</summary>
    public static string NewKey() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>Signs with the first key.</summary>
    /// <param name="purpose">What is signed: what was signed for one purpose is worth nothing for another.</param>
    /// <param name="signature"><see cref="SignatureSize"/> octets.</param>
    public void Sign(ReadOnlySpan<byte> purpose, ReadOnlySpan<byte> payload, Span<byte> signature) => Compute(_keys[0], purpose, payload, signature);

    /// <summary>Whether any key has signed this. Takes the same time whichever did, and when none did.</summary>
    /// <param name="signature">All of it, or its beginning of at least <see cref="ShortestSignature"/> octets (RFC 2104 §5).</param>
    public bool Verify(ReadOnlySpan<byte> purpose, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature)
    {
        if (signature.Length is < ShortestSignature or > SignatureSize)
            return false;
        Span<byte> expected = stackalloc byte[SignatureSize];
        var isSigned = false;
        foreach (var key in _keys)
        {
            Compute(key, purpose, payload, expected);
            isSigned |= CryptographicOperations.FixedTimeEquals(expected[..signature.Length], signature);
        }
        return isSigned;
    }

    private static void Compute(KeyedHash key, ReadOnlySpan<byte> purpose, ReadOnlySpan<byte> payload, Span<byte> signature)
    {
        Span<byte> hash = stackalloc byte[KeyedHash.Size];
        key.Compute([.. purpose, 0, .. payload], hash);
        hash[..SignatureSize].CopyTo(signature);
    }
}
