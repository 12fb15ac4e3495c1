using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Dkim;

namespace OutreachRelay.Tests.Configuration;

/// <summary>The keys of <c>[[domain]]</c> with which we sign.</summary>
public sealed class OwnKeyTests : IDisposable
{
    private static readonly string Rsa = Pem(DkimPrivateKey.GenerateRsa(2048));
    private static readonly string Ed25519 = Pem(DkimPrivateKey.GenerateEd25519());

    private readonly ConfigurationFolder _folder = new();

    public OwnKeyTests()
    {
        _folder.WriteSecret("rsa.pem", Rsa);
        _folder.WriteSecret("ed.pem", Ed25519);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_TwoKeys_SignBothInTheOrderOfTheFile()
    {
        var keys = Keys(_folder.Model(Toml("""
            dkim_selector = "OR1"
            dkim_key = "file:rsa.pem"
            dkim = [{ selector = "or1e", key = "file:ed.pem" }]
            """)));

        Assert.Equal([("or1", "rsa"), ("or1e", "ed25519")], keys.Select(key => (key.Selector, key.Record.KeyType)));
    }

    [Fact]
    public void Load_KeyOfTheEnvironment_IsTaken()
    {
        _folder.Environment["DKIM"] = Rsa;

        Assert.Equal("or1", Assert.Single(Keys(_folder.Model(Toml("[[domain.dkim]]\nselector = \"or1\"\nkey = \"env:DKIM\"")))).Selector);
    }

    [Fact]
    public void Load_SeveralDomains_ShareAKey()
    {
        var model = _folder.Model(Toml(Pair("or1", "rsa.pem")) + "\n[[domain]]\nname = \"two.example\"\n" + Pair("x2", "rsa.pem"));

        Assert.Equal(Keys(model)[0].Record, Assert.Single(model.Domains["two.example"].OwnKeys).Record);
    }

    [Fact]
    public void Load_OtherKeyInTheSameFile_IsAnotherConfiguration()
    {
        var before = _folder.Model(Toml(Pair("or1", "rsa.pem")));
        _folder.WriteSecret("rsa.pem", Pem(DkimPrivateKey.GenerateRsa(2048)));
        var after = _folder.Model(Toml(Pair("or1", "rsa.pem")));

        Assert.NotEqual(before.Version, after.Version);
        Assert.False(Keys(before)[0].Record.HasSameKey(Keys(after)[0].Record));
    }

    [Fact]
    public void O8_KeyFileThatAllCanRead_IsWarnedOf()
    {
        _folder.WriteSecret("rsa.pem", Rsa, UnixFileMode.UserRead | UnixFileMode.OtherRead);

        Assert.Equal(
            ["relay.toml:23:12: warning: domain[0].dkim_key: every user of this machine can read the file 'rsa.pem'; chmod o-r it"],
            _folder.Problems(Toml(Pair("or1", "rsa.pem"))));
    }

    [Fact]
    public void O8_DamagedKey_IsNeverShown()
    {
        _folder.WriteSecret("rsa.pem", Rsa.Replace("MII", "M-I", StringComparison.Ordinal));

        var problem = Assert.Single(_folder.Problems(Toml(Pair("or1", "rsa.pem"))));

        Assert.StartsWith("relay.toml:23:12: error: domain[0].dkim_key: ", problem);
        Assert.DoesNotContain(Rsa.Split('\n')[3], problem);
    }

    [Theory]
    [InlineData("dkim_selector = \"or1\"", "domain[0].dkim_selector: expected dkim_selector and dkim_key together")]
    [InlineData("dkim_key = \"file:rsa.pem\"", "domain[0].dkim_key: expected dkim_selector and dkim_key together")]
    [InlineData("dkim_selector = \"or1\"\ndkim_key = \"file:s.csv\"", "domain[0].dkim_key: there is no private key in PEM form")]
    [InlineData("dkim_selector = \"or1\"\ndkim_key = \"file:gone.pem\"", "domain[0].dkim_key: the file 'gone.pem' does not exist")]
    [InlineData("dkim_selector = \"or1\"\ndkim_key = \"env:GONE\"", "domain[0].dkim_key: the secret 'env:GONE' is not set or empty")]
    [InlineData("dkim_selector = \"or1\"\ndkim_key = \"file:.\"", "domain[0].dkim_key: the file '.' is a folder")]
    [InlineData("dkim_selector = \"or..1\"\ndkim_key = \"file:rsa.pem\"", "domain[0].dkim_selector: the selector is not valid")]
    [InlineData("dkim = [{ selector = \"or1\" }]", "domain[0].dkim[0].key: is missing")]
    [InlineData("dkim = [{ selector = \"a\", key = \"file:rsa.pem\" }, { selector = \"A\", key = \"file:ed.pem\" }]", "domain[0].dkim[1].selector: the selector 'A' has a key already")]
    public void Load_WrongKey_SaysWhatItExpects(string keys, string message) =>
        Assert.Contains(_folder.Problems(Toml(keys)), problem => problem.Contains("error: " + message));

    [Fact]
    public void Load_MoreThanFourKeys_IsAnError()
    {
        var keys = string.Join(", ", Enumerable.Range(0, 5).Select(i => $"{{ selector = \"k{i}\", key = \"file:rsa.pem\" }}"));

        Assert.Contains("has 5 keys to sign with; expected at most 4", Assert.Single(_folder.Problems(Toml($"dkim = [{keys}]"))));
    }

    [Fact]
    public void Load_Ed25519Alone_IsWarnedOf() =>
        Assert.Contains("warning: domain[0].dkim_key: many receivers know RSA only", Assert.Single(_folder.Problems(Toml(Pair("or1", "ed.pem")))));

    [Fact]
    public void Load_ShortRsaKey_IsWarnedOf()
    {
        using var rsa = System.Security.Cryptography.RSA.Create(1024);
        _folder.WriteSecret("short.pem", rsa.ExportPkcs8PrivateKeyPem());

        Assert.Contains("warning: domain[0].dkim_key: the RSA key has 1024 bits; 2048 are advised", Assert.Single(_folder.Problems(Toml(Pair("or1", "short.pem")))));
    }

    private static string Pem(DkimPrivateKey key)
    {
        using (key)
            return key.ToPem();
    }

    private static string Pair(string selector, string file) => $"dkim_selector = \"{selector}\"\ndkim_key = \"file:{file}\"";

    private static string Toml(string keys) => ConfigurationFolder.Minimal + "[[domain]]\nname = \"one.example\"\n" + keys + "\n";

    private static IReadOnlyList<OwnKeyModel> Keys(RelayModel model) => model.Domains["one.example"].OwnKeys;
}
