using System.Formats.Asn1;
using System.Security.Cryptography;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>An Ed25519 key (RFC 8032 §5.1, RFC 8463).</summary>
internal sealed class Ed25519PrivateKey : DkimPrivateKey
{
    public const string Oid = "1.3.101.112";

    private readonly EvpKey _key;

    /// <param name="octets">The 32 octets of the key; overwritten with zeros.</param>
    public Ed25519PrivateKey(byte[] octets)
    {
        _key = Ed25519.ImportPrivateKey(octets);
        CryptographicOperations.ZeroMemory(octets);
        Record = DkimKeyRecord.For(DkimAlgorithm.Ed25519Sha256, Ed25519.ExportPublicKey(_key));
    }

    public override DkimAlgorithm Algorithm => DkimAlgorithm.Ed25519Sha256;

    public override int Size => Ed25519.KeyLength * 8;

    public override DkimKeyRecord Record { get; }

    internal override int SignatureLength => Ed25519.SignatureLength;

    // RFC 8463 §3: what PureEdDSA signs is the digest.
    internal override void Sign(ReadOnlySpan<byte> digest, Span<byte> signature) => Ed25519.Sign(_key, digest, signature);

    // RFC 8410 §7: version 0, the algorithm without parameters, and the octets in an OCTET STRING of their own.
    public override string ToPem()
    {
        var octets = Ed25519.ExportPrivateKey(_key);
        var inner = new AsnWriter(AsnEncodingRules.DER);
        inner.WriteOctetString(octets);
        CryptographicOperations.ZeroMemory(octets);
        var outer = new AsnWriter(AsnEncodingRules.DER);
        using (outer.PushSequence())
        {
            outer.WriteInteger(0);
            using (outer.PushSequence())
                outer.WriteObjectIdentifier(Oid);
            outer.WriteOctetString(inner.Encode());
        }
        return PemEncoding.WriteString("PRIVATE KEY", outer.Encode()) + "\n";
    }

    public override void Dispose() => _key.Dispose();
}
