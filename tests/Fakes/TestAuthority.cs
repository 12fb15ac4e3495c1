using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OutreachRelay.Tests;

/// <summary>A certificate authority for one test: a root, an intermediate, and what they sign. PEM all around.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _intermediate;
    private readonly TimeProvider _time;

    public TestAuthority(TimeProvider time)
    {
        _time = time;
        var now = time.GetUtcNow();
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _root = Authority("CN=Test root", rootKey).CreateSelfSigned(now.AddYears(-1), now.AddYears(1));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signed = Authority("CN=Test intermediate", key).Create(_root, now.AddMonths(-6), now.AddMonths(6), Serial());
        _intermediate = signed.CopyWithPrivateKey(key);
    }

    public string RootPem => _root.ExportCertificatePem() + "\n";

    public string IntermediatePem => _intermediate.ExportCertificatePem() + "\n";

    /// <summary>A certificate for these names, and its private key.</summary>
    /// <param name="days">How long it is valid from yesterday on; a negative number makes it one that has expired.</param>
    public (string CertificatePem, string KeyPem) Issue(string name, int days = 30, AsymmetricAlgorithm? key = null)
    {
        using var own = key is null ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
        var request = key is RSA rsa
            ? new CertificateRequest($"CN={name}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest($"CN={name}", (ECDsa?)key ?? own!, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        var from = _time.GetUtcNow().AddDays(-1);
        var (start, end) = days >= 0 ? (from, from.AddDays(days)) : (from.AddDays(2 * days), from.AddDays(days));
        using var signed = request.Create(
            _intermediate.SubjectName, X509SignatureGenerator.CreateForECDsa(_intermediate.GetECDsaPrivateKey()!), start, end, Serial());
        return (signed.ExportCertificatePem() + "\n", (key ?? own!).ExportPkcs8PrivateKeyPem() + "\n");
    }

    public void Dispose()
    {
        _root.Dispose();
        _intermediate.Dispose();
    }

    private static byte[] Serial() => [1, .. RandomNumberGenerator.GetBytes(15)];

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request;
    }
}
