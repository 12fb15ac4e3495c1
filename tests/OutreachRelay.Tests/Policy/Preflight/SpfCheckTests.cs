using System.Net;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Tests.Policy.Preflight;

public sealed class SpfCheckTests : IAsyncDisposable
{
    private readonly PreflightBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData("v=spf1 include:prov.example ~all")]
    [InlineData("v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/24 ip4:203.0.113.0/24 -all")]
    [InlineData("v=spf1 redirect=prov.example")]
    public async Task Spf_ProvidersNetworksPass_IsGood(string record) => await ExpectAsync(record, "pass", PreflightStanding.Good);

    [Theory]
    [InlineData("", "none", "ok.example has no SPF record")]
    [InlineData("v=spf1 a -all", "fail", "192.0.2.0, from which prov sends, gets fail at ok.example")]
    [InlineData("v=spf1 -all include:prov.example", "fail", "192.0.2.0, from which prov sends, gets fail at ok.example")]
    [InlineData("v=spf1 mx ~all", "softfail", "gets softfail")]
    [InlineData("v=spf1 mx", "neutral", "gets neutral")]
    [InlineData("v=spf1 include:prov.example ip4:300.1.2.3 -all", "permerror", "ok.example: syntax error in term \"ip4:300.1.2.3\"")]
    [InlineData("v=spf1 include:nowhere.example include:prov.example -all", "permerror", "nowhere.example has no SPF record")]
    [InlineData("v=spf1 include:ok.example include:prov.example -all", "permerror", "ok.example includes itself")]
    public async Task Spf_RecordThatDoesNotLetItSend_IsBadAndNamed(string record, string result, string reason)
    {
        var check = await ExpectAsync(record, result, PreflightStanding.Bad);

        Assert.Contains(reason, check.Reason);
        Assert.NotEmpty(check.Remedy);
    }

    [Theory]
    [InlineData("", "publish an SPF record with include:prov.example at ok.example", "v=spf1 include:prov.example ~all")]
    [InlineData("v=spf1 mx -all", "add include:prov.example to the SPF record of ok.example, before its all", "v=spf1 mx include:prov.example -all")]
    [InlineData("v=spf1 a ?all", "add include:prov.example to the SPF record of ok.example, before its all", "v=spf1 a include:prov.example ?all")]
    [InlineData("v=spf1 mx redirect=_spf.ok.example", "add include:prov.example", "v=spf1 mx include:prov.example redirect=_spf.ok.example")]
    public async Task Spf_Missing_GivesTheExactRecord(string published, string remedy, string record)
    {
        _bench.Server.Zone = PreflightBench.Zone(("ok.example", published), ("_spf.ok.example", "v=spf1 -all"));

        var check = await _bench.CheckAsync(PreflightKind.Spf);

        Assert.StartsWith(remedy, check.Remedy);
        Assert.Equal(new RecordToPublish("ok.example", "TXT", record), check.Record);
        _bench.Server.Zone = PreflightBench.Zone(("ok.example", record), ("_spf.ok.example", "v=spf1 -all"));
        Assert.Equal("pass", (await _bench.CheckAsync(PreflightKind.Spf)).Result);
    }

    [Fact]
    public async Task Spf_TwoRecords_AreToBeMerged()
    {
        _bench.Server.Zone = PreflightBench.Zone(("ok.example", "v=spf1 mx -all")).Add("ok.example", DnsType.TXT, "v=spf1 ip4:192.0.2.99 ~all");

        var check = await _bench.CheckAsync(PreflightKind.Spf);

        Assert.Equal(("permerror", PreflightStanding.Bad), (check.Result, check.Standing));
        Assert.Equal("v=spf1 mx ip4:192.0.2.99 include:prov.example -all", check.Record?.Value);
    }

    [Fact]
    public async Task Spf_TooManyLookupsBeforeTheProvider_IsBad()
    {
        var includes = string.Join(' ', Enumerable.Range(1, 10).Select(i => $"include:i{i}.example"));
        _bench.Server.Zone = PreflightBench.Zone([.. Enumerable.Range(1, 10).Select(i => ($"i{i}.example", "v=spf1 -all")), ("ok.example", $"v=spf1 {includes} include:prov.example -all")]);

        var check = await _bench.CheckAsync(PreflightKind.Spf);

        Assert.Equal(("permerror", PreflightStanding.Bad), (check.Result, check.Standing));
        Assert.Contains("within ten DNS lookups: the record of ok.example asks for 11", check.Remedy);
    }

    [Fact]
    public async Task Spf_TooManyLookupsBehindTheProvider_PassesWithAWarning()
    {
        var includes = string.Join(' ', Enumerable.Range(1, 10).Select(i => $"include:i{i}.example"));
        _bench.Server.Zone = PreflightBench.Zone([.. Enumerable.Range(1, 10).Select(i => ($"i{i}.example", "v=spf1 -all")), ("ok.example", $"v=spf1 include:prov.example {includes} -all")]);

        var check = await _bench.CheckAsync(PreflightKind.Spf);

        Assert.Equal(("pass", PreflightStanding.Good), (check.Result, check.Standing));
        Assert.Contains("asks for 11 DNS lookups", check.Reason);
    }

    [Fact]
    public async Task Spf_OnlySomeOfTheNetworks_IsUnknown()
    {
        var check = await ExpectAsync("v=spf1 ip4:192.0.2.0/24 ~all", "softfail", PreflightStanding.Unknown);

        Assert.Contains("though others of its addresses pass", check.Reason);
    }

    [Theory]
    [InlineData("v=spf1 include:prov.example -all", "pass", PreflightStanding.Good)]
    [InlineData("v=spf1 ?include:prov.example -all", "neutral", PreflightStanding.Unknown)]
    [InlineData("v=spf1 mx -all", "neutral", PreflightStanding.Unknown)]
    public async Task Spf_ProviderWithoutNetworks_IsLookedForByName(string record, string result, PreflightStanding standing)
    {
        _bench.Server.Zone = PreflightBench.Zone(("ok.example", record), ("prov.example", "v=spf1 exists:%{i}.allowed.prov.example -all"));

        var check = await _bench.CheckAsync(PreflightKind.Spf);

        Assert.Equal((result, standing), (check.Result, check.Standing));
    }

    [Theory]
    [InlineData("v=spf1 ip4:192.0.2.7 -all", "pass", PreflightStanding.Good)]
    [InlineData("v=spf1 include:prov.example -all", "pass", PreflightStanding.Good)]
    [InlineData("v=spf1 ip4:192.0.2.8 -all", "fail", PreflightStanding.Bad)]
    public async Task Spf_SendingAddresses_CountInsteadOfThePreset(string record, string result, PreflightStanding standing)
    {
        _bench.Server.Zone = PreflightBench.Zone(("ok.example", record));

        var check = await _bench.CheckAsync(PreflightKind.Spf, PreflightBench.Subject with { SendingAddresses = [IPAddress.Parse("192.0.2.7")] });

        Assert.Equal((result, standing), (check.Result, check.Standing));
        if (standing == PreflightStanding.Bad)
            Assert.Equal("v=spf1 ip4:192.0.2.8 ip4:192.0.2.7 -all", check.Record?.Value);
    }

    [Fact]
    public async Task Spf_NeitherIncludeNorAddresses_IsUnknownAndSaysWhatToConfigure()
    {
        var check = await _bench.CheckAsync(PreflightKind.Spf, PreflightBench.Subject with { SpfInclude = null });

        Assert.Equal(("neutral", PreflightStanding.Unknown), (check.Result, check.Standing));
        Assert.Contains("upstream.sending_addresses", check.Remedy);
    }

    [Fact]
    public async Task Spf_ProvidersOwnReturnPath_SaysNothingOfTheDomain()
    {
        var check = await _bench.CheckAsync(PreflightKind.Spf, PreflightBench.ProviderOwned);

        Assert.Equal(("none", PreflightStanding.Bad), (check.Result, check.Standing));
        Assert.Equal("", check.Remedy);
    }

    [Theory]
    [InlineData("bounce.ok.example", "v=DMARC1; p=reject", PreflightStanding.Good)]
    [InlineData("bounce.ok.example", "v=DMARC1; p=reject; aspf=s", PreflightStanding.Bad)]
    [InlineData("bounce.other.example", "v=DMARC1; p=reject", PreflightStanding.Bad)]
    [InlineData("bounce.other.example", "", PreflightStanding.Bad)]
    public async Task Spf_ReturnPath_HasToBeAligned(string envelope, string policy, PreflightStanding standing)
    {
        _bench.Server.Zone = PreflightBench.Zone((envelope, PreflightBench.Mail), ("_dmarc.ok.example", policy), ("_dmarc.other.example", "v=DMARC1; p=none"));

        var check = await _bench.CheckAsync(PreflightKind.Spf, PreflightBench.Subject with { EnvelopeDomain = envelope });

        Assert.Equal((envelope, "pass", standing), (check.Subject, check.Result, check.Standing));
        Assert.Equal(policy.Contains("aspf=s"), check.Remedy.StartsWith("set aspf=r", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Spf_HostileRecord_IsNotRepeated()
    {
        _bench.Server.Zone = PreflightBench.Zone(("ok.example", "v=spf1 \u001b[31m" + new string('x', 300) + " -all"));

        var check = await _bench.CheckAsync(PreflightKind.Spf);

        Assert.Equal("permerror", check.Result);
        Assert.DoesNotContain('\u001b', check.Reason);
        Assert.True(check.Reason.Length < 200);
    }

    private async Task<PreflightCheck> ExpectAsync(string record, string result, PreflightStanding standing)
    {
        _bench.Server.Zone = PreflightBench.Zone(("ok.example", record));

        var check = await _bench.CheckAsync(PreflightKind.Spf);

        Assert.Equal((result, standing), (check.Result, check.Standing));
        return check;
    }
}
