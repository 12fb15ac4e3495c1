using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>A key that signs. It may be used by any number of threads at once.</summary>
public abstract class DkimPrivateKey : IDisposable
{
    /// <summary>RFC 8301 §3.2: a verifier needs to accept no larger RSA key.</summary>
    public const int MaxRsaSize = 4096;

    /// <summary>RFC 8301 §3.2: below it a verifier must not accept an RSA key.</summary>
    public const int MinRsaSize = PublicKeys.MinRsaSize;

    /// <summary>RFC 8301 §3.2: signers should use RSA keys of this size at least.</summary>
    public const int AdvisedRsaSize = 2048;

    private protected DkimPrivateKey() { }

    public abstract DkimAlgorithm Algorithm { get; }

    /// <summary>The size in bits: for RSA that of the modulus, for Ed25519 256.</summary>
    public abstract int Size { get; }

    /// <summary>Whether signatures verify now, but the key is smaller than RFC 8301 §3.2 advises.</summary>
    public bool IsWeak => Algorithm == DkimAlgorithm.RsaSha256 && Size < AdvisedRsaSize;

    /// <summary>What is to be published at <c>selector._domainkey.domain</c>.</summary>
    public abstract DkimKeyRecord Record { get; }

    /// <summary>Makes an RSA key.</summary>
    /// <param name="size">Bits: 2048, 3072 or 4096.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is another.</exception>
    public static DkimPrivateKey GenerateRsa(int size)
    {
        if (size is not (AdvisedRsaSize or 3072 or MaxRsaSize))
            throw new ArgumentOutOfRangeException(nameof(size), size, "An RSA key has 2048, 3072 or 4096 bits.");
        return new RsaPrivateKey(RSA.Create(size));
    }

    /// <summary>Makes an Ed25519 key (RFC 8032 §5.1.5: any 32 random octets are one).</summary>
    /// <exception cref="PlatformNotSupportedException">There is no OpenSSL.</exception>
    public static DkimPrivateKey GenerateEd25519() => LibCrypto.IsAvailable
        ? new Ed25519PrivateKey(RandomNumberGenerator.GetBytes(Ed25519.KeyLength))
        : throw new PlatformNotSupportedException("Ed25519 needs OpenSSL 1.1.1 or later.");

    /// <summary>Reads the first private key of a text in PEM form: PKCS#1 (<c>RSA PRIVATE KEY</c>) or PKCS#8 (<c>PRIVATE KEY</c>), not encrypted.</summary>
    /// <param name="error">Why there is none, in words that can be shown; nothing of the text is repeated.</param>
    public static bool TryReadPem(ReadOnlySpan<char> pem, [NotNullWhen(true)] out DkimPrivateKey? key, [NotNullWhen(false)] out string? error) =>
        PrivateKeyReader.TryRead(pem, out key, out error);

    /// <summary>The private key in PEM form, PKCS#8, not encrypted.</summary>
    public abstract string ToPem();

    public abstract void Dispose();

    /// <summary>Octets of a signature.</summary>
    internal abstract int SignatureLength { get; }

    /// <param name="digest">SHA-256 of what is signed.</param>
    /// <param name="signature">Takes <see cref="SignatureLength"/> octets.</param>
    internal abstract void Sign(ReadOnlySpan<byte> digest, Span<byte> signature);
}
