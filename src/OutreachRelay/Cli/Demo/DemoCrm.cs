using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Cli.Demo;

/// <summary>A CRM made small: it knows one author and one SMTP server, and submits a campaign.</summary>
internal static class DemoCrm
{
    public const string Author = "jane.doe@crm-login.example";

    private const int Sessions = 4;

    public static string Recipient(int number) => $"prospect{number:000}@customer.example";

    /// <summary>A message as the CRM writes it.</summary>
    public static string Message(int number) => string.Join("\r\n",
        $"From: Jane Doe <{Author}>",
        $"To: {Recipient(number)}",
        "Subject: A question about your warehouse",
        $"Message-ID: <campaign-7.{number:000}@crm-login.example>",
        "Date: Mon, 02 Mar 2026 09:00:00 +0000",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        $"Hello prospect {number},",
        "",
        "may I ask how you count your stock today?",
        "",
        "Jane",
        "");

    /// <summary>Submits messages 1 to <paramref name="count"/> over a few sessions.</summary>
    /// <param name="submitted">Called after each message that was answered 250.</param>
    /// <returns>The replies that were not 250.</returns>
    public static async Task<List<string>> SubmitAsync(int port, int count, Action submitted, CancellationToken cancel)
    {
        var refused = new List<string>();
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Sessions).Select(async _ =>
        {
            var (session, opening) = await SmtpClientSession.OpenAsync(
                new SmtpClientOptions { Host = "127.0.0.1", Port = port, LocalName = "crm.example", Tls = SmtpClientTls.None }, TimeProvider.System, cancel);
            if (session is null)
                throw new IOException($"the relay does not answer: {opening.Failure} {opening.Detail}");
            await using (session)
            {
                for (var number = Interlocked.Increment(ref next); number <= count; number = Interlocked.Increment(ref next))
                {
                    var content = Encoding.UTF8.GetBytes(Message(number));
                    var result = await session.SendAsync(
                        new OutgoingEnvelope(Author, Recipient(number), EightBit: false, SmtpUtf8: false),
                        new OutgoingContent(content, default, null, content.Length), cancel);
                    if (result.Succeeded)
                        submitted();
                    else
                        lock (refused)
                            refused.Add(result.Reply?.ToString() ?? result.Failure.ToString());
                }
                await session.QuitAsync();
            }
        }));
        return refused;
    }
}
