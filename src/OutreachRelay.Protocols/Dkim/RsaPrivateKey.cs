using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>An RSA key (RFC 8017 §8.2, RSASSA-PKCS1-v1_5).</summary>
/// <remarks>
/// .NET does not promise that one <see cref="RSA"/> may be used by several threads, so each signature borrows one: there are never more than signatures
/// were made at the same time.
/// </remarks>
internal sealed class RsaPrivateKey : DkimPrivateKey
{
    private readonly ConcurrentBag<RSA> _idle = [];
    private readonly byte[] _pkcs8;
    private volatile bool _isDisposed;

    /// <param name="rsa">Becomes this key's own.</param>
    public RsaPrivateKey(RSA rsa)
    {
        Size = rsa.KeySize;
        Record = DkimKeyRecord.For(DkimAlgorithm.RsaSha256, rsa.ExportSubjectPublicKeyInfo());
        _pkcs8 = rsa.ExportPkcs8PrivateKey();
        _idle.Add(rsa);
    }

    public override DkimAlgorithm Algorithm => DkimAlgorithm.RsaSha256;

    public override int Size { get; }

    public override DkimKeyRecord Record { get; }

    internal override int SignatureLength => (Size + 7) / 8;

    public override string ToPem()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return PemEncoding.WriteString("PRIVATE KEY", _pkcs8) + "\n";
    }

    internal override void Sign(ReadOnlySpan<byte> digest, Span<byte> signature)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var rsa = _idle.TryTake(out var idle) ? idle : Create();
        rsa.SignHash(digest, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        _idle.Add(rsa);
        if (_isDisposed)
            DisposeIdle();
    }

    public override void Dispose()
    {
        _isDisposed = true;
        DisposeIdle();
        CryptographicOperations.ZeroMemory(_pkcs8);
    }

    private void DisposeIdle()
    {
        while (_idle.TryTake(out var rsa))
            rsa.Dispose();
    }

    private RSA Create()
    {
        var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(_pkcs8, out _);
        return rsa;
    }
}
