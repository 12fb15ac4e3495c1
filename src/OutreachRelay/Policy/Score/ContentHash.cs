using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OutreachRelay.Policy.Score;

/// <summary>A hash under a key of this process, for tables in memory alone: a fifth of the time that SHA-256 takes.</summary>
/// <remarks>
/// GMAC (NIST SP 800-38D §6.4), which processors compute at several gigabytes a second. The nonce is always the same one, which would let whoever sees
/// two hashes forge a third: they must not leave the process. To whoever does not see them it is a universal hash: two different contents are equal
/// with a chance of at most their length in blocks of 16 octets in 2^128.
/// </remarks>
internal static class ContentHash
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(16);
    private static readonly byte[] Nonce = new byte[AesGcm.NonceByteSizes.MaxSize];

    // It is not safe for threads, and takes longer to make than to use.
    [ThreadStatic]
    private static AesGcm? _cipher;

    public static UInt128 Of(ReadOnlySpan<byte> content)
    {
        Span<byte> tag = stackalloc byte[AesGcm.TagByteSizes.MaxSize];
        (_cipher ??= new AesGcm(Key, tag.Length)).Encrypt(Nonce, [], [], tag, content);
        return BinaryPrimitives.ReadUInt128BigEndian(tag);
    }
}
