using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Tests.Smtp.Client;

namespace OutreachRelay.Tests.Configuration;

/// <summary>What an upstream needs, and when plaintext is refused.</summary>
public sealed class UpstreamRuleTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public UpstreamRuleTests()
    {
        _folder.Environment["U"] = "user";
        _folder.Environment["P"] = "hunter2";
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("host = \"smtp.example.com\"", 587, TlsMode.StartTls)]
    [InlineData("host = \"smtp.example.com\"\ntls = \"implicit\"", 465, TlsMode.Implicit)]
    [InlineData("host = \"smtp.example.com\"\ntls = \"none\"", 25, TlsMode.None)]
    [InlineData("host = \"10.1.2.3\"\ntls = \"none\"\nport = 2526", 2526, TlsMode.None)]
    [InlineData("host = \"[fd00::1]\"\ntls = \"none\"", 25, TlsMode.None)]
    [InlineData("host = \"smtp.example.com\"\nusername = \"apikey\"\npassword = \"env:P\"", 587, TlsMode.StartTls)]
    public void Load_SmtpUpstream_HasPortAndTls(string lines, int port, TlsMode tls)
    {
        var upstream = _folder.Model(Toml(lines)).Upstreams["up"];

        Assert.Equal((port, tls), (upstream.Port, upstream.Tls));
    }

    [Theory]
    [InlineData("tls = \"none\"", "20:1: error: upstream[1].host: is missing: type = \"smtp\" needs a host")]
    [InlineData("host = \"a b\"", "23:8: error: upstream[1].host: expected a host name such as \"relay.example.com\", found 'a b'")]
    [InlineData("host = 7", "23:8: error: upstream[1].host: expected a host name or an address in quotes, found an integer")]
    [InlineData("host = \"h.example\"\nport = 0", "24:8: error: upstream[1].port: expected a whole number from 1 to 65535, found 0")]
    [InlineData("host = \"h.example\"\nusername = \"u\"", "24:12: error: upstream[1].username: expected username and password, or neither")]
    [InlineData("host = \"h.example\"\npassword = \"env:P\"", "24:12: error: upstream[1].password: expected username and password, or neither")]
    [InlineData("host = \"h.example\"\nusername = \"u\"\npassword = \"env:NOPE\"", "25:12: error: upstream[1].password: the secret 'env:NOPE' is not set or empty")]
    [InlineData("host = \"h.example\"\nusername = \"env:NOPE\"\npassword = \"env:P\"", "24:12: error: upstream[1].username: the secret 'env:NOPE' is not set or empty")]
    [InlineData("host = \"h.example\"\nusername = \"u\"\npassword = \"hunter2\"", "25:12: error: upstream[1].password: expected a secret as \"env:NAME\" or \"file:PATH\"; secrets do not stand in this file")]
    [InlineData("region = \"eu\"\nhost = \"h.example\"", "23:10: error: upstream[1].region: has no meaning without a preset, which would say what becomes of it")]
    [InlineData("ip_pool = \"cold\"\nhost = \"h.example\"", "23:11: error: upstream[1].ip_pool: has no meaning without a preset, which would say what becomes of it")]
    public void Load_IncompleteSmtpUpstream_IsAnError(string lines, string problem)
    {
        Assert.Equal(["relay.toml:" + problem], _folder.Problems(Toml(lines)));
    }

    [Theory]
    [InlineData("host = \"127.0.0.1\"\ntls = \"none\"\nusername = \"u\"\npassword = \"env:P\"", "credentials must not cross the network in plaintext")]
    [InlineData("host = \"127.0.0.1\"\ntls = \"none\"\n[[upstream.credential]]\ndomains = [\"a.example\"]\nusername = \"u\"\npassword = \"env:P\"", "credentials must not cross the network in plaintext")]
    [InlineData("host = \"192.0.2.1\"\ntls = \"none\"", "neither loopback nor private")]
    [InlineData("host = \"2001:db8::1\"\ntls = \"none\"", "neither loopback nor private")]
    [InlineData("host = \"::ffff:192.0.2.1\"\ntls = \"none\"", "neither loopback nor private")]
    [InlineData("host = \"172.32.0.1\"\ntls = \"none\"", "neither loopback nor private")]
    public void S4_PlaintextWithCredentialsOrToThePublic_IsAnError(string lines, string message)
    {
        var problem = Assert.Single(_folder.Problems(Toml(lines)));

        Assert.StartsWith("relay.toml:24:7: error: upstream[1].tls: ", problem);
        Assert.Contains(message, problem);
    }

    [Fact]
    public void Load_CredentialsPerDomain_WinOverTheAccount()
    {
        var upstream = _folder.Model(Toml("host = \"h.example\"\nusername = \"env:U\"\npassword = \"env:P\"\n[[upstream.credential]]\ndomains = [\"A.example\", \"bücher.example\"]\nusername = \"two\"\npassword = \"env:P\"")).Upstreams["up"];

        Assert.Equal(("up", "user", "hunter2"), (upstream.Credential!.Id, upstream.Credential.Username, upstream.Credential.Password));
        Assert.Equal(("up/a.example", "two"), (upstream.CredentialFor("xn--bcher-kva.example")!.Id, upstream.CredentialFor("a.example")!.Username));
        Assert.Same(upstream.Credential, upstream.CredentialFor("c.example"));
    }

    [Theory]
    [InlineData("[\"a.example\", \"A.EXAMPLE\"]", "25:25: error: upstream[1].credential[0].domains[1]: a.example has a credential already, at relay.toml:25:12")]
    [InlineData("[]", "25:11: error: upstream[1].credential[0].domains: expected at least one sender domain")]
    [InlineData("[\"a.example\", 1]", "25:25: error: upstream[1].credential[0].domains[1]: expected a domain in quotes, found an integer")]
    public void Load_WrongCredentialDomains_AreAnError(string domains, string problem)
    {
        Assert.Equal(["relay.toml:" + problem],
            _folder.Problems(Toml($"host = \"h.example\"\n[[upstream.credential]]\ndomains = {domains}\nusername = \"two\"\npassword = \"env:P\"")));
    }

    [Fact]
    public void Load_RootsInAFile_AreThoseOfTheUpstream()
    {
        using var root = TestCertificate.For("root.example");
        _folder.Write("root.pem", "A comment.\n" + root.ExportCertificatePem());

        var first = _folder.Model(Toml("host = \"h.example\"\nca = \"root.pem\""));
        _folder.Write("root.pem", root.ExportCertificatePem());
        var second = _folder.Model(Toml("host = \"h.example\"\nca = \"root.pem\""));

        Assert.Equal(root.Thumbprint, Assert.Single(first.Upstreams["up"].Roots!.Certificates).Thumbprint);
        Assert.NotEqual(first.Version, second.Version);
    }

    [Fact]
    public void Load_TheSameRootsAgain_IsTheSameUpstream()
    {
        using var root = TestCertificate.For("root.example");
        _folder.Write("root.pem", root.ExportCertificatePem());
        var toml = Toml("host = \"h.example\"\nca = \"root.pem\"");

        Assert.Equal(_folder.Model(toml).Upstreams["up"].Roots, _folder.Model(toml).Upstreams["up"].Roots);
    }

    [Theory]
    [InlineData("", "holds no certificate in PEM")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds a certificate that is malformed")]
    [InlineData(null, "does not exist")]
    public void Load_NoRootsInTheFile_IsAnError(string? content, string reason)
    {
        if (content is not null)
            _folder.Write("root.pem", content);

        Assert.Equal([$"relay.toml:24:6: error: upstream[1].ca: the file 'root.pem' {reason}"], _folder.Problems(Toml("host = \"h.example\"\nca = \"root.pem\"")));
    }

    [Theory]
    [InlineData("", AuthMode.Password)]
    [InlineData("auth = \"password\"\n", AuthMode.Password)]
    [InlineData("auth = \"xoauth2\"\n", AuthMode.XOAuth2)]
    public void Load_Auth_HoldsForTheCredentialsThatSayNothing(string auth, AuthMode expected)
    {
        var upstream = _folder.Model(Toml(auth + "host = \"h.example\"\nusername = \"u\"\npassword = \"env:P\"\n[[upstream.credential]]\ndomains = [\"a.example\"]\n"
            + "username = \"two\"\npassword = \"env:P\"\n[[upstream.credential]]\ndomains = [\"b.example\"]\nauth = \"password\"\nusername = \"three\"\npassword = \"env:P\"")).Upstreams["up"];

        Assert.Equal([expected, expected, AuthMode.Password], [upstream.Credential!.Auth, upstream.CredentialFor("a.example")!.Auth, upstream.CredentialFor("b.example")!.Auth]);
        Assert.Null(upstream.Credential.TokenFile);
    }

    [Theory]
    [InlineData("password", false)]
    [InlineData("xoauth2", true)]
    public void Load_SecretInAFile_IsReadAgainOnlyWhereItIsAToken(string auth, bool expected)
    {
        _folder.Write("token", "t0ken\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(_folder.Path, "token"), UnixFileMode.UserRead);

        var credential = _folder.Model(Toml($"host = \"h.example\"\nauth = \"{auth}\"\nusername = \"u\"\npassword = \"file:token\"")).Upstreams["up"].Credential!;

        Assert.Equal(("t0ken", expected ? Path.Combine(_folder.Path, "token") : null), (credential.Password, credential.TokenFile));
    }

    [Theory]
    [InlineData("host = \"127.0.0.1\"\ntls = \"none\"\nca = \"r.pem\"", "25:6: error: upstream[1].ca: has no meaning for tls = \"none\", which has no certificates")]
    [InlineData("host = \"h.example\"\nauth = \"xoauth2\"", "24:8: error: upstream[1].auth: expected username and password beside it, or an [[upstream.credential]]")]
    [InlineData("host = \"h.example\"\nauth = \"oauth\"", "24:8: error: upstream[1].auth: expected one of \"password\", \"xoauth2\", found 'oauth'")]
    [InlineData("host = \"h.example\"\nchunking = \"yes\"", "24:12: error: upstream[1].chunking: expected true or false, found a string")]
    public void Load_KeyThatDoesNotFit_IsAnError(string lines, string problem)
    {
        Assert.Contains("relay.toml:" + problem, _folder.Problems(Toml(lines)));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("route = \"weight\"\n", false)]
    [InlineData("route = \"cost\"\n", true)]
    public void Load_Route_IsByWeightUnlessItSaysCost(string line, bool cheapest)
    {
        var toml = ConfigurationFolder.Minimal.Replace("pool = \"p\"\n", "pool = \"p\"\n" + line, StringComparison.Ordinal);

        Assert.Equal(cheapest, _folder.Model(toml).Clients["acme"].Directions["cold"].CheapestFirst);
    }

    [Fact]
    public void Load_Chunking_IsOffUnlessSwitchedOn()
    {
        Assert.False(_folder.Model(Toml("host = \"h.example\"")).Upstreams["up"].UseChunking);
        Assert.True(_folder.Model(Toml("host = \"h.example\"\nchunking = true")).Upstreams["up"].UseChunking);
    }

    [Fact]
    public void Load_CaptureWithHost_IsAnError()
    {
        Assert.Equal(["relay.toml:20:8: error: upstream[0].host: has no meaning for type = \"capture\", which keeps mail on this machine"],
            _folder.Problems(ConfigurationFolder.Minimal + "host = \"h.example\"\n"));
    }

    private static string Toml(string lines) => ConfigurationFolder.Minimal + "[[upstream]]\nname = \"up\"\ntype = \"smtp\"\n" + lines;
}
