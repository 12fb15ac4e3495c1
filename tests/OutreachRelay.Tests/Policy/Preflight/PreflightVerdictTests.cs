using System.Net;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Tests.Policy.Preflight;

public sealed class PreflightVerdictTests : IAsyncDisposable
{
    private const string Key = "s1._domainkey.ok.example";
    private readonly PreflightBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Check_AllIsWell_Passes()
    {
        var report = await _bench.CheckAsync();

        Assert.Equal((PreflightVerdict.Pass, ""), (report.Verdict, report.Reason));
        Assert.All(report.Checks, check => Assert.Equal(("pass", ""), (check.Result, check.Remedy)));
        Assert.Equal([PreflightKind.Spf, PreflightKind.Dkim, PreflightKind.Dmarc, PreflightKind.Mx], report.Checks.Select(check => check.Kind));
    }

    [Theory]
    [InlineData(PreflightBench.Mail, true, PreflightVerdict.Pass)]
    [InlineData("v=spf1 -all", true, PreflightVerdict.Pass)]
    [InlineData(PreflightBench.Mail, false, PreflightVerdict.Pass)]
    [InlineData("v=spf1 -all", false, PreflightVerdict.Fail)]
    [InlineData("", false, PreflightVerdict.Fail)]
    public async Task Check_OneGoodMechanism_IsEnough(string spf, bool hasKey, PreflightVerdict verdict)
    {
        _bench.Server.Zone = PreflightBench.Zone(("ok.example", spf), (Key, hasKey ? PreflightBench.Key.Record.Text : ""));

        var report = await _bench.CheckAsync();

        Assert.Equal(verdict, report.Verdict);
        Assert.Equal(verdict == PreflightVerdict.Pass ? "pass" : "fail", report.Checks.First(check => check.Kind == PreflightKind.Dmarc).Result);
        if (verdict == PreflightVerdict.Fail)
            Assert.Contains($"there is no key at {Key}", report.Reason);
    }

    [Theory]
    [InlineData(true, PreflightVerdict.Pass)]
    [InlineData(false, PreflightVerdict.Fail)]
    public async Task Check_ProvidersOwnReturnPath_RestsOnTheKey(bool hasKey, PreflightVerdict verdict)
    {
        _bench.Server.Zone = PreflightBench.Zone((Key, hasKey ? PreflightBench.Key.Record.Text : ""));

        Assert.Equal(verdict, (await _bench.CheckAsync(PreflightBench.ProviderOwned)).Verdict);
    }

    [Fact]
    public async Task Check_NoSelectorsAndNoSpf_IsUnknownAndSaysWhatToConfigure()
    {
        var report = await _bench.CheckAsync(PreflightBench.ProviderOwned with { Selectors = [] });

        Assert.Equal(PreflightVerdict.Unknown, report.Verdict);
        Assert.Contains("it is not known with which selectors prov signs", report.Reason);
    }

    [Theory]
    [InlineData("s2", PreflightVerdict.Unknown)]
    [InlineData("s1", PreflightVerdict.Pass)]
    public async Task Check_SeveralSelectors_AllHaveToBeGood(string other, PreflightVerdict verdict) =>
        Assert.Equal(verdict, (await _bench.CheckAsync(PreflightBench.ProviderOwned with { Selectors = ["s1", other] })).Verdict);

    [Fact]
    public async Task Check_NoPolicy_PassesAndGivesOne()
    {
        _bench.Server.Zone = PreflightBench.Zone(("_dmarc.ok.example", ""));

        var report = await _bench.CheckAsync();
        var policy = report.Checks.First(check => check.Kind == PreflightKind.Dmarc);

        Assert.Equal((PreflightVerdict.Pass, "none"), (report.Verdict, policy.Result));
        Assert.Equal(new RecordToPublish("_dmarc.ok.example", "TXT", "v=DMARC1; p=none"), policy.Record);
    }

    [Fact]
    public async Task Check_PolicyAbove_IsFoundByTheTreeWalk()
    {
        var subject = PreflightBench.Subject with { Domain = "mail.ok.example", EnvelopeDomain = "mail.ok.example", Selectors = [] };
        _bench.Server.Zone = PreflightBench.Zone(("mail.ok.example", PreflightBench.Mail)).Add("mail.ok.example", DnsType.MX, "10", "mx.ok.example");

        var report = await _bench.CheckAsync(subject);

        Assert.Equal(PreflightVerdict.Pass, report.Verdict);
        Assert.StartsWith("p=reject for mail.ok.example, published at ok.example", report.Checks.First(check => check.Kind == PreflightKind.Dmarc).Reason);
    }

    [Theory]
    [InlineData("null", "says that it takes no mail (null MX, RFC 7505)")]
    [InlineData("none", "has neither MX nor address records")]
    [InlineData("address", "")]
    [InlineData("mx", "")]
    public async Task Check_Replies_HaveToArrive(string kind, string reason)
    {
        var zone = new Protocols.Tests.Dns.Zone().Add("ok.example", DnsType.TXT, PreflightBench.Mail).Add("prov.example", DnsType.TXT, "v=spf1 ip4:192.0.2.0/24 -all");
        _bench.Server.Zone = kind switch
        {
            "null" => zone.Add("ok.example", DnsType.MX, "0", ""),
            "mx" => zone.Add("ok.example", DnsType.MX, "0", "mx.ok.example"),
            "address" => zone.Add("ok.example", DnsType.AAAA, "2001:db8::1"),
            _ => zone,
        };

        var report = await _bench.CheckAsync();

        Assert.Equal(reason.Length > 0 ? PreflightVerdict.Fail : PreflightVerdict.Pass, report.Verdict);
        Assert.Contains(reason, report.Reason);
    }

