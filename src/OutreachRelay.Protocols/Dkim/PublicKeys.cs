using System.Security.Cryptography;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>Decides whether a key may have made a signature, and whether it did (RFC 6376 §6.1.2, §6.1.3).</summary>
internal static class PublicKeys
{
    /// <summary>RFC 8301 §3.2: signatures with smaller keys are not valid.</summary>
    public const int MinRsaSize = 1024;

    /// <summary>Far above the largest key that is ever accepted: what is longer is not even parsed.</summary>
    private const int MaxRsaOctets = 4096;

    /// <summary>Larger ones are in nobody's use, and would make verifying as dear as signing.</summary>
    private const int MaxExponentOctets = 8;

    /// <param name="digest">SHA-256 of the signed fields.</param>
    public static DkimVerdict Verify(DkimSignature signature, DkimKeyRecord key, ReadOnlySpan<byte> digest, int maxRsaSize)
    {
        if (Check(signature, key) is { } fault)
            return fault;
        return signature.Algorithm == DkimAlgorithm.RsaSha256
            ? VerifyRsa(key.PublicKey.Span, digest, signature.Value, maxRsaSize)
            : VerifyEd25519(key.PublicKey.Span, digest, signature.Value);
    }

    public static (int Size, string? Fault) Inspect(DkimKeyRecord key)
    {
        if (key.IsRevoked)
            return (0, "the key is revoked");
        if (!key.AllowsEmail)
            return (0, "the key is not for mail");
        if (!key.AllowsSha256)
            return (0, "the key is for another hash");
        return key.KeyType switch
        {
            "rsa" => InspectRsa(key.PublicKey.Span),
            "ed25519" => key.PublicKey.Length == Ed25519.KeyLength ? (Ed25519.KeyLength * 8, null) : (0, "the key is malformed"),
            _ => (0, "the key is for an unknown algorithm"),
        };
    }

    /// <summary>The octets of a key in one form: an RSA key as a SubjectPublicKeyInfo. What cannot be read stays as it is.</summary>
    public static ReadOnlySpan<byte> Canonical(DkimKeyRecord key)
    {
        if (key.KeyType != "rsa" || key.PublicKey.Length > MaxRsaOctets)
            return key.PublicKey.Span;
        using var rsa = RSA.Create();
        try
        {
            return TryImport(rsa, key.PublicKey.Span) ? rsa.ExportSubjectPublicKeyInfo() : key.PublicKey.Span;
        }
        catch (CryptographicException)
        {
            return key.PublicKey.Span;
        }
    }

    private static (int Size, string? Fault) InspectRsa(ReadOnlySpan<byte> key)
    {
        if (key.Length > MaxRsaOctets)
            return (0, "the key is too large");
        using var rsa = RSA.Create();
        try
        {
            if (!TryImport(rsa, key))
                return (0, "the key is malformed");
            return rsa.KeySize switch
            {
                < MinRsaSize => (rsa.KeySize, $"the key has {rsa.KeySize} bits; verifiers refuse less than {MinRsaSize}"),
                > DkimPrivateKey.MaxRsaSize => (rsa.KeySize, $"the key has {rsa.KeySize} bits; verifiers may refuse more than {DkimPrivateKey.MaxRsaSize}"),
                _ => (rsa.KeySize, null),
            };
        }
        catch (CryptographicException)
        {
            return (0, "the key is malformed");
        }
    }

    private static DkimVerdict? Check(DkimSignature signature, DkimKeyRecord key)
    {
        if (key.IsRevoked)
            return DkimVerdict.PermError("the key is revoked");
        if (!key.AllowsEmail)
            return DkimVerdict.PermError("the key is not for mail");
        if (key.KeyType != signature.Algorithm.ToKeyType())
            return DkimVerdict.PermError("the key is for another algorithm");
        if (!key.AllowsSha256)
            return DkimVerdict.PermError("the key is for another hash");
        if (key.IsStrict && signature.IdentityDomain != signature.Domain)
            return DkimVerdict.PermError("the key wants i= to be in d= itself");
        return null;
    }

    private static DkimVerdict VerifyRsa(ReadOnlySpan<byte> key, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> value, int maxSize)
    {
        if (key.Length > MaxRsaOctets)
            return DkimVerdict.Policy("the key is too large");
        using var rsa = RSA.Create();
        try
        {
            if (!TryImport(rsa, key) || rsa.ExportParameters(false).Exponent!.Length > MaxExponentOctets)
                return DkimVerdict.PermError("the key is malformed");
            if (rsa.KeySize < MinRsaSize || rsa.KeySize > maxSize)
                return DkimVerdict.Policy(rsa.KeySize < MinRsaSize ? "the key is too small" : "the key is too large");
            return Judge(rsa.VerifyHash(digest, value, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        }
        catch (CryptographicException)
        {
            return DkimVerdict.PermError("the key is malformed");
        }
    }

    // RFC 6376 §3.6.1 speaks of an RSAPublicKey and shows a SubjectPublicKeyInfo: both are in use.
    private static bool TryImport(RSA rsa, ReadOnlySpan<byte> key)
    {
        int read;
        try
        {
            rsa.ImportSubjectPublicKeyInfo(key, out read);
        }
        catch (CryptographicException)
        {
            rsa.ImportRSAPublicKey(key, out read);
        }
        return read == key.Length;
    }

    private static DkimVerdict VerifyEd25519(ReadOnlySpan<byte> key, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> value)
    {
        if (!LibCrypto.IsAvailable)
            return DkimVerdict.Neutral("a= needs OpenSSL");
        if (key.Length != Ed25519.KeyLength)
            return DkimVerdict.PermError("the key is malformed");
        using var handle = Ed25519.ImportPublicKey(key);
        return handle.IsInvalid ? DkimVerdict.PermError("the key is malformed") : Judge(Ed25519.Verify(handle, digest, value));
    }

    private static DkimVerdict Judge(bool isGood) => isGood ? DkimVerdict.Pass : DkimVerdict.Fail("the signature does not match");
}
