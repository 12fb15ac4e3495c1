using System.Diagnostics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Tests.Mime;

public sealed class AddressListTests
{
    [Theory]
    [InlineData("jane@x.example", "", "jane@x.example")]
    [InlineData(" Jane Doe <jane@x.example>", "Jane Doe", "jane@x.example")]
    [InlineData("\"Doe, \\\"J\\\\ane\\\"\" <jane@x.example>", "Doe, \"J\\ane\"", "jane@x.example")]
    [InlineData("J. Doe <jane@x.example>", "J. Doe", "jane@x.example")]
    [InlineData("\"Jane\r\n Doe\"\r\n <jane@x.example>", "Jane Doe", "jane@x.example")]
    [InlineData("<jane@x.example>", "", "jane@x.example")]
    [InlineData("Jänë <jane@x.example>", "Jänë", "jane@x.example")]
    [InlineData("a=b <jane@x.example>", "a=b", "jane@x.example")]
    public void Parse_OneMailbox_GivesNameAndAddress(string value, string name, string address)
    {
        var list = Parse(value);
        Assert.True(list.IsValid, list.Error.ToString());
        var entry = Assert.Single(list.Addresses);
        Assert.Equal((name, address), (entry.DisplayName, entry.Mailbox!.ToString()));
    }

    [Theory]
    [InlineData("Jane (work (or home) \\) ) Doe (x) <(a) jane (b) @ (c) x . example (d)> (e)", "Jane Doe")]
    [InlineData("Jane <@relay.example,@other.example:jane@x.example>", "Jane")]
    [InlineData("Jane <\r\n jane\r\n @\r\n\tx.example\r\n >", "Jane")]
    [InlineData("Jane <jane@x . example>", "Jane")]
    [InlineData(", ,Jane <jane@x.example>,,", "Jane")]
    public void W5_ObsoleteForms_AreRead(string value, string name)
    {
        var list = Parse(value);
        Assert.True(list.IsValid, list.Error.ToString());
        Assert.Equal(name, list.Addresses[0].DisplayName);
        Assert.Equal("jane@x.example", list.FirstMailbox!.ToString());
    }

    [Theory]
    [InlineData("\"a b\"@x.example", "\"a b\"@x.example")]
    [InlineData("\"a@b\"@x.example", "\"a@b\"@x.example")]
    [InlineData("<\"a\".b@x.example>", "a.b@x.example")]
    [InlineData("a..b@x.example", "\"a..b\"@x.example")]
    [InlineData("ü@x.example", "ü@x.example")]
    public void W5_QuotedLocalPart_IsRead(string value, string address) => Assert.Equal(address, Parse(value).FirstMailbox!.ToString());

    [Fact]
    public void W3_TwoMailboxes_KeepTheirOrder()
    {
        var list = Parse("Jane <jane@x.example>,\r\n\tJohn <john@y.example>");
        Assert.Equal(["Jane", "John"], list.Addresses.Select(a => a.DisplayName));
    }

    [Fact]
    public void W4_Group_HasNameAndMembers()
    {
        var list = Parse("Team: a@x.example, B <b@y.example>; , c@z.example");
        Assert.True(list.IsValid);
        Assert.Equal(("Team", true, 2), (list.Addresses[0].DisplayName, list.Addresses[0].IsGroup, list.Addresses[0].Members.Length));
        Assert.Equal(["a@x.example", "b@y.example", "c@z.example"], list.Mailboxes().Select(m => m.ToString()));
        Assert.Empty(Parse("undisclosed-recipients:;").Addresses[0].Members);
    }

    [Theory]
    [InlineData("=?UTF-8?B?SsOkbsOr?= <a@x.example>", "Jänë")]
    [InlineData("=?iso-8859-1?Q?J=E4n=EB_Doe?= <a@x.example>", "Jänë Doe")]
    [InlineData("=?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= <a@x.example>", "山田")]
    [InlineData("=?windows-1252?q?=93J=94?= <a@x.example>", "“J”")]
    [InlineData("=?utf-8?Q?J=C3?=\r\n =?utf-8?Q?=A4ne?= <a@x.example>", "Jäne")]
    [InlineData("=?utf-8?B?SsM=?= =?utf-8?B?pG5l?= <a@x.example>", "Jäne")]
    [InlineData("=?utf-8*de?Q?J=C3=A4ne?= Doe <a@x.example>", "Jäne Doe")]
    [InlineData("\"=?utf-8?Q?J=C3=A4ne?=\" <a@x.example>", "Jäne")]
    [InlineData("=?utf-8?Q?Doe,_J?= <a@x.example>", "Doe, J")]
    [InlineData("=?broken <a@x.example>", "=?broken")]
    public void W6_EncodedNames_ReadTheSame(string value, string name)
    {
        var list = Parse(value);
        Assert.True(list.IsValid, list.Error.ToString());
        Assert.Equal(name, Assert.Single(list.Addresses).DisplayName);
    }

