using System.Text;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Tests.Dns;
using OutreachRelay.Tests;

namespace OutreachRelay.Protocols.Tests.Dkim;

public class DkimVerifierTests
{
    private static readonly long Now = new FakeTime().GetUtcNow().ToUnixTimeSeconds();

    [Theory]
    [InlineData("c=relaxed/relaxed")]
    [InlineData("c=relaxed/simple")]
    [InlineData("c=simple/relaxed")]
    [InlineData("c=simple/simple")]
    [InlineData("c=simple")]
    [InlineData("c=relaxed")]
    [InlineData("q=dns/txt")]
    [InlineData("q=future:dns/txt")]
    [InlineData("i=jane@example.com")]
    [InlineData("i=@news.EXAMPLE.com")]
    [InlineData("x=99999999999999999999999999999999999999")]
    [InlineData("t=99999999999999999999999999999999999999")]
    [InlineData("l=0")]
    [InlineData("l=11")]
    [InlineData("z=From:whoever|To:whoever; future_tag=whatever")]
    public async Task Verify_WellFormedTags_Pass(string tag)
    {
        var tags = "v=1; a=rsa-sha256; d=example.com; s=sel;\r\n h = From : To\r\n\t:Subject; " + tag + "; bh={bh}; b={b}";

        var outcome = await Verifying.VerifyAsync(new Forgery { Tags = tags }.Message());

        Assert.Equal(new DkimSignatureOutcome { Result = DkimResult.Pass, Domain = "example.com", Selector = "sel" },
            Assert.Single(outcome.Signatures) with { UnsignedLength = 0 });
    }

    [Theory]
    [InlineData("relaxed", "v=1; b={b}; a=rsa-sha256;")]
    [InlineData("simple", "v=1; b= \t{b} ; a=rsa-sha256;")]
    [InlineData("simple", "v=1; b=\r\n {b}\r\n\t; a=rsa-sha256;")]
    public async Task Verify_ValueInTheMiddle_IsCutOutWithItsWhiteSpace(string form, string start)
    {
        var message = new Forgery { Tags = $"{start} c={form}; d=example.com; s=sel; h=From; bh={{bh}}; " }.Message();

        Assert.Equal(DkimResult.Pass, (await Verifying.VerifyAsync(message)).Result);
    }

    [Fact]
    public async Task Verify_DomainBeyondAscii_IsAskedForInALabels()
    {
        var domain = Encoding.Latin1.GetString("Bücher.example"u8);
        var zone = new Zone().Add("sel._domainkey.xn--bcher-kva.example", DnsType.TXT, TestKeys.Rsa.Record.Text);

        var outcome = await Verifying.VerifyAsync(new Forgery { Tags = Forgery.Usual.Replace("example.com", domain) }.Message(), zone);

        Assert.Equal((DkimResult.Pass, "xn--bcher-kva.example"), (outcome.Result, outcome.Signatures[0].Domain));
    }

