using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Tests.Mime;

public sealed class MessageIdsTests
{
    [Theory]
    [InlineData("<a@x>", "a@x")]
    [InlineData(" <a@x>\r\n\t<b@y><c@z>", "a@x b@y c@z")]
    [InlineData("Your mail of (<no@x>) \"<no@y>\" <a@x>", "a@x")]
    [InlineData("<a@\r\n x>", "a@x")]
    [InlineData("<> <a@x> <open", "a@x")]
    [InlineData("no brackets", "")]
    public void Parse_Values_GivesIdsInOrder(string value, string ids) =>
        Assert.Equal(ids, string.Join(' ', MessageIds.Parse(Encoding.ASCII.GetBytes(value), 10)));

    [Fact]
    public void Parse_MoreThanTheLimit_KeepsTheLast() => Assert.Equal(["b@x", "c@x"], MessageIds.Parse("<a@x> <b@x> <c@x>"u8, 2));

    [Theory]
    [InlineData(" <a@x>", "a@x")]
    [InlineData("a@x", "a@x")]
    [InlineData("(comment) <a@x> ", "a@x")]
    [InlineData(" ", null)]
    [InlineData("two words", null)]
    public void ParseOne_Values_GivesTheId(string value, string? id) => Assert.Equal(id, MessageIds.ParseOne(Encoding.ASCII.GetBytes(value)));

    [Theory]
    [InlineData(0, "Sat, 21 Nov 2026 09:02:05 +0000")]
    [InlineData(-210, "Sat, 21 Nov 2026 09:02:05 -0330")]
    [InlineData(840, "Sat, 21 Nov 2026 09:02:05 +1400")]
    public void MailDate_Format_IsThatOfTheStandard(int offset, string expected) =>
        Assert.Equal(expected, MailDate.Format(new DateTimeOffset(2026, 11, 21, 9, 2, 5, TimeSpan.FromMinutes(offset))));
}