    [Fact]
    public void W6_UnknownCharset_IsAFaultAndKeepsTheAddress()
    {
        var list = Parse("=?x-klingon?Q?nuqneH?= <a@x.example>");
        Assert.Equal(AddressFault.UnknownCharset, list.Error.Fault);
        Assert.NotNull(list.FirstMailbox);
    }

    [Theory]
    [InlineData("Doe, John <j@x.example>", AddressFault.NoAddress)]
    [InlineData("\"Doe <j@x.example>", AddressFault.OpenQuote)]
    [InlineData("Doe <j@x.example", AddressFault.BadAddress)]
    [InlineData("Doe <j@x.example> x", AddressFault.StrayCharacter)]
    [InlineData("Doe j@x.example>", AddressFault.BadAddress)]
    [InlineData("(Doe <j@x.example>", AddressFault.BadComment)]
    [InlineData("Doe <>", AddressFault.BadAddress)]
    [InlineData("Doe", AddressFault.NoAddress)]
    [InlineData("@x.example", AddressFault.BadAddress)]
    [InlineData("a: b: c@x.example;", AddressFault.BadGroup)]
    [InlineData("a: c@x.example", AddressFault.BadGroup)]
    [InlineData("c@x.example;", AddressFault.StrayCharacter)]
    [InlineData("jane@x.example <jane@x.example>", AddressFault.StrayCharacter)]
    public void W8_Malformed_IsAFault(string value, AddressFault fault) => Assert.Equal(fault, Parse(value).Error.Fault);

    [Fact]
    public void Parse_UnquotedAddressAsName_IsOneAddress()
    {
        var entry = Assert.Single(Parse("jane@x.example <jane@y.example>").Addresses);
        Assert.Equal(("jane@x.example", "jane@y.example"), (entry.DisplayName, entry.Mailbox!.ToString()));
    }

    [Theory]
    [InlineData("root@localhost")]
    [InlineData("a@[192.0.2.1]")]
    public void Parse_AddressThatCannotBeMailed_IsNoFault(string value)
    {
        var list = Parse(value);
        Assert.True(list.IsValid);
        Assert.Null(Assert.Single(list.Addresses).Mailbox);
    }

    [Fact]
    public void Parse_MoreThanTheLimit_Stops()
    {
        var list = AddressList.Parse("a@x.example,b@x.example,c@x.example"u8, maxAddresses: 2);
        Assert.Equal((2, AddressFault.TooMany), (list.Addresses.Length, list.Error.Fault));
    }

    [Theory]
    [InlineData("(")]
    [InlineData("\"")]
    [InlineData("\\")]
    [InlineData(",")]
    [InlineData("a,")]
    [InlineData("<")]
    [InlineData("a<")]
    [InlineData("a:")]
    [InlineData("a@b ")]
    [InlineData("a@b.c,")]
    [InlineData("a.")]
    [InlineData("a (b) . ")]
    [InlineData("=?")]
    [InlineData("=?a?q?")]
    [InlineData("=?utf-8?q?,?=@")]
    [InlineData("=?utf-8?q?a?= ")]
    [InlineData("=?x-y?q?a?= ")]
    [InlineData("ü@ü.")]
    [InlineData("@a,")]
    public void W8_OneMegabyteOfOnePiece_IsReadInLinearTime(string piece)
    {
        var value = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length)) + " <a@x.example>");
        var watch = Stopwatch.StartNew();
        AddressList.Parse(value);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    [Fact]
    public void W8_TenThousandNestedComments_AreAFaultAndDoNotHideTheAddress()
    {
        var list = Parse(new string('(', 10_000) + new string(')', 10_000) + " Jane <jane@x.example>");
        Assert.Equal((AddressFault.BadComment, "jane@x.example"), (list.Error.Fault, list.FirstMailbox!.ToString()));
    }

    [Fact]
    public void Parse_RandomPieces_NeverFails()
    {
        var pieces = Gen.Elements("a", "@", "<", ">", ",", ";", ":", "\"", "\\", "(", ")", ".", " ", "\r\n ", "[", "]", "=?utf-8?q?=C3?=", "é", "x.example");
        Prop.ForAll(Gen.ListOf(pieces).Select(string.Concat).ToArbitrary(), value =>
            AddressList.Parse(Encoding.UTF8.GetBytes(value), maxAddresses: 5).Addresses.Length <= 5).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Parse_RandomOctets_NeverFails() =>
        Prop.ForAll<byte[]>(value => AddressList.Parse(value) is not null && EncodedText.TryDecode(value, out _) | true).QuickCheckThrowOnFailure();

    private static AddressList Parse(string value) => AddressList.Parse(Encoding.UTF8.GetBytes(value));
}