    [Theory]
    [InlineData("nonsense", "neutral", "the signature is no list of tags")]
    [InlineData("", "neutral", "the signature is no list of tags")]
    [InlineData("v=1; v=1; a=rsa-sha256", "neutral", "the signature is no list of tags")]
    [InlineData("v=1;; a=rsa-sha256", "neutral", "the signature is no list of tags")]
    [InlineData("v=1; 1a=x", "neutral", "the signature is no list of tags")]
    [InlineData("v=2; a=rsa-sha256; d=example.com; s=sel; h=From; bh={bh}; b={b}", "neutral", "v= is not 1")]
    [InlineData("a=rsa-sha256; d=example.com; s=sel; h=From; bh={bh}; b={b}", "neutral", "v= is missing")]
    [InlineData("v=1; d=example.com; s=sel; h=From; bh={bh}; b={b}", "neutral", "a= is missing")]
    [InlineData("v=1; a=rsa-sha512; d=example.com; s=sel; h=From; bh={bh}; b={b}", "neutral", "a= is an unknown algorithm")]
    [InlineData("v=1; a=rsa-sha1; d=example.com; s=sel; h=From; bh={bh}; b={b}", "permerror", "rsa-sha1 is no longer accepted")]
    [InlineData("v=1; a=rsa-sha256; s=sel; h=From; bh={bh}; b={b}", "neutral", "d= is missing")]
    [InlineData("v=1; a=rsa-sha256; d=com; s=sel; h=From; bh={bh}; b={b}", "neutral", "d= is no domain name")]
    [InlineData("v=1; a=rsa-sha256; d=exa mple.com; s=sel; h=From; bh={bh}; b={b}", "neutral", "d= is no domain name")]
    [InlineData("v=1; a=rsa-sha256; d=example..com; s=sel; h=From; bh={bh}; b={b}", "neutral", "d= is no domain name")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; h=From; bh={bh}; b={b}", "neutral", "s= is missing")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=; h=From; bh={bh}; b={b}", "neutral", "s= is no selector")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; i=jane@example.org; h=From; bh={bh}; b={b}", "permerror", "i= is not within d=")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; i=@notexample.com; h=From; bh={bh}; b={b}", "permerror", "i= is not within d=")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; i=jane; h=From; bh={bh}; b={b}", "neutral", "i= is no address")]
    [InlineData("v=1; a=rsa-sha256; c=nofws; d=example.com; s=sel; h=From; bh={bh}; b={b}", "neutral", "c= is an unknown canonicalization")]
    [InlineData("v=1; a=rsa-sha256; c=simple/; d=example.com; s=sel; h=From; bh={bh}; b={b}", "neutral", "c= is an unknown canonicalization")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; bh={bh}; b={b}", "neutral", "h= is missing")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; h=From::To; bh={bh}; b={b}", "neutral", "h= is no list of field names")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; h=From:T o; bh={bh}; b={b}", "neutral", "h= is no list of field names")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; h=To:Subject; bh={bh}; b={b}", "permerror", "From is not signed")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; q=http; h=From; bh={bh}; b={b}", "neutral", "q= names no known way to the key")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; l=-1; h=From; bh={bh}; b={b}", "neutral", "l= is no number")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; l=9999; h=From; bh={bh}; b={b}", "fail", "the body is shorter than l=")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; l=99999999999999999999999999; h=From; bh={bh}; b={b}", "fail", "the body is shorter than l=")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; t=now; h=From; bh={bh}; b={b}", "neutral", "t= or x= is no number")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; t=20; x=20; h=From; bh={bh}; b={b}", "neutral", "x= is not after t=")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; t=10; x=20; h=From; bh={bh}; b={b}", "policy", "the signature has expired")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; h=From; b={b}", "neutral", "bh= is missing")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; h=From; bh={bh}", "neutral", "b= is missing")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; h=From; bh={bh}; b=", "neutral", "b= or bh= is no base64")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; h=From; bh={bh}; b=*", "neutral", "b= or bh= is no base64")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; h=From; bh=AAAA; b={b}", "fail", "the body hash does not match")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; h=From; bh={bh}; b=AAAA", "fail", "the signature does not match")]
    [InlineData("v=1; a=ed25519-sha256; d=example.com; s=sel; h=From; bh={bh}; b={b}", "permerror", "the key is for another algorithm")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=other; h=From; bh={bh}; b={b}", "permerror", "there is no key")]
    public async Task Verify_TagsThatAreNot_TellsWhich(string tags, string result, string detail)
    {
        var outcome = await Verifying.VerifyAsync(new Forgery { Tags = tags }.Message());

        Assert.Equal((result, detail), (outcome.Result.ToWord(), Assert.Single(outcome.Signatures).Detail));
    }

    [Fact]
    public async Task Verify_TooManyTags_IsNeutral()
    {
        var tags = string.Concat(Enumerable.Range(0, 65).Select(i => $"x{i}=1; ")) + Forgery.Usual;

        Assert.Equal(DkimResult.Neutral, (await Verifying.VerifyAsync(new Forgery { Tags = tags }.Message())).Result);
    }

    [Fact]
    public async Task Verify_BodyLongerThanSigned_TellsHowMuchIsNot()
    {
        var signed = new Forgery { Body = "Signed.\r\n", Tags = "l=9; " + Forgery.Usual };

        var outcome = await Verifying.VerifyAsync(signed.Message() + "Added.\r\n");

        Assert.Equal((DkimResult.Pass, 8L), (outcome.Result, outcome.Signatures[0].UnsignedLength));
    }

    [Fact]
    public async Task Verify_RepeatedFields_AreTakenFromTheBottom()
    {
        const string Fields = "X: one\r\nFrom: a@example.com\r\nX: two\r\nX: three\r\n";
        var signed = new Forgery { Fields = Fields, Tags = Forgery.Usual.Replace("From:To:Subject", "From:x:X") };
        Assert.Equal(DkimResult.Pass, (await Verifying.VerifyAsync(signed.Message())).Result);

        Assert.Equal(DkimResult.Pass, (await Verifying.VerifyAsync(signed.Message().Replace("X: one", "X: another"))).Result);
        Assert.Equal(DkimResult.Fail, (await Verifying.VerifyAsync(signed.Message().Replace("X: two", "X: another"))).Result);
        Assert.Equal(DkimResult.Fail, (await Verifying.VerifyAsync(signed.Message().Replace("X: three", "X: another"))).Result);
    }

    [Fact]
    public async Task Verify_FieldSignedAsMissing_MustStayMissing()
    {
        var signed = new Forgery { Tags = Forgery.Usual.Replace("From:To:Subject", "From:From:Reply-To") }.Message();
        Assert.Equal(DkimResult.Pass, (await Verifying.VerifyAsync(signed)).Result);

        Assert.Equal(DkimResult.Fail, (await Verifying.VerifyAsync("From: eve@example.com\r\n" + signed)).Result);
        Assert.Equal(DkimResult.Fail, (await Verifying.VerifyAsync("Reply-To: eve@example.com\r\n" + signed)).Result);
    }

    [Fact]
    public async Task Verify_SignaturesSigned_NeverIncludeTheirOwn()
    {
        var inner = new Forgery();
        var outer = new Forgery { Fields = inner.Field() + "\r\n" + inner.Fields, Tags = Forgery.Usual.Replace("From:", "From:DKIM-Signature:DKIM-Signature:") };

        var outcome = await Verifying.VerifyAsync(outer.Message());

        Assert.Equal([DkimResult.Pass, DkimResult.Pass], outcome.Signatures.Select(signature => signature.Result));
    }

    [Fact]
    public async Task Verify_SeveralSignatures_AreEvaluatedFromTheTopUpToTheLimit()
    {
        var good = new Forgery();
        var bad = Forgery.Usual.Replace("{bh}", "AAAA").Replace("{b}", "AAAA");
        var message = string.Concat(Enumerable.Repeat($"DKIM-Signature: {bad}\r\n", 3)) + good.Message();

        var all = await Verifying.VerifyAsync(message);
        var some = await Verifying.VerifyAsync(
            Encoding.Latin1.GetBytes(message), new ZoneResolver(TestKeys.Zone), options: new DkimOptions { MaxSignatures = 3 });

        Assert.Equal((DkimResult.Pass, 4, 0), (all.Result, all.Signatures.Count, all.Ignored));
        Assert.Equal((DkimResult.Fail, 3, 1), (some.Result, some.Signatures.Count, some.Ignored));
    }

    [Fact]
    public async Task Verify_MessageWithoutSignature_IsNone()
    {
        var outcome = await Verifying.VerifyAsync("From: jane@example.com\r\n\r\nHello.\r\n");

        Assert.Equal("none", outcome.Result.ToWord());
        Assert.Empty(outcome.Signatures);
    }

    [Theory]
    [InlineData(-400, true)]
    [InlineData(-200, false)]
    public async Task Verify_ExpiredSignature_IsRefusedBeyondTheSkew(int seconds, bool expired)
    {
        var message = new Forgery { Tags = $"x={Now + seconds}; {Forgery.Usual}" }.Message();

        Assert.Equal(expired ? DkimResult.Policy : DkimResult.Pass, (await Verifying.VerifyAsync(message)).Result);
    }
}
