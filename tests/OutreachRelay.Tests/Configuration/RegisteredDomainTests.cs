using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Configuration;

/// <summary>Which senders share the limits of one domain.</summary>
public sealed class RegisteredDomainTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("d.com", "d.com")]
    [InlineData("a.d.com", "d.com")]
    [InlineData("mail.a.d.com", "d.com")]
    [InlineData("d.co.uk", "d.co.uk")]
    [InlineData("mail.d.co.uk", "d.co.uk")]
    [InlineData("shop.github.io", "shop.github.io")]
    [InlineData("mail.bücher.de", "xn--bcher-kva.de")]
    public void L32_Domain_IsTheOneThatWasRegistered(string domain, string registered)
    {
        _folder.Write("s.csv", $"address\na@{domain}\n");

        Assert.Equal(registered, Assert.Single(_folder.Model(ConfigurationFolder.Minimal).Senders.Values).RegisteredDomain);
    }

    [Fact]
    public void L32_ListMissing_SubdomainsAreWarnedOf()
    {
        _folder.Write("s.csv", "address\na@m.d.com\n");

        var loaded = _folder.Load(OwnData());

        Assert.Equal("m.d.com", Assert.Single(loaded.Model!.Senders.Values).RegisteredDomain);
        var problem = Assert.Single(loaded.Problems);
        Assert.Contains("public_suffix_list.dat:1:1: warning: the file does not exist; each subdomain", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoSubdomainsAndNoList_IsNotWarnedOf() => Assert.Empty(_folder.Load(OwnData()).Problems);

    [Fact]
    public void Load_AnotherList_IsAnotherVersion()
    {
        _folder.Write("s.csv", "address\na@m.d.com\n");
        var own = OwnData();
        _folder.Write("rules/public_suffix_list.dat", "com\n");
        var before = _folder.Model(own);

        _folder.Write("rules/public_suffix_list.dat", "com\nd.com\n");
        var after = _folder.Model(own);

        Assert.Equal(("d.com", "m.d.com"), (before.Senders["a@m.d.com"].RegisteredDomain, after.Senders["a@m.d.com"].RegisteredDomain));
        Assert.NotEqual(before.Version, after.Version);
    }

    [Theory]
    [InlineData(null, "public_suffix_list.dat' does not exist")]
    [InlineData("// nothing\n", "public_suffix_list.dat' has no rules in the format of publicsuffix.org")]
    public void Load_DmarcByAListThatIsNot_IsAnError(string? content, string problem)
    {
        var own = OwnData();
        if (content is not null)
            _folder.Write("rules/public_suffix_list.dat", content);

        var told = Assert.Single(_folder.Problems(own + "[policy]\norganizational_domains = \"public-suffix-list\"\n"));
        Assert.EndsWith(problem, told, StringComparison.Ordinal);
    }

    [Fact]
    public void EachItsOwn_Subdomain_IsItself() => Assert.Equal("a.d.com", RegisteredDomains.EachItsOwn.Of("a.d.com"));

    // Rule data of its own: that of the program has a list.
    private string OwnData()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "rules", "replies"));
        _folder.Write("rules/replies/general.toml", "");
        return ConfigurationFolder.Minimal.Replace("[relay]\n", "[relay]\nconf_dir = \"rules\"\n");
    }
}
