using System.Text;

namespace OutreachRelay.FunctionalTests.Load;

/// <summary>A small mail with an id by which it is found again.</summary>
/// <param name="TestId">Of the field <c>X-Test-Id</c>; also in recipient and Message-ID.</param>
/// <param name="Content">With CRLF, dots stuffed, without the final dot.</param>
internal sealed record TestMessage(string TestId, string Recipient, byte[] Content)
{
    public const string Author = "chris@crm.example";

    /// <param name="size">Of the body, about, in octets.</param>
    public static TestMessage Create(string testId, int size = 1024, string? recipient = null)
    {
        recipient ??= $"prospect-{testId}@dest.example";
        var text = new StringBuilder($"""
            Date: Mon, 05 Jan 2026 09:12:44 +0100
            From: Chris <{Author}>
            To: <{recipient}>
            Subject: Message {testId}
            Message-ID: <{testId}@mailer.crm-tool.example>
            X-Test-Id: {testId}


            """.ReplaceLineEndings("\r\n"));
        for (var line = 0; line * 70 < size; line++)
            text.Append($"{line,6} the quick brown fox jumps over the lazy dog and {testId}".PadRight(68, '.')).Append("\r\n");
        return new TestMessage(testId, recipient, Encoding.ASCII.GetBytes(text.ToString()));
    }
}
