using OutreachRelay.Policy.Preflight;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Tests.Policy.Preflight;

public sealed class KeyCheckTests : IAsyncDisposable
{
    private const string Name = "s1._domainkey.ok.example";
    private readonly PreflightBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Dkim_KeyBehindAliases_IsFound()
    {
        _bench.Server.Zone = PreflightBench.Zone((Name, ""), ("s1.prov.example", PreflightBench.Key.Record.Text))
            .Add(Name, DnsType.CNAME, "s1.ok.prov.example").Add("s1.ok.prov.example", DnsType.CNAME, "s1.prov.example");

        var check = await _bench.CheckAsync(PreflightKind.Dkim);

        Assert.Equal((Name, "pass", PreflightStanding.Good, "rsa key of 2048 bits"), (check.Subject, check.Result, check.Standing, check.Reason));
    }

    [Fact]
    public async Task Dkim_AliasThatLeadsNowhere_IsNamed()
    {
        _bench.Server.Zone = PreflightBench.Zone((Name, "")).Add(Name, DnsType.CNAME, "s1.gone.example");

        var check = await _bench.CheckAsync(PreflightKind.Dkim);

        Assert.Equal($"{Name} is an alias of s1.gone.example, where there is no key", check.Reason);
        Assert.Equal(("permerror", PreflightStanding.Bad), (check.Result, check.Standing));
    }

    [Theory]
    [InlineData("", "permerror", $"there is no key at {Name}")]
    [InlineData("v=DKIM1; k=rsa; p=", "permerror", $"{Name}: the key is revoked")]
    [InlineData("v=DKIM1; k=rsa; p=AAAA", "permerror", $"{Name}: the key is malformed")]
    [InlineData("v=DKIM1; k=rsa", "permerror", $"{Name}: the key record has no p=")]
    [InlineData("v=DKIM2; p=AAAA", "permerror", $"{Name}: the key record is not of version DKIM1")]
    [InlineData("v=DKIM1; k=rsa; s=tlsrpt; p=AAAA", "permerror", $"{Name}: the key is not for mail")]
    [InlineData("v=DKIM1; k=rsa; h=sha1; p=AAAA", "permerror", $"{Name}: the key is for another hash")]
    [InlineData("v=DKIM1; k=dsa; p=AAAA", "permerror", $"{Name}: the key is for an unknown algorithm")]
    public async Task Dkim_KeyOfNoUse_IsBadAndNamed(string record, string result, string reason)
    {
        _bench.Server.Zone = PreflightBench.Zone((Name, record));

        var check = await _bench.CheckAsync(PreflightKind.Dkim);

        Assert.Equal((result, PreflightStanding.Bad, reason), (check.Result, check.Standing, check.Reason));
        Assert.StartsWith($"publish at {Name} what prov shows for selector s1", check.Remedy);
    }

    [Fact]
    public async Task Dkim_KeyTooShort_IsAPolicyFailure()
    {
        _bench.Server.Zone = PreflightBench.Zone((Name, PreflightBench.KeyOf(512)));

        var check = await _bench.CheckAsync(PreflightKind.Dkim);

        Assert.Equal(("policy", PreflightStanding.Bad), (check.Result, check.Standing));
        Assert.EndsWith("the key has 512 bits; verifiers refuse less than 1024", check.Reason);
    }

    [Fact]
    public async Task Dkim_ShortKey_PassesWithAWarning()
    {
        _bench.Server.Zone = PreflightBench.Zone((Name, PreflightBench.KeyOf(1024)));

        var check = await _bench.CheckAsync(PreflightKind.Dkim);

        Assert.Equal(("pass", PreflightStanding.Good), (check.Result, check.Standing));
        Assert.Equal("rsa key of 1024 bits, where 2048 are advised (RFC 8301 §3.2)", check.Reason);
        Assert.Equal("replace the key by a longer one", check.Remedy);
    }

    [Fact]
    public async Task OwnKey_Published_IsComparedWithOurs()
    {
        var subject = PreflightBench.Subject with { OwnKeys = [PreflightBench.OwnKey()] };
        _bench.Server.Zone = PreflightBench.Zone(("or1._domainkey.ok.example", PreflightBench.Key.Record.Text));
        Assert.Equal("pass", (await _bench.CheckAsync(PreflightKind.OwnKey, subject)).Result);

        _bench.Server.Zone = PreflightBench.Zone(("or1._domainkey.ok.example", PreflightBench.KeyOf(2048)));
        var check = await _bench.CheckAsync(PreflightKind.OwnKey, subject);

        Assert.Equal(("fail", PreflightStanding.Bad, "the key at or1._domainkey.ok.example is not the one that we sign with"), (check.Result, check.Standing, check.Reason));
        Assert.Equal(new RecordToPublish("or1._domainkey.ok.example", "TXT", PreflightBench.Key.Record.Text), check.Record);
    }

    [Fact]
    public async Task OwnKey_Missing_GivesTheExactRecordThatThenPasses()
    {
        using var key = DkimPrivateKey.GenerateEd25519();
        var subject = PreflightBench.Subject with { OwnKeys = [PreflightBench.OwnKey(key, "ed")] };
        var check = await _bench.CheckAsync(PreflightKind.OwnKey, subject);
        Assert.Equal(PreflightStanding.Bad, check.Standing);

        _bench.Server.Zone = PreflightBench.Zone((check.Record!.Name, check.Record.Value));

        Assert.Equal("ed25519 key of 256 bits", (await _bench.CheckAsync(PreflightKind.OwnKey, subject)).Reason);
    }

    [Theory]
    [InlineData(true, PreflightVerdict.Pass)]
    [InlineData(false, PreflightVerdict.Unknown)]
    public async Task OwnKeys_Two_HaveToBeGoodBoth(bool bothPublished, PreflightVerdict verdict)
    {
        using var second = DkimPrivateKey.GenerateEd25519();
        _bench.Server.Zone = PreflightBench.Zone(
            (Name, ""), ("or1._domainkey.ok.example", PreflightBench.Key.Record.Text), ("or2._domainkey.ok.example", bothPublished ? second.Record.Text : ""));

        var report = await _bench.CheckAsync(PreflightBench.ProviderOwned with { OwnKeys = [PreflightBench.OwnKey(), PreflightBench.OwnKey(second, "or2")] });

        Assert.Equal(verdict, report.Verdict);
        Assert.Equal(2, report.Checks.Count(check => check.Kind == PreflightKind.OwnKey));
    }
}
