using System.Security.Cryptography;
using System.Text;

namespace OutreachRelay;

/// <summary>HMAC-SHA256 (RFC 2104) under one key, asked often and by many threads: what it keeps spares OpenSSL from setting up the key each time.</summary>
/// <param name="key">Secret octets.</param>
internal sealed class KeyedHash(byte[] key)
{
    /// <summary>In octets.</summary>
    public const int Size = HMACSHA256.HashSizeInBytes;

    // A local part of 64 octets and a domain of 255 are less; what is longer takes the heap.
    private const int StackOctets = 512;

    // One is enough: threads rarely meet here, and who comes second makes another.
    private IncrementalHash? _spare;

    /// <param name="hash">Gets <see cref="Size"/> octets.</param>
    public void Compute(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        var hmac = Interlocked.Exchange(ref _spare, null) ?? IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(data);
        hmac.GetHashAndReset(hash);
        if (Interlocked.CompareExchange(ref _spare, hmac, null) is not null)
            hmac.Dispose();
    }

    /// <summary>Of a text in UTF-8.</summary>
    public void Compute(string text, Span<byte> hash)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Span<byte> octets = length <= StackOctets ? stackalloc byte[StackOctets] : new byte[length];
        Encoding.UTF8.GetBytes(text, octets);
        Compute(octets[..length], hash);
    }
}
