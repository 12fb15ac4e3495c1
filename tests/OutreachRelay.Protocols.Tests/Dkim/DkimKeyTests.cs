using System.Security.Cryptography;
using OutreachRelay.Protocols.Dkim;

namespace OutreachRelay.Protocols.Tests.Dkim;

public class DkimKeyTests
{
    /// <summary>RFC 8463 appendix A.2: the private and the public key of the example.</summary>
    private const string ExampleKey = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
    private const string ExampleRecord = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    [Fact]
    public void TryReadPem_Ed25519KeyOfTheRfc_HasItsPublicKey()
    {
        // RFC 8410 §7: the octets in front of every such key.
        var pkcs8 = Convert.FromHexString("302e020100300506032b657004220420").Concat(Convert.FromBase64String(ExampleKey)).ToArray();

        using var key = Read(PemEncoding.WriteString("PRIVATE KEY", pkcs8));

        Assert.Equal(ExampleRecord, key.Record.Text);
        Assert.Equal((DkimAlgorithm.Ed25519Sha256, 256, false), (key.Algorithm, key.Size, key.IsWeak));
        Assert.Equal(PemEncoding.WriteString("PRIVATE KEY", pkcs8) + "\n", key.ToPem());
    }

    [Theory]
    [InlineData(2048)]
    [InlineData(3072)]
    public void GenerateRsa_EachSize_CanBeReadAgain(int size)
    {
        using var key = DkimPrivateKey.GenerateRsa(size);
        using var again = Read("Some words before.\n" + key.ToPem());

        Assert.Equal(key.Record.Text, again.Record.Text);
        Assert.Equal((DkimAlgorithm.RsaSha256, size, false), (again.Algorithm, again.Size, again.IsWeak));
    }

