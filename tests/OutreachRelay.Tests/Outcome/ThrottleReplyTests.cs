using OutreachRelay.Outcome;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Tests.Outcome;

public sealed class ThrottleReplyTests
{
    [Theory]
    [InlineData(421, 4, 0, 0, "Too many concurrent SMTP connections", true)]
    [InlineData(421, 4, 7, 0, "Try again later, closing connection", true)]
    [InlineData(421, 4, 3, 2, "System going down", false)]
    [InlineData(452, 4, 5, 3, "Daily limit", true)]
    [InlineData(452, 4, 2, 2, "Mailbox full", false)]
    [InlineData(454, 4, 0, 0, "Throttling failure: Maximum sending rate exceeded.", true)]
    [InlineData(452, 4, 0, 0, "Too many recipients received this hour (throttled)", true)]
    [InlineData(450, 4, 2, 0, "Greylisted", false)]
    [InlineData(554, 5, 7, 1, "Too many bad mails", false)]
    [InlineData(250, 2, 0, 0, "throttled", false)]
    public void S17_Is_RepliesOfTooMuch(int code, byte kind, ushort subject, ushort detail, string text, bool expected) =>
        Assert.Equal(expected, ThrottleReply.Is(new SmtpReply(code, kind, subject, detail, text)));

    [Fact]
    public void Is_NoReply_IsNot() => Assert.False(ThrottleReply.Is(null));
}
