using System.Globalization;
using System.Security.Cryptography;
using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Configuration;

/// <summary>Certificates of listeners.</summary>
public sealed class ListenerTlsTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();
    private readonly TestAuthority _authority = new(TimeProvider.System);

    public void Dispose()
    {
        _folder.Dispose();
        _authority.Dispose();
    }

    [Theory]
    [InlineData("starttls", TlsMode.StartTls)]
    [InlineData("implicit", TlsMode.Implicit)]
    public void Load_CertificateAndKey_AreInTheModel(string tls, TlsMode mode)
    {
        Issue("relay.example");
        var listener = _folder.Model(Toml(tls: tls)).Listeners[0];
        Assert.Equal((mode, "CN=relay.example"), (listener.Tls, listener.Certificate!.TargetCertificate.Subject));
        Assert.True(listener.Certificate.TargetCertificate.HasPrivateKey);
        Assert.Equal(["CN=Test intermediate"], listener.Certificate.IntermediateCertificates.Select(certificate => certificate.Subject));
    }

    [Fact]
    public void Load_KeyInTheSameFileOrInTheEnvironment_IsFound()
    {
        var (certificate, key) = Issue("relay.example");
        _folder.Environment["KEY"] = key;
        _folder.Model(Toml("env:KEY"));
        _folder.WriteSecret("tls.pem", certificate + key);
        _folder.Model(Toml(key: null));
    }

    [Fact]
    public void Load_RsaKeyInItsOldForm_IsRead()
    {
        using var rsa = RSA.Create(2048);
        var (certificate, _) = _authority.Issue("relay.example", key: rsa);
        _folder.Write("tls.pem", certificate);
        _folder.WriteSecret("tls.key", rsa.ExportRSAPrivateKeyPem() + "\n");
        _folder.Model(Toml());
    }

    [Fact]
    public void O4_AnotherCertificate_IsAnotherModel()
    {
        Issue("relay.example");
        var before = _folder.Model(Toml());
        Issue("relay.example");
        Assert.NotEqual(before.Version, _folder.Model(Toml()).Version);
    }

    [Fact]
    public void O4_ExpiredCertificate_IsRefused()
    {
        Issue("relay.example", days: -10);
        var expired = TimeProvider.System.GetUtcNow().AddDays(-11).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Assert.Equal([$"relay.toml:6:15: error: listener[0].certificate: the certificate in 'tls.pem' expired on {expired}"], _folder.Problems(Toml()));
    }

    [Fact]
    public void O4_KeyOfAnotherCertificate_IsRefused()
    {
        Issue("relay.example");
        _folder.WriteSecret("tls.key", _authority.Issue("relay.example").KeyPem);
        Assert.Equal(["relay.toml:7:7: error: listener[0].key: the private key is not valid, or not that of the first certificate in the chain"], _folder.Problems(Toml()));
    }

    [Theory]
    [InlineData("", "the file 'tls.pem' holds no certificate in PEM form")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "the file 'tls.pem' holds a certificate that is not valid")]
    [InlineData(null, "the file 'tls.pem' does not exist")]
    public void O4_NoCertificate_IsRefused(string? content, string problem)
    {
        Issue("relay.example");
        File.Delete(Path.Combine(_folder.Path, "tls.pem"));
        if (content is not null)
            _folder.Write("tls.pem", content);
        Assert.Equal([$"relay.toml:6:15: error: listener[0].certificate: {problem}"], _folder.Problems(Toml()));
    }

    [Theory]
    [InlineData("hush", "there is no private key in PEM form")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "the private key is not valid, or not that of the first certificate in the chain")]
    [InlineData("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "the private key is encrypted; expected one without a passphrase, readable by the relay alone")]
    [InlineData("\n", "the secret 'file:tls.key' is not set or empty")]
    public void O4_NoKey_IsRefusedWithoutShowingIt(string content, string problem)
    {
        Issue("relay.example");
        _folder.WriteSecret("tls.key", content);
        Assert.Equal([$"relay.toml:7:7: error: listener[0].key: {problem}"], _folder.Problems(Toml()));
    }

    [Fact]
    public void Load_KeyInAFileThatAllMayRead_Warns()
    {
        var (_, key) = Issue("relay.example");
        _folder.WriteSecret("tls.key", key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Equal(["relay.toml:7:7: warning: listener[0].key: every user of this machine can read the file 'tls.key'; chmod o-r it"], _folder.Problems(Toml()));
    }

    [Fact]
    public void Load_CertificateWithoutTls_Warns()
    {
        Issue("relay.example");
        Assert.Equal(
            ["relay.toml:6:15: warning: listener[0].certificate: has no effect without TLS; for TLS set tls = \"starttls\" or \"implicit\" beside it"],
            _folder.Problems(Toml(tls: "none")));
    }

    private (string CertificatePem, string KeyPem) Issue(string name, int days = 30)
    {
        var issued = _authority.Issue(name, days);
        _folder.Write("tls.pem", issued.CertificatePem + _authority.IntermediatePem);
        _folder.WriteSecret("tls.key", issued.KeyPem);
        return issued;
    }

    // Line 5 is tls, 6 certificate, 7 key.
    private static string Toml(string? key = "file:tls.key", string tls = "starttls") => ConfigurationFolder.Minimal.Replace(
        "127.0.0.1:2525\"\n", $"127.0.0.1:2525\"\ntls = \"{tls}\"\ncertificate = \"tls.pem\"\n" + (key is null ? "" : $"key = \"{key}\"\n"));
}
