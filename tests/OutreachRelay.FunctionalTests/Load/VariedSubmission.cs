using System.Text;

namespace OutreachRelay.FunctionalTests.Load;

/// <summary>
/// Mail of all kinds that a client may submit: parts in parts, folded, long and 8-bit fields, repeated fields, odd white space, lines of dots, bodies that are
/// empty or long. Each has its number as <c>X-Test-Id</c>.
/// </summary>
internal static class VariedSubmission
{
    private const int Connections = 8;

    /// <summary>Above it a body is kept in a file.</summary>
    private const int LargeBody = 400_000;

    private static readonly string[] Words =
        ["Hello", "x", "kühl", "a,b;c", "=?utf-8?q?=C3=BC?=", "<https://example.com/u/1>", "(comment)", "...", "\"q\"", "日本", "=3D", new string('w', 300)];

    private static readonly string[] Folds = [" ", "  ", "\t", "\r\n ", "\r\n\t", " \r\n  "];

    private static readonly string[] Repeatable = ["Cc", "Comments", "Keywords", "X-Mailer", "x-other", "References", "List-Unsubscribe", "List-Id", "Received", "DKIM-Signature"];

    private static readonly string[] Lines = ["", ".", "..", ". ", ".x", "text", "two  spaces", "trailing \t ", "\tindented", "-- ", "--b", "From here", "ünïcödé", new string('l', 900)];

    public static TestMessage Make(int number)
    {
        var random = new Random(number);
        var text = new StringBuilder();
        AppendFields(text, random, number);
        text.Append("\r\n");
        AppendBody(text, random, number);
        return new TestMessage($"v{number}", $"prospect-{number}@dest.example", Stuff(text.ToString()));
    }

    /// <summary>Submits those from 0 up to a count, over some connections at a time, and expects all of them to be taken.</summary>
    public static Task SubmitAsync(int port, int count) => Task.WhenAll(Enumerable.Range(0, Connections).Select(async first =>
    {
        await using var conversation = await SmtpConversation.ConnectAsync(port);
        for (var number = first; number < count; number += Connections)
        {
            var message = Make(number);
            foreach (var command in (string[])[$"MAIL FROM:<{TestMessage.Author}> BODY=8BITMIME", $"RCPT TO:<{message.Recipient}>", "DATA"])
                Assert.InRange((await conversation.SendAsync(command)).Code, 200, 399);
            var reply = await conversation.FinishAsync(message);
            Assert.True(reply.IsPositive, $"{message.TestId}: {reply.Text}");
        }
    }));

    private static void AppendFields(StringBuilder text, Random random, int number)
    {
        var fields = new List<string> { $"From: Chris <{TestMessage.Author}>", $"X-Test-Id: v{number}" };
        foreach (var name in (string[])["To", "SUBJECT", "Reply-To", "List-Unsubscribe-Post", "In-Reply-To"])
        {
            if (random.Next(3) > 0)
                fields.Add(name + ":" + Value(random, 1 + random.Next(6)));
        }
        if (random.Next(4) > 0)
            fields.Add($"Message-ID: <{number}@crm.example>");
        if (random.Next(4) > 0)
            fields.Add("Date: Mon, 05 Jan 2026 09:12:44 +0100");
        for (var i = random.Next(6); i > 0; i--)
            fields.Add(Repeatable[random.Next(Repeatable.Length)] + ":" + Value(random, 1 + random.Next(20)));
        if (Type(number) is { } type)
            fields.Add(type);
        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(fields));
        foreach (var field in fields)
            text.Append(field).Append("\r\n");
    }

    private static string? Type(int number) => (number % 5) switch
    {
        0 => "MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n\tboundary=\"b\"",
        1 => "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit",
        2 => "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable",
        3 => "Mime-version: 1.0 (x)\r\nContent-type: application/octet-stream\r\nContent-transfer-encoding: base64",
        _ => null,
    };

    // The first word stands in the field's first line: one of white space alone is no field that all mail programs agree on.
    private static string Value(Random random, int words)
    {
        var value = new StringBuilder(random.Next(2) == 0 ? "" : " ");
        for (var i = 0; i < words; i++)
            value.Append(i == 0 ? "" : Folds[random.Next(Folds.Length)]).Append(Words[random.Next(Words.Length)]);
        return value.Append(random.Next(4) == 0 ? " \t" : "").ToString();
    }

    private static void AppendBody(StringBuilder text, Random random, int number)
    {
        if (number % 5 == 0)
            text.Append("preamble\r\n--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\ntext\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>.</p>\r\n--c--\r\n--b--\r\n");
        var end = number % 50 == 7 ? text.Length + LargeBody : 0;
        for (var i = random.Next(20); i > 0 || text.Length < end; i--)
            text.Append(Lines[random.Next(Lines.Length)]).Append("\r\n");
    }

    // RFC 5321 §4.5.2.
    private static byte[] Stuff(string text) => Encoding.UTF8.GetBytes((text.StartsWith('.') ? "." : "") + text.Replace("\r\n.", "\r\n..", StringComparison.Ordinal));
}
