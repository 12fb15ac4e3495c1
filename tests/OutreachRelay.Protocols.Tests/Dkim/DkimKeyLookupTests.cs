using System.Security.Cryptography;
using System.Text;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Tests.Dns;
using OutreachRelay.Tests;

namespace OutreachRelay.Protocols.Tests.Dkim;

/// <summary>What keys and DNS make of a sound signature.</summary>
public class DkimKeyLookupTests
{
    [Theory]
    [InlineData("p={0}", "pass", "")]
    [InlineData("v=DKIM1; p={0}; ", "pass", "")]
    [InlineData("v=DKIM1; k=rsa; h=sha1 : sha256; s=other:email; t=y:x; n=a =3B note; future=1; p={0}", "pass", "")]
    [InlineData("v=DKIM1; p= {0} ", "pass", "")]
    [InlineData("v=DKIM2; p={0}", "permerror", "the key record is not of version DKIM1")]
    [InlineData("k=rsa; v=DKIM1; p={0}", "permerror", "the key record is not of version DKIM1")]
    [InlineData("v=DKIM1; k=rsa", "permerror", "the key record has no p=")]
    [InlineData("v=DKIM1; p={0}; p={0}", "permerror", "the key record is no list of tags")]
    [InlineData("v=spf1 -all", "permerror", "the key record is not of version DKIM1")]
    [InlineData("some text", "permerror", "the key record is no list of tags")]
    [InlineData("v=DKIM1; p=*", "permerror", "p= of the key record is no base64")]
    [InlineData("v=DKIM1; p=AAAA", "permerror", "the key is malformed")]
    [InlineData("v=DKIM1; p={0}AAAA", "permerror", "the key is malformed")]
    [InlineData("v=DKIM1; p=", "permerror", "the key is revoked")]
    [InlineData("v=DKIM1; k=future; p={0}", "permerror", "the key is for another algorithm")]
    [InlineData("v=DKIM1; s=tlsrpt; p={0}", "permerror", "the key is not for mail")]
    [InlineData("v=DKIM1; h=sha1; p={0}", "permerror", "the key is for another hash")]
    public async Task Verify_KeyRecord_DecidesAsItSays(string record, string result, string detail)
    {
        var zone = new Zone().Add(TestKeys.RsaName, DnsType.TXT, string.Format(record, TestKeys.RsaValue));

        var outcome = await Verifying.VerifyAsync(new Forgery().Message(), zone);

        Assert.Equal((result, detail), (outcome.Result.ToWord(), Assert.Single(outcome.Signatures).Detail));
    }

    [Theory]
    [InlineData(512, DkimResult.Policy, "the key is too small")]
    [InlineData(1016, DkimResult.Policy, "the key is too small")]
    [InlineData(1024, DkimResult.Pass, "")]
    [InlineData(4096, DkimResult.Pass, "")]
    public async Task Verify_RsaKeyOfSize_IsAcceptedFrom1024To4096(int size, DkimResult result, string detail)
    {
        var key = size == 4096 ? TestKeys.LargestRsa.Value : new RsaPrivateKey(RSA.Create(size));
        var zone = new Zone().Add(TestKeys.RsaName, DnsType.TXT, key.Record.Text);

        var outcome = await Verifying.VerifyAsync(new Forgery { Key = key }.Message(), zone);

        Assert.Equal((result, detail), (outcome.Result, outcome.Signatures[0].Detail));
    }

    [Fact]
    public async Task Verify_RsaKeyAboveTheLimit_IsRefused()
    {
        var message = Encoding.Latin1.GetBytes(new Forgery().Message());

        var outcome = await Verifying.VerifyAsync(message, new ZoneResolver(TestKeys.Zone), options: new DkimOptions { MaxKeySize = 2047 });

        Assert.Equal((DkimResult.Policy, "the key is too large"), (outcome.Result, outcome.Signatures[0].Detail));
    }

    [Fact]
    public async Task Verify_KeyOfManyKilobytes_IsNotEvenParsed()
    {
        var zone = new Zone().Add(TestKeys.RsaName, DnsType.TXT, "p=" + new string('A', 8000));

        Assert.Equal("the key is too large", (await Verifying.VerifyAsync(new Forgery().Message(), zone)).Signatures[0].Detail);
    }

    [Fact]
    public async Task Verify_KeyThatIsNoPublicKeyInfo_IsReadAsRsaPublicKey()
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(TestKeys.Rsa.ToPem());
        var zone = new Zone().Add(TestKeys.RsaName, DnsType.TXT, "p=" + Convert.ToBase64String(rsa.ExportRSAPublicKey()));

