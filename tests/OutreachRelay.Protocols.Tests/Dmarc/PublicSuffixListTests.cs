using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Protocols.Dmarc;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Protocols.Tests.Dns;

namespace OutreachRelay.Protocols.Tests.Dmarc;

public class PublicSuffixListTests
{
    /// <summary>Written for these tests: of each kind of rule as many as the rows need.</summary>
    private const string Rules =
        """
        // A comment, and an empty line.

        com
        uk.com trailing text is no part of the rule
        biz
        ac
        jp
        ac.jp
        kyoto.jp
        ide.kyoto.jp
        *.kobe.jp
        !city.kobe.jp
        *.mm
        *.ck
        !www.ck
        us
        ak.us
        k12.ak.us
        cn
        com.cn
        公司.cn
        中国
        """;

    private static readonly JsonElement[] Rows = [.. Vectors.Read("dmarc/psl.jsonl")];
    private static readonly PublicSuffixList List = PublicSuffixList.Parse(Rules);

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Rows.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void FindRegistrable_RowOfTheList_GivesItsAnswer(int number)
    {
        var expected = Rows[number].GetProperty("registrable").GetString();

        var found = List.FindRegistrable(Rows[number].GetProperty("domain").GetString() ?? "");

        Assert.Equal(expected is null ? null : Mailbox.ToAsciiDomain(expected), found);
    }

    [Fact]
    public void Rows_OfTheFile_AreAllThere() => Assert.Equal(156, Rows.Length);

    [Fact]
    public void Parse_Rules_AreCountedWithoutComments() => Assert.Equal(20, List.Count);

    [Theory]
    [InlineData("")]
    [InlineData("a..com")]
    [InlineData(".")]
    public void FindRegistrable_NoDomainName_IsNothing(string domain) => Assert.Null(List.FindRegistrable(domain));

    [Fact]
    public void Parse_AnyText_EndsWithAListThatAnswers()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), ArbMap.Default.ArbFor<string>(), (rules, domain) =>
        {
            var list = PublicSuffixList.Parse(rules);
            return list.FindRegistrable(domain ?? "") is null or { Length: > 0 };
        }).QuickCheckThrowOnFailure();
    }
}
