using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Mime;

public sealed class DisplayNameTests
{
    private static readonly Mailbox Jane = Mailbox.Create("jane", "x.example", out _)!;

    [Theory]
    [InlineData("", "From: jane@x.example\r\n")]
    [InlineData("Jane Doe", "From: Jane Doe <jane@x.example>\r\n")]
    [InlineData("J. Doe", "From: \"J. Doe\" <jane@x.example>\r\n")]
    [InlineData("Doe, Jane", "From: \"Doe, Jane\" <jane@x.example>\r\n")]
    [InlineData("a\"b\\c", "From: \"a\\\"b\\\\c\" <jane@x.example>\r\n")]
    [InlineData("Jane Dö", "From: =?UTF-8?Q?Jane_D=C3=B6?= <jane@x.example>\r\n")]
    [InlineData("山田太郎", "From: =?UTF-8?B?5bGx55Sw5aSq6YOO?= <jane@x.example>\r\n")]
    [InlineData("=?utf-8?q?x?=", "From: =?UTF-8?B?PT91dGYtOD9xP3g/PQ==?= <jane@x.example>\r\n")]
    public void Write_Name_UsesTheSimplestForm(string name, string field) => Assert.Equal(field, Write(name));

    [Theory]
    [InlineData("a\r\nBcc: b@x.example", "aBcc: b@x.example")]
    [InlineData("a\0b\u0001\u007Fc\u0085d\u2028e\u2029f", "abcdef")]
    [InlineData("\u202Eecnalab\u2066\u200F\u061C", "ecnalab")]
    [InlineData("  a \t b  ", "a b")]
    public void W9_W12_ForbiddenCharacters_AreRemoved(string name, string clean)
    {
        Assert.Equal(clean, DisplayName.Clean(name));
        Assert.Equal(2, Write(name).Split("\r\n").Length);
    }

    [Fact]
    public void Clean_LoneSurrogate_BecomesTheReplacementCharacter() => Assert.Equal("a\uFFFDb", DisplayName.Clean("a\uD83Db"));

    [Theory]
    [InlineData("ceo@bank.example", true)]
    [InlineData("Jane (jane\uFF20x.example)", true)]
    [InlineData("@jane", false)]
    [InlineData("Jane @ Acme", false)]
    [InlineData("Jane @ b@c", true)]
    public void W7_ContainsAddress_FindsThem(string name, bool expected) => Assert.Equal(expected, DisplayName.ContainsAddress(name));

    [Fact]
    public void W11_LongName_IsFoldedIntoShortWordsOfWholeCharacters()
    {
        var name = string.Concat(Enumerable.Repeat("👩‍👩‍👧é", 28));
        var written = Write(name);
        foreach (var line in written.TrimEnd().Split("\r\n"))
        {
            Assert.InRange(line.Length, 1, 76);
            foreach (var word in line.Split(' ').Where(w => w.StartsWith("=?", StringComparison.Ordinal)))
            {
                Assert.True(EncodedText.TryDecode(Encoding.ASCII.GetBytes(word), out var part));
                Assert.InRange(word.Length, 1, 75);
                Assert.DoesNotContain('\uFFFD', part);
                Assert.False(part.StartsWith('\u200D') || part.EndsWith('\u200D'));
            }
        }
        Assert.Equal(name, Read(written));
    }

    [Fact]
    public void W11_NameBeyondTheLimit_IsCutWithAnEllipsis()
    {
        var clean = DisplayName.Clean(string.Concat(Enumerable.Repeat("😀", 1_000)));
        Assert.Equal(string.Concat(Enumerable.Repeat("😀", 127)) + "…", clean);
        Assert.Equal(clean, DisplayName.Clean(clean));
        Assert.Equal(DisplayName.MaxLength, DisplayName.Clean("a" + new string('\u0301', 100_000)).Length);
    }

    [Fact]
    public void W12_WrittenAndReadAgain_IsStable()
    {
        Prop.ForAll<string>(name =>
        {
            var clean = DisplayName.Clean(name ?? "");
            return Read(Write(name ?? "")) == clean && DisplayName.Clean(clean) == clean && Write(clean) == Write(name ?? "");
        }).QuickCheckThrowOnFailure();
        var pieces = Gen.Elements("a", "\"", "\\", "=?", "?=", " ", "é", "😀", "\u0301", "=?utf-8?q?x?=", ",", "\r\n", "<", "\u202E", "xxxxxxxxxxxxxxxxxxxx");
        Prop.ForAll(Gen.ListOf(pieces).Select(string.Concat).ToArbitrary(), name =>
            Read(Write(name)) == DisplayName.Clean(name) && Write(name).Split("\r\n").All(line => line.Length <= 76)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void W11_NameThatQuotingMakesTooLong_IsEncoded()
    {
        var name = new string('"', 60);
        Assert.All(Write(name).Split("\r\n"), line => Assert.InRange(line.Length, 0, 76));
        Assert.Equal(name, Read(Write(name)));
    }

    [Fact]
    public void Write_LongAddress_StandsOnItsOwnLine()
    {
        var mailbox = Mailbox.Create(new string('a', 60), "x.example", out _)!;
        var output = new ArrayBufferWriter<byte>();
        new HeaderWriter(output).Mailbox("From"u8, "Jane Doe", mailbox);
        Assert.Equal($"From: Jane Doe\r\n <{mailbox}>\r\n", Encoding.ASCII.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData("jane", "bücher.example", "From: jane@xn--bcher-kva.example\r\n")]
    [InlineData("jäne", "bücher.example", "From: jäne@bücher.example\r\n")]
    public void W32_InternationalDomain_IsWrittenInAsciiUnlessTheLocalPartNeedsUtf8(string local, string domain, string field)
    {
        var output = new ArrayBufferWriter<byte>();
        new HeaderWriter(output).Mailbox("From"u8, "", Mailbox.Create(local, domain, out _)!);
        Assert.Equal(field, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData("a\r\nB: c")]
    [InlineData("a\nb")]
    [InlineData("a\r\n")]
    [InlineData("a\0")]
    [InlineData("a\r\n\r\n b")]
    public void Field_ValueThatWouldEndItsField_Throws(string value) =>
        Assert.Throws<ArgumentException>(() => new HeaderWriter(new ArrayBufferWriter<byte>()).Field("X"u8, value));

    private static string Write(string name)
    {
        var output = new ArrayBufferWriter<byte>();
        new HeaderWriter(output).Mailbox("From"u8, name, Jane);
        return Encoding.ASCII.GetString(output.WrittenSpan);
    }

    private static string Read(string field)
    {
        var list = AddressList.Parse(Encoding.ASCII.GetBytes(field["From:".Length..]));
        Assert.True(list.IsValid, list.Error.ToString());
        return Assert.Single(list.Addresses).DisplayName;
    }
}
