using System.Buffers;
using System.Diagnostics;
using System.Text;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Tests.Dns;

namespace OutreachRelay.Protocols.Tests.Dkim;

public class DkimPropertyTests
{
    private static readonly string[] Pieces =
        ["=", ";", ":", " ", "\t", "\r\n ", "/", "@", "b=", "bh=", "h=From", "l=99999999999999999999", "\u00FC", "=40", "%", "d=", "..", "\0", "AAAA"];

    [Fact]
    public async Task SignThenVerify_VariedMessages_Pass()
    {
        var random = new Random(20260301);
        for (var round = 0; round < 400; round++)
        {
            var mail = VariedMail.Make(random);
            var (form, header) = (AnyForm(random), AnyForm(random));
            var isRsa = round % 4 != 0;
            var options = new DkimSignerOptions { Domain = "example.com", Selector = isRsa ? "sel" : "ed", Canonicalization = header };
            var signed = Signing.Sign(mail.Fields, mail.Body, options, isRsa ? TestKeys.Rsa : TestKeys.Ed25519, form);

            var outcome = await VerifyAsync(signed, random.Next(1, 100));
            Assert.True(outcome.Result == DkimResult.Pass, $"round {round}: {outcome.Signatures[0].Detail}\n{signed}");
            // What SMTP adds to a body without a final line end must not matter.
            if (!mail.Body.EndsWith("\r\n", StringComparison.Ordinal) && mail.Body.Length > 0)
                Assert.Equal(DkimResult.Pass, (await VerifyAsync(signed + "\r\n", 64)).Result);
        }
    }

    [Fact]
    public async Task FlipAnyOctet_OfASignedPart_Fails()
    {
        const string Fields = "From: Jane <jane@example.com>\r\nTo: joe@example.net\r\nSubject: Hello\r\n";
        var options = new DkimSignerOptions { Domain = "example.com", Selector = "ed", Canonicalization = DkimCanonicalization.Simple };
        var signed = Signing.Sign(Fields, "Dear Joe,\r\n hello.\r\n", options, TestKeys.Ed25519, DkimCanonicalization.Simple);

        for (var at = 0; at < signed.Length; at++)
        {
            var octets = Encoding.Latin1.GetBytes(signed);
            octets[at] ^= 1;
            // Base64 ignores white space, and a CR or LF that is none any more is no message.
            if (signed[at] is '\r' or '\n' || octets[at] is (byte)'\r' or (byte)'\n' || !IsMessage(octets))
                continue;
            var outcome = await Verifying.VerifyAsync(octets, new ZoneResolver(TestKeys.Zone));
            Assert.True(outcome.Result != DkimResult.Pass, $"octet {at} of\n{signed}");
        }
    }

    [Fact]
    public async Task RelaxedSignature_WhiteSpaceChanged_StillPasses()
    {
        var random = new Random(20260304);
        for (var round = 0; round < 200; round++)
        {
            var mail = VariedMail.Make(random);
            var signed = Signing.Sign(mail.Fields, mail.Body + "\r\n", new() { Domain = "example.com", Selector = "ed" }, TestKeys.Ed25519);

            var changed = signed.Replace("\r\n ", "\r\n\t  ").Replace("\tx", " \t x").Replace("\r\nSubject:", "\r\nSUBJECT \t:  ") + "\r\n\r\n";

            Assert.Equal(DkimResult.Pass, (await VerifyAsync(changed, 5)).Result);
        }
    }

    [Fact]
    public void Canonicalize_AnyBodyCutAnywhere_EqualsTheReference()
    {
        var random = new Random(20260305);
        for (var round = 0; round < 20_000; round++)
        {
            var body = string.Concat(random.GetItems<string>([" ", "\t", "\r\n", "\r\n", "\r", "\n", "a", "b c"], random.Next(12)));
            foreach (var form in Enum.GetValues<DkimCanonicalization>())
            {
                var output = new ArrayBufferWriter<byte>();
                var canonicalizer = new BodyCanonicalizer(form, output);
                foreach (var piece in body.Chunk(random.Next(1, 6)))
                    canonicalizer.Append(Encoding.Latin1.GetBytes(piece));
                canonicalizer.Complete();
                Assert.Equal(Forgery.CanonicalBody(body, form), Encoding.Latin1.GetString(output.WrittenSpan));
            }
        }
    }

    [Fact]
    public void Canonicalize_AnyField_EqualsTheReference()
    {
        var random = new Random(20260306);
        for (var round = 0; round < 20_000; round++)
        {
            var value = string.Concat(random.GetItems<string>([" ", "\t", "\r\n ", "\r\n\t", "a", "ü:", "b c"], random.Next(12)));
            var field = random.GetItems<string>(["X-Name:", "x \t:", "SUBJECT:"], 1)[0] + value;
            foreach (var form in Enum.GetValues<DkimCanonicalization>())
            {
                var output = new ArrayBufferWriter<byte>();
                HeaderCanonicalizer.Write(form, Encoding.Latin1.GetBytes(field + "\r\n"), output);
                Assert.Equal(Forgery.CanonicalField(field, form) + "\r\n", Encoding.Latin1.GetString(output.WrittenSpan));
            }
        }
    }

