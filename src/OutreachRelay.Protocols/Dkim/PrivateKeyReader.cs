using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>Reads private keys in PEM form (RFC 7468; RFC 8017 A.1.2, RFC 5958, RFC 8410).</summary>
internal static class PrivateKeyReader
{
    private const string RsaOid = "1.2.840.113549.1.1.1";

    private const string Encrypted = "the private key is encrypted: it must be without a passphrase";

    private const string NotForDkim = "the private key is neither RSA nor Ed25519";

    private const string Damaged = "the private key is damaged";

    public static bool TryRead(ReadOnlySpan<char> pem, [NotNullWhen(true)] out DkimPrivateKey? key, [NotNullWhen(false)] out string? error)
    {
        key = null;
        error = "there is no private key in PEM form";
        // The older form of encryption has lines before its base64 and so is no PEM of RFC 7468: it has to be asked for first.
        if (pem.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
            error = Encrypted;
        for (var rest = pem; PemEncoding.TryFind(rest, out var found); rest = rest[found.Location.End..])
        {
            switch (rest[found.Label])
            {
                case "ENCRYPTED PRIVATE KEY":
                    error = Encrypted;
                    return false;
                case "RSA PRIVATE KEY":
                    return TryReadOctets(rest[found.Base64Data], isPkcs8: false, out key, out error);
                case "PRIVATE KEY":
                    return TryReadOctets(rest[found.Base64Data], isPkcs8: true, out key, out error);
                case "EC PRIVATE KEY" or "DSA PRIVATE KEY" or "OPENSSH PRIVATE KEY":
                    error = NotForDkim;
                    break;
            }
        }
        return false;
    }

    private static bool TryReadOctets(
        ReadOnlySpan<char> base64, bool isPkcs8, [NotNullWhen(true)] out DkimPrivateKey? key, [NotNullWhen(false)] out string? error)
    {
        var room = new byte[base64.Length];
        try
        {
            Convert.TryFromBase64Chars(base64, room, out var length);
            (key, error) = isPkcs8 ? ReadPkcs8(room.AsMemory(0, length)) : ReadRsa(rsa => rsa.ImportRSAPrivateKey(room.AsSpan(0, length), out _));
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            (key, error) = (null, Damaged);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(room);
        }
        return key is not null;
    }

    private static (DkimPrivateKey? Key, string? Error) ReadPkcs8(ReadOnlyMemory<byte> octets)
    {
        var sequence = new AsnReader(octets, AsnEncodingRules.BER).ReadSequence();
        sequence.ReadInteger();
        var oid = sequence.ReadSequence().ReadObjectIdentifier();
        if (oid == RsaOid)
            return ReadRsa(rsa => rsa.ImportPkcs8PrivateKey(octets.Span, out _));
        if (oid != Ed25519PrivateKey.Oid)
            return (null, NotForDkim);
        if (!LibCrypto.IsAvailable)
            return (null, "Ed25519 needs OpenSSL 1.1.1 or later");
        var inner = new AsnReader(sequence.ReadOctetString(), AsnEncodingRules.BER).ReadOctetString();
        return inner.Length == Ed25519.KeyLength ? (new Ed25519PrivateKey(inner), null) : (null, Damaged);
    }

    private static (DkimPrivateKey? Key, string? Error) ReadRsa(Action<RSA> import)
    {
        var rsa = RSA.Create();
        try
        {
            import(rsa);
            var fault = rsa.KeySize switch
            {
                < DkimPrivateKey.MinRsaSize => $"the RSA key has {rsa.KeySize} bits; verifiers refuse less than {DkimPrivateKey.MinRsaSize}",
                > DkimPrivateKey.MaxRsaSize => $"the RSA key has {rsa.KeySize} bits; verifiers may refuse more than {DkimPrivateKey.MaxRsaSize}",
                _ => null,
            };
            if (fault is not null)
                return (null, fault);
            var key = new RsaPrivateKey(rsa);
            rsa = null;
            return (key, null);
        }
        finally
        {
            rsa?.Dispose();
        }
    }
}
