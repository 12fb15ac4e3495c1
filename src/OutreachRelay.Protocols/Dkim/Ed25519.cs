using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>PureEdDSA over Ed25519 (RFC 8032 §5.1), done by OpenSSL. Keys may be used by many threads at once: each call has a context of its own.</summary>
internal static class Ed25519
{
    /// <summary>Octets of a private and of a public key.</summary>
    public const int KeyLength = 32;

    public const int SignatureLength = 64;

    /// <summary>EVP_PKEY_ED25519 of openssl/evp.h.</summary>
    private const int KeyType = 1087;

    private const int Success = 1;

    /// <returns>A handle that is invalid when the key is none.</returns>
    public static EvpKey ImportPublicKey(ReadOnlySpan<byte> key)
    {
        var handle = LibCrypto.EVP_PKEY_new_raw_public_key(KeyType, 0, in MemoryMarshal.GetReference(key), (nuint)key.Length);
        LibCrypto.ERR_clear_error();
        return handle;
    }

    /// <param name="key">32 octets.</param>
    public static EvpKey ImportPrivateKey(ReadOnlySpan<byte> key)
    {
        var handle = LibCrypto.EVP_PKEY_new_raw_private_key(KeyType, 0, in MemoryMarshal.GetReference(key), (nuint)key.Length);
        Require(!handle.IsInvalid);
        return handle;
    }

    public static byte[] ExportPrivateKey(EvpKey key)
    {
        var octets = new byte[KeyLength];
        nuint length = KeyLength;
        Require(LibCrypto.EVP_PKEY_get_raw_private_key(key, ref octets[0], ref length) == Success && length == KeyLength);
        return octets;
    }

    public static byte[] ExportPublicKey(EvpKey key)
    {
        var octets = new byte[KeyLength];
        nuint length = KeyLength;
        Require(LibCrypto.EVP_PKEY_get_raw_public_key(key, ref octets[0], ref length) == Success && length == KeyLength);
        return octets;
    }

    /// <param name="signature">Takes 64 octets.</param>
    public static void Sign(EvpKey key, ReadOnlySpan<byte> text, Span<byte> signature)
    {
        using var context = LibCrypto.EVP_MD_CTX_new();
        var length = (nuint)signature.Length;
        Require(!context.IsInvalid
            && LibCrypto.EVP_DigestSignInit(context, 0, 0, 0, key) == Success
            && LibCrypto.EVP_DigestSign(
                context, ref MemoryMarshal.GetReference(signature), ref length, in MemoryMarshal.GetReference(text), (nuint)text.Length) == Success
            && length == SignatureLength);
    }

    public static bool Verify(EvpKey key, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureLength)
            return false;
        using var context = LibCrypto.EVP_MD_CTX_new();
        Require(!context.IsInvalid && LibCrypto.EVP_DigestVerifyInit(context, 0, 0, 0, key) == Success);
        var isGood = LibCrypto.EVP_DigestVerify(
            context, in MemoryMarshal.GetReference(signature), (nuint)signature.Length, in MemoryMarshal.GetReference(text), (nuint)text.Length) == Success;
        LibCrypto.ERR_clear_error();
        return isGood;
    }

    // OpenSSL keeps errors for the thread, where TLS would find them later.
    private static void Require(bool condition)
    {
        if (condition)
            return;
        LibCrypto.ERR_clear_error();
        throw new CryptographicException("OpenSSL refused an Ed25519 operation.");
    }
}
