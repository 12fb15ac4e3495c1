using OutreachRelay.Configuration;
using OutreachRelay.Policy.Score;

namespace OutreachRelay.Tests.Policy.Score;

public class ShippedScoreRulesTests
{
    // Loading runs each rule's example, which must meet it, and its counterexample, which must not.
    [Fact]
    public void Load_ShippedRules_HaveNoProblem()
    {
        var loaded = ScoreRules.Load(DataFolder.BesideProgram);

        Assert.Empty(loaded.Problems);
        Assert.True(loaded.Rules!.Ids.Length >= 50);
    }

    [Fact]
    public void Checks_EachOfThem_IsUsedByAShippedRule()
    {
        var text = string.Concat(Directory.GetFiles(Path.Combine(DataFolder.BesideProgram, "score")).Select(File.ReadAllText));

        Assert.All(ScoreCheckKind.All.Keys, check => Assert.Contains($"check = \"{check}\"\n", text));
    }

    [Fact]
    public void Score_CleanMail_MeetsNoRule() => Assert.Empty(ScoreMessages.Score(ScoreMessages.Clean).Findings);

    [Fact]
    public void Score_OrdinaryHtmlMail_IsNotTagged()
    {
        var mail = ScoreMessages.Clean.Replace("\r\n\r\nHello", "\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nHello Ann Miller, shall we talk "
            + "about the drawings that your colleagues presented at the fair in Hanover? https://crm.example/a\r\n--b\r\nContent-Type: text/html\r\n\r\n<!DOCTYPE html>"
            + "<html><head><title>x</title><style>a{color:#fff}</style></head><body bgcolor=\"#ffffff\"><div style=\"display:none\">Drawings</div><p>Hello Ann Miller, "
            + "shall we talk about the drawings that your colleagues presented at the fair in Hanover?<p><a style=\"background:#0a0;color:#fff\" "
            + "href=\"https://crm.example/a\">Choose a time</a><img src=\"https://crm.example/logo.png\"><p>Hello", StringComparison.Ordinal) + "\r\n--b--\r\n";

        Assert.Empty(ScoreMessages.Score(mail).Findings);
    }

    [Theory]
    [InlineData("Subject: Hi {{ first_name }}", "placeholder-braces")]
    [InlineData("Subject: =?utf-8?Q?Hi_=7B=7Bfirst=5Fname=7D=7D?=", "placeholder-braces")]
    [InlineData("Subject: 100% sicher, %VORNAME%", "placeholder-percent")]
    [InlineData("Subject: hello\r\nTo: \"*|FNAME|*\" <a@b.example>", "placeholder-stars")]
    [InlineData("Subject: AW: Termin", "false-reply")]
    [InlineData("Subject: =?utf-8?B?TEFTVCBDSEFOQ0UgVE8gQlVZIE5PVw==?=", "subject-capitals")]
    public void Score_HeaderThatGivesItselfAway_MeetsTheRule(string header, string rule) =>
        Assert.Contains(rule, ScoreMessages.Score(header + "\r\n\r\nHello\r\n").Findings.Select(finding => finding.Rule));

    [Theory]
    [InlineData("<a href='http://3232235777/'>x</a>", "link-ip")]
    [InlineData("<a href=' https://[2001:db8::1]:8080/ '>x</a>", "link-ip")]
    [InlineData("<a href='https://www.tinyurl.com/x'>x</a>", "link-shortener")]
    [InlineData("<a href='https://a.example/'><b>https://</b>bank.example</a>", "link-mismatch")]
    [InlineData("<p>fr&#8203;ee mon&#x200b;ey to&ZeroWidthSpace;day", "invisible-characters")]
    [InlineData("<META HTTP-EQUIV=Refresh CONTENT='0;url=https://a.example'>", "html-active")]
    [InlineData("<p>Hi ,<p>we met", "placeholder-empty")]
    public void Score_HtmlThatGivesItselfAway_MeetsTheRule(string html, string rule) =>
        Assert.Contains(rule, ScoreMessages.Rules.Score(ScoreMessages.Html(html), true, false)!.Findings.Select(finding => finding.Rule));

    [Theory]
    [InlineData("<a href='https://sales.bank.co.uk/'>www.bank.co.uk</a>", "link-mismatch")]
    [InlineData("<a href='https://a.example/invoice.pdf'>invoice.pdf</a>", "link-mismatch")]
    [InlineData("<a href='mailto:ann@a.example'>www.bank.example</a>", "link-mismatch")]
    [InlineData("<!-- {{first_name}} --><p>Hello", "placeholder-braces")]
    [InlineData("<style>a{{b}}</style><p>Hello", "placeholder-braces")]
    [InlineData("<div style='font-size:0.9em;opacity:0.5;max-height:0.1px'>" + Filler + Filler + "</div>", "hidden-text")]
    public void Score_HtmlThatOnlyLooksSo_DoesNotMeetTheRule(string html, string rule) =>
        Assert.DoesNotContain(rule, ScoreMessages.Rules.Score(ScoreMessages.Html(html), true, false)!.Findings.Select(finding => finding.Rule));

    [Theory]
    [InlineData("<div style='DISPLAY : none'>")]
    [InlineData("<div hidden>")]
    [InlineData("<p style='font-size:0px;'>")]
    [InlineData("<p style='font-size:0.0pt;'>")]
    [InlineData("<p style='color:#FFF'>")]
    [InlineData("<td bgcolor='#336699'><i style='color:#336699'>")]
    [InlineData("<div style='opacity:0'><div><b>")]
    [InlineData("<div style='text-indent:-9999px'>")]
    public void Score_TextThatNobodySees_IsHidden(string start) =>
        Assert.Contains("hidden-text", ScoreMessages.Rules.Score(ScoreMessages.Html(start + Filler + Filler), true, false)!.Findings.Select(finding => finding.Rule));

    [Fact]
    public void Score_RelayAddsUnsubscribe_DoesNotMissIt()
    {
        var mail = ScoreMessages.Octets(ScoreMessages.Clean.Replace("List-Unsubscribe", "X-None", StringComparison.Ordinal));

        Assert.Equal(["no-unsubscribe"], ScoreMessages.Rules.Score(mail, true, addsUnsubscribe: false)!.Findings.Select(finding => finding.Rule));
        Assert.Empty(ScoreMessages.Rules.Score(mail, true, addsUnsubscribe: true)!.Findings);
    }

    // The last part of a beginning is cut off, which is not the message's fault.
    [Fact]
    public void Score_BeginningOfALargeMail_IsNotBroken()
    {
        var mail = ScoreMessages.Octets(ScoreMessages.Clean.Replace("\r\n\r\n", "\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n", StringComparison.Ordinal) + new string('x', 300_000));

        Assert.DoesNotContain("broken-mime", ScoreMessages.Rules.Score(mail.AsMemory(0, ScoredMessage.MaxOctets), isWhole: false, false)!.Findings.Select(finding => finding.Rule));
    }

    private const string Filler =
        "gardens flowers autumn weather cooking music travelling painting reading gardens flowers autumn weather cooking music travelling painting reading walks ";
}
