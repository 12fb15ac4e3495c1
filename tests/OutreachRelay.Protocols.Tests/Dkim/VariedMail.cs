using System.Text;

namespace OutreachRelay.Protocols.Tests.Dkim;

/// <summary>
/// Messages of all kinds: folded, repeated and 8-bit fields, odd white space, bodies that are empty, or end without a line end. One character
/// per octet.
/// </summary>
internal sealed record VariedMail(string Fields, string Body)
{
    private static readonly string[] Words = ["Hello", "x", "kühl", "a,b;c", "=?utf-8?q?=C3=BC?=", "<https://example.com/u/1>", "(comment)", "...", "\"q\""];
    private static readonly string[] Blanks = [" ", "  ", "\t", " \t ", "\r\n ", "\r\n\t", " \r\n  "];
    private static readonly string[] LineEnds = ["\r\n", "\r\n", "\r\n\r\n", " \r\n", "\t \r\n", "\r\n\r\n\r\n"];

    private static readonly string[] Names =
    [
        "To", "Subject", "Date", "Message-ID", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post", "Cc", "MIME-Version", "Content-Type",
        "X-Other", "received",
    ];

    /// <param name="isPlain">
    /// A single space behind each colon and none before it: what passes through programs that take fields apart and put them together again.
    /// </param>
    public static VariedMail Make(Random random, bool isPlain = false)
    {
        var fields = new StringBuilder();
        for (var i = random.Next(12); i > 0; i--)
        {
            fields.Append(Pick(random, Names)).Append(!isPlain && random.Next(8) == 0 ? " :" : ":").Append(isPlain ? " x" : "")
                .Append(Text(random, Blanks, random.Next(8))).Append("\r\n");
        }
        fields.Append("From: Jane <jane@example.com>\r\n");
        for (var i = random.Next(4); i > 0; i--)
            fields.Append(Pick(random, Names)).Append(": x").Append(Text(random, Blanks, 3)).Append("\r\n");

        var body = new StringBuilder();
        for (var i = random.Next(12); i > 0; i--)
            body.Append(Text(random, [" ", "  ", "\t"], random.Next(12))).Append(Pick(random, LineEnds));
        if (random.Next(3) == 0)
            body.Append(Text(random, [" "], 3));
        return new VariedMail(Octets(fields), Octets(body));
    }

    // A line of nothing but blanks is no continuation that mail programs agree on: each begins with a word.
    private static string Text(Random random, string[] blanks, int words)
    {
        var text = new StringBuilder();
        for (var i = 0; i < words; i++)
            text.Append(Pick(random, blanks)).Append(Pick(random, Words));
        return words > 0 && random.Next(3) == 0 ? text.Append(" \t").ToString() : text.ToString();
    }

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];

    private static string Octets(StringBuilder text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text.ToString()));
}