        Assert.Equal(DkimResult.Pass, (await Verifying.VerifyAsync(new Forgery().Message(), zone)).Result);
    }

    [Fact]
    public async Task Verify_KeyWithHugeExponent_IsMalformed()
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(TestKeys.Rsa.ToPem());
        var parts = rsa.ExportParameters(false);
        using var odd = RSA.Create();
        odd.ImportParameters(new() { Modulus = parts.Modulus, Exponent = [.. Enumerable.Repeat((byte)0xFF, 32)] });
        var zone = new Zone().Add(TestKeys.RsaName, DnsType.TXT, "p=" + Convert.ToBase64String(odd.ExportSubjectPublicKeyInfo()));

        Assert.Equal("the key is malformed", (await Verifying.VerifyAsync(new Forgery().Message(), zone)).Signatures[0].Detail);
    }

    [Theory]
    [InlineData("v=DKIM1; k=ed25519; p=AAAA", "the key is malformed")]
    [InlineData("v=DKIM1; k=rsa; p={0}", "the key is for another algorithm")]
    public async Task Verify_Ed25519WithAnotherKey_IsPermError(string record, string detail)
    {
        var zone = new Zone().Add(TestKeys.RsaName, DnsType.TXT, string.Format(record, TestKeys.RsaValue));
        var message = new Forgery { Key = TestKeys.Ed25519, Tags = Forgery.Usual.Replace("rsa-", "ed25519-") }.Message();

        var outcome = await Verifying.VerifyAsync(message, zone);

        Assert.Equal((DkimResult.PermError, detail), (outcome.Result, outcome.Signatures[0].Detail));
    }

    [Fact]
    public async Task Verify_TestingKey_SaysSo()
    {
        var zone = new Zone().Add(TestKeys.RsaName, DnsType.TXT, "v=DKIM1; t=y; p=" + TestKeys.RsaValue);

        Assert.True((await Verifying.VerifyAsync(new Forgery().Message(), zone)).Signatures[0].IsTesting);
        Assert.False((await Verifying.VerifyAsync(new Forgery().Message())).Signatures[0].IsTesting);
    }

    [Theory]
    [InlineData("example.com", true)]
    [InlineData("EXAMPLE.com", true)]
    [InlineData("news.example.com", false)]
    public async Task Verify_StrictKey_WantsTheDomainItself(string identity, bool passes)
    {
        var zone = new Zone().Add(TestKeys.RsaName, DnsType.TXT, "v=DKIM1; t=s; p=" + TestKeys.RsaValue);
        var message = new Forgery { Tags = $"i=jane@{identity}; {Forgery.Usual}" }.Message();

        Assert.Equal(passes, (await Verifying.VerifyAsync(message, zone)).Result == DkimResult.Pass);
    }

    [Fact]
    public async Task Verify_DnsFails_IsTempErrorEvenBesideAFail()
    {
        var silent = new ZoneResolver(new Zone { IsSilent = true });
        var bad = Forgery.Usual.Replace("{bh}", "AAAA").Replace("{b}", "AAAA");

        var outcome = await Verifying.VerifyAsync(Encoding.Latin1.GetBytes($"DKIM-Signature: {bad}\r\n{new Forgery().Message()}"), silent);

        Assert.Equal("temperror", outcome.Result.ToWord());
        Assert.Equal("TXT: timeout", outcome.Signatures[1].Detail);
        // What is certain without a key costs no question.
        Assert.Equal([(TestKeys.RsaName, DnsType.TXT)], silent.Asked);
    }

    [Fact]
    public async Task Verify_ResolverThatHangs_EndsWithTempErrorAtTheDeadline()
    {
        var time = new FakeTime();
        var dns = new HangingResolver();
        var verifying = Verifying.VerifyAsync(Encoding.Latin1.GetBytes(new Forgery().Message()), dns, time);
        await dns.Asked.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.False(verifying.IsCompleted);

        time.Advance(new DkimOptions().Timeout);

        Assert.Equal(DkimResult.TempError, (await verifying.WaitAsync(TimeSpan.FromSeconds(10))).Result);
    }

    [Fact]
    public async Task Verify_SeveralRecords_FirstThatIsAKeyCounts()
    {
        var zone = new Zone()
            .Add(TestKeys.RsaName, DnsType.TXT, "v=spf1 -all")
            .Add(TestKeys.RsaName, DnsType.TXT, TestKeys.Rsa.Record.Text);

        Assert.Equal(DkimResult.Pass, (await Verifying.VerifyAsync(new Forgery().Message(), zone)).Result);
    }

    private sealed class HangingResolver : IDnsResolver
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask<DnsAnswer> ResolveAsync(string name, DnsType type, CancellationToken cancel = default)
        {
            Asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancel);
            return DnsAnswer.NoSuchName(TimeSpan.Zero);
        }
    }
}
