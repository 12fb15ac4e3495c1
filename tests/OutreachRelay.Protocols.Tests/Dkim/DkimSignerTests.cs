using System.Text;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Tests.Dns;

namespace OutreachRelay.Protocols.Tests.Dkim;

public class DkimSignerTests
{
    private const string Fields = "From: Jane <jane@example.com>\r\nTo: joe@example.net\r\nSubject: Hello\r\nContent-Type: text/plain\r\n";
    private const string Body = "Dear Joe,\r\n\r\nhello.\r\n";

    [Fact]
    public async Task W26_Sign_DefaultFields_AreSignedAndNoneCanBeAdded()
    {
        var signed = Signing.Sign(Fields, Body);

        Assert.Contains(
            "h=From:From:To:To:Subject:Subject:Date:Message-ID:Reply-To:List-Unsubscribe:List-Unsubscribe-Post:Content-Type;", Signing.Unfold(signed));
        await AssertAsync(DkimResult.Pass, signed);
        foreach (var name in new DkimSignerOptions { Domain = "", Selector = "" }.Oversigned)
        {
            await AssertAsync(DkimResult.Fail, $"{name}: <https://eve.example>\r\n{signed}");
            await AssertAsync(DkimResult.Fail, signed.Replace("\r\n\r\n", $"\r\n{name.ToLowerInvariant()}: eve@example.com\r\n\r\n"));
        }
        await AssertAsync(DkimResult.Pass, $"Received: from somewhere\r\n{signed}");
        await AssertAsync(DkimResult.Pass, $"X-Other: whatever\r\n{signed}");
    }

    [Fact]
    public async Task W26_Sign_FieldsThatAProviderReplaces_AreLeftOut()
    {
        var fields = Fields + "Message-ID: <1@example.com>\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\n";

        var signed = Signing.Sign(fields, Body, replaced: ["date", "Message-Id", "Content-Type", "from"]);

        Assert.Contains("h=From:From:To:To:Subject:Subject:Reply-To:List-Unsubscribe:List-Unsubscribe-Post;", Signing.Unfold(signed));
        await AssertAsync(DkimResult.Pass, signed.Replace("<1@example.com>", "<2@provider.example>").Replace("09:00", "10:00"));
    }

    [Fact]
    public async Task Sign_FieldsOfTheCaller_AreSignedAsOftenAsTheyAre()
    {
        var options = new DkimSignerOptions { Domain = "example.com", Selector = "sel", Oversigned = ["From"], Signed = ["X-Tag", "from"] };

        var signed = Signing.Sign("X-Tag: 1\r\nFrom: jane@example.com\r\nX-Tag: 2\r\n", Body, options);

        Assert.Contains("h=From:From:X-Tag:X-Tag;", signed);
        await AssertAsync(DkimResult.Pass, signed);
        await AssertAsync(DkimResult.Fail, signed.Replace("X-Tag: 1", "X-Tag: 3"));
        await AssertAsync(DkimResult.Fail, signed.Replace("X-Tag: 2", "X-Tag: 3"));
    }

    [Fact]
    public void Sign_Tags_AreThoseOfTheOptions()
    {
        var options = new DkimSignerOptions
        {
            Domain = "Bücher.example",
            Selector = "Sel",
            Canonicalization = DkimCanonicalization.Simple,
            Lifetime = TimeSpan.FromDays(3.5),
        };

        var signed = Signing.Unfold(Signing.Sign(Fields, Body, options));

        Assert.StartsWith(
            "DKIM-Signature: v=1; a=rsa-sha256; c=simple/relaxed; d=xn--bcher-kva.example; s=sel; t=1772442000; x=1772744400; h=From:", signed);
    }

    [Theory]
    [InlineData(DkimCanonicalization.Simple, DkimCanonicalization.Simple, true)]
    [InlineData(DkimCanonicalization.Simple, DkimCanonicalization.Relaxed, false)]
    [InlineData(DkimCanonicalization.Relaxed, DkimCanonicalization.Simple, false)]
    [InlineData(DkimCanonicalization.Relaxed, DkimCanonicalization.Relaxed, true)]
    public async Task Sign_EachForm_Verifies(DkimCanonicalization header, DkimCanonicalization body, bool isRsa)
    {
        var options = new DkimSignerOptions { Domain = "example.com", Selector = isRsa ? "sel" : "ed", Canonicalization = header };

        var signed = Signing.Sign(Fields, Body, options, isRsa ? TestKeys.Rsa : TestKeys.Ed25519, body);

        await AssertAsync(DkimResult.Pass, signed);
    }

