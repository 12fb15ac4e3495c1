using System.Security.Cryptography;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Tests.Dns;

namespace OutreachRelay.Tests.Policy.Preflight;

/// <summary>A DNS server on loopback with a domain where all is well, and a look at it.</summary>
internal sealed class PreflightBench : IAsyncDisposable
{
    public const string Policy = "v=DMARC1; p=reject";
    public const string Mail = "v=spf1 include:prov.example ~all";

    public static readonly DkimPrivateKey Key = DkimPrivateKey.GenerateRsa(2048);

    public static readonly PreflightSubject Subject = new()
    {
        Domain = "ok.example",
        Upstream = "prov",
        EnvelopeDomain = "ok.example",
        SpfInclude = "prov.example",
        Selectors = ["s1"],
    };

    /// <summary>The provider puts its own envelope domain in place of ours, as SendGrid does.</summary>
    public static PreflightSubject ProviderOwned => Subject with { EnvelopeDomain = null };

    public PreflightBench() => Server = new ZoneServer(Zone()) { FailsInsteadOfSilence = true };

    public ZoneServer Server { get; }

    public FakeTime Time { get; } = new();

    /// <summary>A zone in which the records named are other ones; an empty text takes one out.</summary>
    public static Zone Zone(params (string Name, string Text)[] texts)
    {
        var zone = new Zone().Add("ok.example", DnsType.MX, "10", "mx.ok.example");
        var published = new Dictionary<string, string>
        {
            ["ok.example"] = Mail,
            ["prov.example"] = "v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/24 ip4:203.0.113.0/24 ~all",
            ["s1._domainkey.ok.example"] = Key.Record.Text,
            ["_dmarc.ok.example"] = Policy,
        };
        foreach (var (name, text) in texts)
            published[name] = text;
        foreach (var (name, text) in published.Where(each => each.Value.Length > 0))
            zone.Add(name, DnsType.TXT, text);
        return zone;
    }

    /// <summary>A public key of so many bits, as it is published.</summary>
    public static string KeyOf(int bits)
    {
        using var rsa = RSA.Create(bits);
        return "v=DKIM1; k=rsa; p=" + Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo());
    }

    public static OwnKeyModel OwnKey(DkimPrivateKey? key = null, string selector = "or1")
    {
        Assert.True(DkimSigner.TryCreate(key ?? Key, new DkimSignerOptions { Domain = "ok.example", Selector = selector }, out var signer, out var error), error);
        return new OwnKeyModel(selector, (key ?? Key).Record, signer);
    }

    public Task<PreflightReport> CheckAsync(PreflightSubject? subject = null, PreflightReport? last = null) =>
        new PreflightCheckup(new PreflightProbe(Server.Resolver(), null, TimeProvider.System), Time).CheckAsync(subject ?? Subject, last, CancellationToken.None);

    public async Task<PreflightCheck> CheckAsync(PreflightKind kind, PreflightSubject? subject = null) =>
        (await CheckAsync(subject)).Checks.First(check => check.Kind == kind);

    /// <summary>A report that is not looked up.</summary>
    public static PreflightReport Report(string domain, string upstream, PreflightVerdict verdict, DateTimeOffset at, string reason = "DNS says so") => new()
    {
        Domain = domain,
        Upstream = upstream,
        Verdict = verdict,
        Since = at,
        CheckedAt = at,
        Reason = reason,
        Checks = [],
        Terms = "",
    };

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