    [Fact]
    public async Task Verify_ChangedSignaturesAndRecords_EndWithAResult()
    {
        var random = new Random(20260307);
        var good = new Forgery();
        var field = good.Field();
        for (var round = 0; round < 5_000; round++)
        {
            var record = round % 2 == 0 ? TestKeys.Rsa.Record.Text : Change(TestKeys.Rsa.Record.Text, random);
            var message = (round % 2 == 0 ? Change(field, random, 15) : field) + $"\r\n{good.Fields}\r\n{good.Body}";
            if (!IsMessage(Encoding.Latin1.GetBytes(message)))
                continue;

            var outcome = await Verifying.VerifyAsync(message, new Zone().Add(TestKeys.RsaName, DnsType.TXT, record));

            Assert.All(outcome.Signatures, each => Assert.Equal(each.Result == DkimResult.Pass, each.Detail.Length == 0));
            Assert.All(outcome.Signatures, each => Assert.DoesNotContain(each.Detail, c => c is < ' ' or > '~'));
        }
    }

    [Theory]
    [InlineData("X: y\r\n", "From:X")]
    [InlineData("X: y\r\n", "From:X:X:X:X:X:X:X:X")]
    [InlineData("From: y\r\n", "From")]
    public async Task Verify_HugeHeaderSection_EndsSoon(string field, string names)
    {
        var watch = Stopwatch.StartNew();
        var list = string.Concat(Enumerable.Repeat(names + ":", 100_000 / names.Length)) + "From";
        var signature = $"DKIM-Signature: {Forgery.Usual.Replace("From:To:Subject", list).Replace("{b}", "AAAA")
            .Replace("{bh}", Convert.ToBase64String(Forgery.Sha256("x\r\n")))}\r\n";

        var outcome = await Verifying.VerifyAsync(
            string.Concat(Enumerable.Repeat(signature, 8)) + string.Concat(Enumerable.Repeat(field, 100_000)) + "\r\nx\r\n");

        Assert.Equal("the signature does not match", outcome.Signatures[7].Detail);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
    }

    [Theory]
    [InlineData("d=", "\u00C3\u00BC")]
    [InlineData("s=", "\u00C3\u00BC.")]
    [InlineData("i=a@", "\u00C3\u00BC")]
    [InlineData("b=", "A")]
    [InlineData("x=", "9")]
    [InlineData("c=", "/")]
    [InlineData("q=", ":")]
    [InlineData("h=", ":")]
    [InlineData("z=", "|")]
    [InlineData("", ";")]
    [InlineData("", "a=;")]
    [InlineData("", " ")]
    public async Task Verify_HugeTag_EndsSoonWithoutPass(string start, string piece)
    {
        var watch = Stopwatch.StartNew();
        var tags = Forgery.Usual.Replace("{b}", "AAAA").Replace("{bh}", "AAAA").Split("; ").Where(tag => start.Length == 0 || tag[..2] != start[..2]);

        var outcome = await Verifying.VerifyAsync(
            $"DKIM-Signature: {string.Join("; ", tags)}; {start}{string.Concat(Enumerable.Repeat(piece, 250_000))}\r\nFrom: x\r\n\r\n");

        Assert.NotEqual(DkimResult.Pass, outcome.Result);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("\r")]
    [InlineData("\r\n")]
    [InlineData(" \r\n")]
    [InlineData("a b ")]
    public void Append_ManyMegabytesOfOnePiece_EndsSoon(string piece)
    {
        var watch = Stopwatch.StartNew();
        var octets = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(piece, 65_536 / piece.Length)));
        using var hasher = new DkimBodyHasher(DkimCanonicalization.Relaxed);

        for (var i = 0; i < 128; i++)
            hasher.Append(octets);
        hasher.Append("end"u8);
        hasher.Complete();

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
    }

    private static Task<DkimOutcome> VerifyAsync(string message, int chunk) =>
        Verifying.VerifyAsync(Encoding.Latin1.GetBytes(message), new ZoneResolver(TestKeys.Zone), chunk: chunk);

    private static bool IsMessage(byte[] octets) => HeaderSection.TryRead(octets, HeaderLimits.None, out _, out _);

    private static DkimCanonicalization AnyForm(Random random) => (DkimCanonicalization)random.Next(2);

    private static string Change(string text, Random random, int from = 0)
    {
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(from, text.Length);
            var length = Math.Min(random.Next(0, 12), text.Length - at);
            text = text[..at] + (random.Next(2) == 0 ? random.GetItems(Pieces, 1)[0] : "") + text[(at + length)..];
        }
        return text;
    }
}