    [Fact]
    public async Task Sign_TwoKeysOverOneBodyHash_BothVerify()
    {
        var first = Signing.Sign(Fields, Body, new() { Domain = "example.com", Selector = "ed" }, TestKeys.Ed25519);
        var both = Signing.Field(Fields, Body) + first;

        var outcome = await Verifying.VerifyAsync(both);

        Assert.Equal([DkimResult.Pass, DkimResult.Pass], outcome.Signatures.Select(signature => signature.Result));
        Assert.Equal(["sel", "ed"], outcome.Signatures.Select(signature => signature.Selector));
    }

    [Fact]
    public void Sign_SameMessageTwice_GivesTheSameOctets() =>
        Assert.Equal(Signing.Sign(Fields, Body), Signing.Sign(Fields, Body));

    [Fact]
    public async Task Sign_AnyMessage_FoldsBelow78Octets()
    {
        foreach (var size in (int[])[1, 2, 3, 7, 40, 55, 60])
        {
            var options = new DkimSignerOptions
            {
                Domain = new string('d', size) + ".example.com",
                Selector = new string('s', size),
                Oversigned = ["From", .. Enumerable.Range(1, 40).Select(i => "X-" + new string('n', (i * 7) % 60))],
            };
            var signed = Signing.Sign(Fields, Body, options);

            Assert.All(signed[..signed.IndexOf("From: ", StringComparison.Ordinal)].Split("\r\n"), line => Assert.InRange(line.Length, 0, 77));
            var zone = new Zone().Add($"{options.Selector}._domainkey.{options.Domain}", DnsType.TXT, TestKeys.Rsa.Record.Text);
            Assert.Equal(DkimResult.Pass, (await Verifying.VerifyAsync(signed, zone)).Result);
        }
    }

    [Fact]
    public async Task Sign_ManyThreadsWithOneKey_AllVerify()
    {
        foreach (var key in (DkimPrivateKey[])[TestKeys.Rsa, TestKeys.Ed25519])
        {
            var options = new DkimSignerOptions { Domain = "example.com", Selector = key == TestKeys.Rsa ? "sel" : "ed" };
            Assert.True(DkimSigner.TryCreate(key, options, out var signer, out _));
            var signed = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() => Signing.Sign(signer, Fields, $"{i}\r\n"))));

            foreach (var message in signed)
                await AssertAsync(DkimResult.Pass, message);
        }
    }

    [Fact]
    public void Append_LargeBody_AllocatesNothing()
    {
        using var hasher = new DkimBodyHasher(DkimCanonicalization.Relaxed);
        var piece = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("A line of  words, and blanks. \r\n", 2048)));
        hasher.Append(piece);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 256; i++)
            hasher.Append(piece);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData("example", "sel", "From", 1, "the domain is not valid")]
    [InlineData("exa;mple.com", "sel", "From", 1, "the domain is not valid")]
    [InlineData("example.com", "", "From", 1, "the selector is not valid")]
    [InlineData("example.com", "s l", "From", 1, "the selector is not valid")]
    [InlineData("example.com", "sel", "From:", 1, "a field name is not valid")]
    [InlineData("example.com", "sel", "", 1, "a field name is not valid")]
    [InlineData("example.com", "sel", "Fröm", 1, "a field name is not valid")]
    [InlineData("example.com", "sel", "To", 1, "From must be signed (RFC 6376 §5.4)")]
    [InlineData("example.com", "sel", "From", 0, "the lifetime is below a second")]
    public void TryCreate_OptionsThatCannotVerify_AreRefused(string domain, string selector, string field, int seconds, string expected)
    {
        var options = new DkimSignerOptions { Domain = domain, Selector = selector, Oversigned = [field], Lifetime = TimeSpan.FromSeconds(seconds) };

        Assert.False(DkimSigner.TryCreate(TestKeys.Rsa, options, out var signer, out var error));

        Assert.Null(signer);
        Assert.Equal(expected, error);
    }

    private static async Task AssertAsync(DkimResult expected, string message) =>
        Assert.Equal(expected, (await Verifying.VerifyAsync(message)).Result);
}
