using OutreachRelay.Observe;

namespace OutreachRelay.Tests.Observe;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("plain ü 漢 😀", "plain ü 漢 😀")]
    [InlineData("a\r\n\tb", "a\\r\\n\\tb")]
    [InlineData("\u001b[2J\u0000\u007f\u009b", "\\x1b[2J\\x00\\x7f\\x9b")]
    [InlineData("\u202egnp.exe\u2028", "\\u202egnp.exe\\u2028")]
    public void O22_Escape_ShowsWhatATerminalWouldObey(string? text, string expected) => Assert.Equal(expected, VisibleText.Escape(text));

    [Fact]
    public void Escape_LoneSurrogate_IsShown() => Assert.Equal("a\\ud800b", VisibleText.Escape("a\ud800b"));

    [Fact]
    public void Escape_LongText_IsCut() => Assert.Equal("xxx…", VisibleText.Escape(new string('x', 9), maxLength: 3));
}
