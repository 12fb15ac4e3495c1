using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Policy.Score;

namespace OutreachRelay.Tests.Policy.Score;

public class HostileContentTests
{
    private const int Size = 1 << 20;

    private static readonly string[] Pieces =
    [
        "<", ">", "</", "<!--", "-->", "--!", "<!", "<?", "<![CDATA[", "&", "&#x", "&#0;", "&lt", "\"", "'", "=", " ", "\r\n", "\0", "é", "\u200b", "{{", "}}", "%A", "[",
        "<a href=", "<p style='color:#fff;display:none'>", "<script>", "</script>", "<title>", "<template>", "<table><tr><td>", "https://", "bit.ly/", "Hi ,",
        "--b\r\n", "--b--\r\n", "Content-Type: text/html\r\n\r\n", "Content-Transfer-Encoding: base64\r\n\r\n", "viagra", "A",
    ];

    // The first ends a process that gives comments to AngleSharp's tokenizer; the others are long, deep, or many of one thing.
    [Theory]
    [InlineData("<!----", "!--")]
    [InlineData("<!--", "--!")]
    [InlineData("", "<!")]
    [InlineData("", "<")]
    [InlineData("", "&")]
    [InlineData("", "&CounterClockwiseContourIntegra")]
    [InlineData("", "<div>")]
    [InlineData("", "<b a=1><p>")]
    [InlineData("<a ", "b ")]
    [InlineData("<a ", "b='>' ")]
    [InlineData("<p style='", "color:#fff;")]
    [InlineData("", "<a href=http://a.example>b.example</a>")]
    [InlineData("", "<p></x>")]
    [InlineData("", "\0")]
    [InlineData("<script>", "</scrip")]
    [InlineData("<title>", "&lt;")]
    [InlineData("", "{{a")]
    [InlineData("", "[your ")]
    [InlineData("", "%aaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("", "http://")]
    [InlineData("", "viagra xviagra ")]
    public void Score_AMebibyteOfOnePiece_IsScored(string start, string piece)
    {
        var html = start + string.Concat(Enumerable.Repeat(piece, Size / piece.Length));

        Assert.NotNull(ScoreMessages.Rules.Score(ScoreMessages.Html(html), isWhole: true, addsUnsubscribe: false));
    }

    [Fact]
    public void Read_TenThousandLevels_AreCountedToTheBound()
    {
        var html = HtmlReader.Read(string.Concat(Enumerable.Repeat("<div>", 10_000)) + "deep");

        Assert.Equal("deep", html.Text);
        Assert.Equal(HtmlReader.MaxDepth + 1, html.Depth);
    }

    [Fact]
    public void Read_MoreLinksThanAnybodyWrites_KeepsAThousand() =>
        Assert.Equal(1000, HtmlReader.Read(string.Concat(Enumerable.Repeat("<a href=x>y</a>", 5_000))).Links.Length);

    [Theory]
    [InlineData("a<!-- b -->c", "a c")]
    [InlineData("a<!-- b", "a ")]
    [InlineData("<!DOCTYPE html>a", " a")]
    [InlineData("<?php x ?>a<!", " a ")]
    [InlineData("a<", "a<")]
    [InlineData("<p>", "<p>")]
    public void WithoutDeclarations_AnyForm_LeavesNone(string html, string rest) => Assert.Equal(rest, HtmlMarkup.WithoutDeclarations(html));

    [Fact]
    public void WithoutDeclarations_AnyPieces_LeaveNone() => Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
    {
        var rest = HtmlMarkup.WithoutDeclarations(Assemble(new Random(seed)));
        return !rest.Contains("<!", StringComparison.Ordinal) && !rest.Contains("<?", StringComparison.Ordinal);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    [Fact]
    public void Score_AnyPieces_AreScored() => Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
    {
        var random = new Random(seed);
        var kind = random.Next(3) switch { 0 => "text/html", 1 => "multipart/mixed; boundary=b", _ => "text/plain" };
        var message = $"Subject: {Assemble(random).ReplaceLineEndings(" ").Replace("\0", "", StringComparison.Ordinal)}\r\nContent-Type: {kind}\r\n\r\n{Assemble(random)}";
        var score = ScoreMessages.Rules.Score(Encoding.UTF8.GetBytes(message), isWhole: random.Next(2) == 0, addsUnsubscribe: false);
        return score is not null && score.Findings.All(finding => finding.Where.Length < 200 && !finding.Where.Any(char.IsControl));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    private static string Assemble(Random random) => string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => Pieces[random.Next(Pieces.Length)]));
}