    [Fact]
    public void GenerateRsa_AnotherSize_IsAnErrorOfTheProgram() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DkimPrivateKey.GenerateRsa(1024));

    [Fact]
    public void GenerateEd25519_Twice_GivesTwoKeysThatCanBeReadAgain()
    {
        using var key = DkimPrivateKey.GenerateEd25519();
        using var other = DkimPrivateKey.GenerateEd25519();
        using var again = Read(key.ToPem());

        Assert.Equal(key.Record.Text, again.Record.Text);
        Assert.NotEqual(key.Record.Text, other.Record.Text);
    }

    [Fact]
    public void TryReadPem_Pkcs1_IsReadBesideOtherBlocks()
    {
        using var rsa = RSA.Create(2048);

        using var key = Read(rsa.ExportSubjectPublicKeyInfoPem() + "\n" + rsa.ExportRSAPrivateKeyPem());

        Assert.Equal(rsa.ExportSubjectPublicKeyInfo(), key.Record.PublicKey.ToArray());
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(2040, true)]
    [InlineData(2048, false)]
    public void TryReadPem_RsaBelowTheAdvisedSize_IsWeak(int size, bool isWeak)
    {
        using var rsa = RSA.Create(size);
        using var key = Read(rsa.ExportPkcs8PrivateKeyPem());

        Assert.Equal(isWeak, key.IsWeak);
    }

    [Theory]
    [InlineData(512, "the RSA key has 512 bits; verifiers refuse less than 1024")]
    [InlineData(4104, "the RSA key has 4104 bits; verifiers may refuse more than 4096")]
    public void TryReadPem_RsaOfAnotherSize_IsRefused(int size, string expected)
    {
        using var rsa = RSA.Create(size);

        AssertRefused(expected, rsa.ExportPkcs8PrivateKeyPem());
        AssertRefused(expected, rsa.ExportRSAPrivateKeyPem());
    }

    [Fact]
    public void TryReadPem_EncryptedKey_IsRefused()
    {
        const string Expected = "the private key is encrypted: it must be without a passphrase";
        var parameters = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        using var rsa = RSA.Create(2048);

        AssertRefused(Expected, rsa.ExportEncryptedPkcs8PrivateKeyPem("secret", parameters));
        AssertRefused(Expected, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n");
    }

    [Fact]
    public void TryReadPem_KeyForSomethingElse_IsRefused()
    {
        const string Expected = "the private key is neither RSA nor Ed25519";
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        AssertRefused(Expected, ecdsa.ExportPkcs8PrivateKeyPem());
        AssertRefused(Expected, ecdsa.ExportECPrivateKeyPem());
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA")]
    [InlineData("-----BEGIN PRIVATE KEY-----\n***\n-----END PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")]
    public void TryReadPem_NoKey_IsRefused(string pem) => AssertRefused("there is no private key in PEM form", pem);

    [Fact]
    public void TryReadPem_DamagedKeys_NeverThrow()
    {
        var random = new Random(20260302);
        foreach (var key in (DkimPrivateKey[])[TestKeys.Rsa, TestKeys.Ed25519])
        {
            var octets = Convert.FromBase64String(string.Concat(key.ToPem().Split('\n')[1..^2]));
            for (var round = 0; round < 500; round++)
            {
                var damaged = octets[..random.Next(1, octets.Length + 1)];
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                foreach (var label in (string[])["PRIVATE KEY", "RSA PRIVATE KEY"])
                {
                    if (DkimPrivateKey.TryReadPem(PemEncoding.WriteString(label, damaged), out var read, out var error))
                        read.Dispose();
                    else
                        Assert.Matches("damaged|neither|bits", error);
                }
            }
        }
    }

    [Fact]
    public void Use_AfterDispose_IsAnErrorOfTheProgram()
    {
        foreach (var key in (DkimPrivateKey[])[DkimPrivateKey.GenerateRsa(2048), DkimPrivateKey.GenerateEd25519()])
        {
            key.Dispose();
            Assert.Throws<ObjectDisposedException>(() => key.Sign(new byte[32], new byte[key.SignatureLength]));
            Assert.Throws<ObjectDisposedException>(key.ToPem);
        }
    }

    [Fact]
    public void Record_LongKey_ComesInStringsOf255()
    {
        var key = TestKeys.LargestRsa.Value;

        Assert.Equal(4096, key.Size);
        Assert.All(key.Record.Strings, piece => Assert.InRange(piece.Length, 1, 255));
        Assert.Equal(3, key.Record.Strings.Count);
        Assert.Equal(key.Record.Text, string.Concat(key.Record.Strings));
        Assert.True(DkimKeyRecord.TryParse(string.Concat(key.Record.Strings), out var record, out _));
        Assert.Equal(key.Record.PublicKey.ToArray(), record.PublicKey.ToArray());
    }

    [Fact]
    public void TryParse_RecordWithAllTags_ReadsThem()
    {
        Assert.True(DkimKeyRecord.TryParse("v=DKIM1; k=ed25519; h=sha1; s=tlsrpt; t=y:s; n=why; p=QUJD", out var record, out _));

        Assert.Equal("ed25519", record.KeyType);
        Assert.Equal("ABC"u8.ToArray(), record.PublicKey.ToArray());
        Assert.Equal((false, false, true, true, false), (record.AllowsSha256, record.AllowsEmail, record.IsTesting, record.IsStrict, record.IsRevoked));
    }

    [Fact]
    public void TryParse_RecordWithKeyAlone_HasTheDefaults()
    {
        Assert.True(DkimKeyRecord.TryParse("p=;", out var record, out _));

        Assert.Equal("rsa", record.KeyType);
        Assert.Equal((true, true, false, false, true), (record.AllowsSha256, record.AllowsEmail, record.IsTesting, record.IsStrict, record.IsRevoked));
    }

    private static DkimPrivateKey Read(string pem)
    {
        Assert.True(DkimPrivateKey.TryReadPem(pem, out var key, out var error), error);
        return key;
    }

    private static void AssertRefused(string expected, string pem)
    {
        Assert.False(DkimPrivateKey.TryReadPem(pem, out var key, out var error));
        Assert.Null(key);
        Assert.Equal(expected, error);
    }
}