    [Theory]
    [InlineData("127.0.1.2", "fail", PreflightVerdict.Fail)]
    [InlineData("127.0.0.2", "fail", PreflightVerdict.Fail)]
    [InlineData("127.255.255.254", "permerror", PreflightVerdict.Pass)]
    [InlineData("127.255.255.252", "permerror", PreflightVerdict.Pass)]
    [InlineData("127.0.0.1", "permerror", PreflightVerdict.Pass)]
    [InlineData("203.0.113.9", "permerror", PreflightVerdict.Pass)]
    [InlineData("", "none", PreflightVerdict.Pass)]
    public async Task Check_BlocklistsAnswer_IsAListingOrAnError(string answer, string result, PreflightVerdict verdict)
    {
        var zone = PreflightBench.Zone();
        _bench.Server.Zone = answer.Length > 0 ? zone.Add("ok.example.dbl.example", DnsType.A, answer) : zone;

        var report = await _bench.CheckAsync(PreflightBench.Subject with { DomainBlocklists = ["dbl.example"] });
        var check = report.Checks.First(check => check.Kind == PreflightKind.Blocklist);

        Assert.Equal((verdict, result), (report.Verdict, check.Result));
        if (verdict == PreflightVerdict.Fail)
            Assert.Equal($"dbl.example lists ok.example ({answer})", report.Reason);
    }

    [Theory]
    [InlineData("192.0.2.7", "7.2.0.192.zen.example")]
    [InlineData("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.example")]
    public async Task Check_ListedAddress_Fails(string address, string name)
    {
        _bench.Server.Zone = PreflightBench.Zone().Add(name, DnsType.A, "127.0.0.4");

        var report = await _bench.CheckAsync(PreflightBench.Subject with { SendingAddresses = [IPAddress.Parse(address)], AddressBlocklists = ["zen.example"] });

        Assert.Equal(PreflightVerdict.Fail, report.Verdict);
        Assert.Contains($"zen.example lists {address}", report.Reason);
    }

    [Fact]
    public async Task L38_DnsFails_TheLastVerdictStands()
    {
        var pass = await _bench.CheckAsync();
        _bench.Time.Advance(TimeSpan.FromHours(1));
        _bench.Server.Zone = new Protocols.Tests.Dns.Zone { IsSilent = true };

        var doubtful = await _bench.CheckAsync(last: pass);
        var again = await _bench.CheckAsync(last: doubtful);

        Assert.All([doubtful, again], report =>
        {
            Assert.Equal((PreflightVerdict.Pass, pass.Since, true), (report.Verdict, report.Since, report.IsDoubtful));
            Assert.All(report.Checks, check => Assert.Equal("pass", check.Result));
            Assert.Contains("server failure", report.Checks[0].Doubt, StringComparison.OrdinalIgnoreCase);
        });
    }

    [Fact]
    public async Task L38_DnsFails_AFailStandsToo()
    {
        _bench.Server.Zone = PreflightBench.Zone(("ok.example", "v=spf1 -all"), (Key, ""));
        var fail = await _bench.CheckAsync();
        _bench.Server.Zone = new Protocols.Tests.Dns.Zone { IsSilent = true };

        Assert.Equal(PreflightVerdict.Fail, (await _bench.CheckAsync(last: fail)).Verdict);
        Assert.Equal(PreflightVerdict.Unknown, (await _bench.CheckAsync()).Verdict);
    }

    [Fact]
    public async Task L38_DnsFailsForOneRecord_TheOthersAreLookedAtAnew()
    {
        var pass = await _bench.CheckAsync();
        _bench.Server.Zone = PreflightBench.Zone((Key, ""), ("ok.example", ""));
        var spfFails = PreflightBench.Zone((Key, ""), ("prov.example", "v=spf1 include:error.prov.example -all"));
        _bench.Server.Zone = spfFails;

        var report = await _bench.CheckAsync(last: pass);

        Assert.Equal("permerror", report.Checks.First(check => check.Kind == PreflightKind.Dkim).Result);
        Assert.Equal(PreflightVerdict.Pass, report.Verdict);
        Assert.NotEmpty(report.Checks[0].Doubt);
    }

    [Fact]
    public async Task Check_OtherTerms_OldChecksAreNotKeptButTheVerdictIs()
    {
        var pass = await _bench.CheckAsync();
        _bench.Server.Zone = new Protocols.Tests.Dns.Zone { IsSilent = true };

        var report = await _bench.CheckAsync(PreflightBench.Subject with { Selectors = ["s2"] }, pass);

        Assert.Equal(PreflightVerdict.Pass, report.Verdict);
        Assert.Equal("temperror", report.Checks[0].Result);
    }
}
