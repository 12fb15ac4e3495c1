using OutreachRelay.Policy.Score;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Tests.Policy.Score;

public class ContentKeyTests
{
    private const string Template = "From: Jane <jane@crm.example>\r\nTo: {0}\r\nSubject: A question, {1}\r\nDate: {2}\r\nMessage-ID: <{3}@crm.example>\r\n"
        + "Content-Type: text/html\r\n\r\n<p>Hi {1}, how is {4}?\r\n<a href=\"https://crm.example/c/{3}?u=4f9a{3}\">Look</a>\r\n";

    [Theory]
    [InlineData("Ben Sharp <ben@acme.example>", "Ben", "Mon, 23 Nov 2026 10:00:00 +0000", "2", "ACME")]
    [InlineData("zoe.van.dyk@initech.example", "Zoe", "Sun, 22 Nov 2026 10:00:00 +0000", "a8f7e6d5c4b3a291", "initech")]
    [InlineData("=?utf-8?Q?J=C3=BCrgen_Kl=C3=B6ckner?= <j@globex.example>", "Jürgen", "Sun, 22 Nov 2026 10:00:00 +0000", "3", "Globex")]
    public void Of_CopiesForOtherRecipients_IsTheSame(string to, string name, string date, string token, string company)
    {
        // A name beyond ASCII is an encoded word, which may hold anything: such a copy is scored by itself.
        var isSame = !to.Contains("=?", StringComparison.Ordinal);

        Assert.Equal(isSame, Key(string.Format(Template, to, name, date, token, company)) == Key(First));
    }

    [Theory]
    [InlineData("Hi Ann,", "Hi {{first_name}},")]
    [InlineData("Hi Ann,", "Hi ,")]
    [InlineData("Hi Ann,", "Hi {{Ann}},")]
    [InlineData("Hi Ann,", "Hi [Ann],")]
    [InlineData("Hi Ann,", "Hi %Ann%,")]
    [InlineData("Hi Ann,", "Hi null,")]
    [InlineData("Hi Ann,", "Hi Bob,")]
    [InlineData("Look", "viagra")]
    [InlineData("https://crm.example/", "https://bit.ly/")]
    [InlineData("https://crm.example/", "http://crm.example/")]
    [InlineData("/c/1?u=4f9a1", "/c/{{token1}}")]
    [InlineData("/c/1?u=4f9a1", "/c/%TOKEN1%")]
    [InlineData("Subject: A question, Ann", "Subject: A QUESTION, Ann")]
    [InlineData("Subject: A question, Ann", "Subject: =?utf-8?Q?A_=7B=7Bquestion=7D=7D?=")]
    [InlineData("To: Ann Miller", "To: \"{{first_name}}\"")]
    [InlineData("Date: ", "X-Date: ")]
    [InlineData("text/html", "text/plain")]
    [InlineData("Message-ID: ", "In-Reply-To: <1@a>\r\nMessage-ID: ")]
    [InlineData("<p>", "<p hidden>")]
    public void Of_WhatARuleMayLookAt_MakesAnother(string old, string other)
    {
        Assert.Contains(old, First);

        Assert.NotEqual(Key(First), Key(First.Replace(old, other, StringComparison.Ordinal)));
    }

    // Whoever writes the words of a rule into To must not hide them in the copy of an innocent mail.
    [Theory]
    [InlineData("First Name <a@there.example>", "[First Name]")]
    [InlineData("Undefined <a@there.example>", "Dear undefined,")]
    public void Of_PlaceholderNamedInTo_IsNotTakenForAName(string to, string text)
    {
        var innocent = First.Replace("Hi Ann,", text.Replace("First Name", "Ann Miller", StringComparison.Ordinal).Replace("undefined", "Ann", StringComparison.Ordinal), StringComparison.Ordinal);

        Assert.NotEqual(Key(innocent), Key(innocent.Replace("Ann Miller <ann@hooli.example>", to, StringComparison.Ordinal)
            .Replace(text.Replace("First Name", "Ann Miller", StringComparison.Ordinal).Replace("undefined", "Ann", StringComparison.Ordinal), text, StringComparison.Ordinal)));
    }

    [Fact]
    public void Of_OtherScope_MakesAnother()
    {
        var octets = ScoreMessages.Octets(First);
        HeaderSection.TryRead(octets, HeaderLimits.Default, out var header, out _);

        Assert.NotEqual(ContentKey.Of(octets, header, "a"), ContentKey.Of(octets, header, "b"));
    }

    private static string First => string.Format(Template, "Ann Miller <ann@hooli.example>", "Ann", "Sun, 22 Nov 2026 10:00:00 +0000", "1", "Hooli");

    private static ContentKey Key(string message)
    {
        var octets = ScoreMessages.Octets(message);
        Assert.True(HeaderSection.TryRead(octets, HeaderLimits.Default, out var header, out _));
        return ContentKey.Of(octets, header, "acme");
    }
}
