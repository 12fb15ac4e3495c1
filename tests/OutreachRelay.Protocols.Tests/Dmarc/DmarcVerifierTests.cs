using OutreachRelay.Protocols.Dmarc;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Tests.Dns;

namespace OutreachRelay.Protocols.Tests.Dmarc;

/// <summary>What the vectors do not look at: failures of DNS half way, bounds, and odd names.</summary>
public class DmarcVerifierTests
{
    private readonly Zone _zone = new();

    [Fact]
    public async Task Evaluate_DnsFailsForAnIdentifier_LeavesAFailOpen()
    {
        _zone.Add("_dmarc.mail.example.com", DnsType.TXT, "v=DMARC1; p=reject").Add("error.example.com", DnsType.A, "192.0.2.1");

        var open = await EvaluateAsync("jane@mail.example.com", dkim: ["x.example.com"], silent: true);
        var pass = await EvaluateAsync("jane@mail.example.com", dkim: ["mail.example.com"], silent: true);

        Assert.Equal((DmarcResult.TempError, DmarcPolicy.Reject), (open.Result, open.Policy));
        Assert.Equal((DmarcResult.Pass, ""), (pass.Result, pass.Detail));
    }

    [Theory]
    [InlineData("")]
    [InlineData("jane@")]
    [InlineData("jane@.example.com")]
    [InlineData("jane@a..example.com")]
    [InlineData("jane@[192.0.2.1]")]
    public async Task Evaluate_NoAuthorDomain_IsAPermerror(string author)
    {
        Assert.Equal(DmarcResult.PermError, (await EvaluateAsync(author)).Result);
    }

    [Fact]
    public async Task Evaluate_SpellingsOfOneDomain_AreAligned()
    {
        _zone.Add("_dmarc.xn--bcher-kva.example", DnsType.TXT, "v=DMARC1; p=reject; adkim=s");

        var outcome = await EvaluateAsync("jane@B\u00DCCHER.example.", dkim: ["xn--BCHER-kva.example"]);

        Assert.Equal((DmarcResult.Pass, "xn--bcher-kva.example"), (outcome.Result, outcome.AuthorDomain));
    }

    [Fact]
    public async Task Evaluate_PublicSuffixWithAPolicy_CoversWhatIsBelowWithoutOne()
    {
        _zone.Add("_dmarc.bank.example", DnsType.TXT, "v=DMARC1; p=reject; sp=quarantine; psd=y");

        var outcome = await EvaluateAsync("jane@a.giant.bank.example", dkim: ["b.giant.bank.example"], spf: ["other.bank.example"]);

        Assert.Equal((DmarcResult.Pass, "giant.bank.example"), (outcome.Result, outcome.Dkim.Domain));
        Assert.Equal((false, "bank.example", DmarcPolicy.Quarantine), (outcome.Spf.IsAligned, outcome.Domain, outcome.Policy));
    }

    [Theory]
    [InlineData(DmarcResult.Fail)]
    [InlineData(DmarcResult.Pass, "co.example")]
    public async Task Evaluate_WaysThatDiffer_FollowTheSwitch(DmarcResult result, string? suffix = null)
    {
        // By its own word co.example is one organisation; by a list without it as well, by one with it its children are strangers.
        _zone.Add("_dmarc.co.example", DnsType.TXT, "v=DMARC1; p=none; psd=y").Add("_dmarc.a.co.example", DnsType.TXT, "v=DMARC1; p=reject");
        var list = suffix is null ? null : PublicSuffixList.Parse("example");

        Assert.Equal(result, (await EvaluateAsync("jane@a.co.example", dkim: ["b.co.example"], list: list)).Result);
    }

    [Fact]
    public async Task Evaluate_ManySignatures_AskABoundedNumberOfQuestions()
    {
        _zone.Add("_dmarc.example.com", DnsType.TXT, "v=DMARC1; p=reject");
        var resolver = new ZoneResolver(_zone);
        var deep = string.Concat(Enumerable.Repeat("x.", 100)) + "example.com";
        for (var i = 0; i < 300; i++)
            _zone.Add($"_dmarc.s{i}.example.com", DnsType.TXT, "v=DMARC1; p=none; psd=n");

        var outcome = await new DmarcVerifier(resolver, new DmarcOptions()).EvaluateAsync(new DmarcRequest
        {
            Authors = ["jane@" + deep],
            DkimPassed = [.. Enumerable.Range(0, 300).Select(i => $"s{i}.example.com")],
        });

        Assert.Equal(DmarcResult.Fail, outcome.Result);
        Assert.InRange(resolver.Asked.Count, 8, 40);
    }

    private Task<DmarcOutcome> EvaluateAsync(
        string author, string[]? dkim = null, string[]? spf = null, PublicSuffixList? list = null, bool silent = false)
    {
        _zone.IsSilent = silent;
        var request = new DmarcRequest { Authors = [author], DkimPassed = dkim ?? [], SpfPassed = spf ?? [] };
        return new DmarcVerifier(new ZoneResolver(_zone), new DmarcOptions { PublicSuffixes = list }).EvaluateAsync(request);
    }
}
