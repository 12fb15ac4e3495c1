using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Receive;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Receive;

/// <summary>What a protocol session asks of its handler, in short.</summary>
internal static class Submissions
{
    public const string Plain = "From: Jane <jane@crm.example>\r\nSubject: hello\r\n\r\nhello\r\n";

    // As much as a session reads at once.
    private const int ReadSize = 64 * 1024;

    public static ValueTask<SmtpReply> LogInAsync(this SubmissionSession session, string username, string password) =>
        session.AuthenticateAsync(new SmtpCredentials("", username, password), CancellationToken.None);

    public static ValueTask<SmtpReply> MailAsync(this SubmissionSession session, string? from = "jane@crm.example", bool utf8 = false) =>
        session.MailAsync(new MailCommand(from is null ? null : Models.Mailbox(from), SmtpUtf8: utf8), CancellationToken.None);

    public static ValueTask<SmtpReply> RcptAsync(this SubmissionSession session, string to) =>
        session.RcptAsync(new RcptCommand(Models.Mailbox(to)), CancellationToken.None);

    /// <summary>Hands over content, as it comes from the connection, and ends the transaction.</summary>
    public static async Task<SmtpReply> DataAsync(this SubmissionSession session, byte[] content, CancellationToken cancel = default)
    {
        var sink = session.BeginContent();
        foreach (var chunk in content.Chunk(ReadSize))
            await sink.WriteAsync(chunk);
        var reply = await session.EndContentAsync(sink, cancel);
        session.Reset();
        return reply;
    }

    public static async Task<SmtpReply> SubmitAsync(this SubmissionSession session, byte[] content, params string[] recipients)
    {
        if (await session.MailAsync() is { IsPositive: false } refusal)
            return refusal;
        foreach (var recipient in recipients)
        {
            if (await session.RcptAsync(recipient) is { IsPositive: false } refused)
                return refused;
        }
        return await session.DataAsync(content);
    }

    public static async Task WriteAsync(this IContentSink sink, byte[] octets)
    {
        octets.CopyTo(sink.Writer.GetSpan(octets.Length));
        sink.Writer.Advance(octets.Length);
        await sink.FlushAsync(CancellationToken.None);
    }

    /// <summary>A message of exactly so many octets, no two lines alike.</summary>
    public static byte[] OfLength(int length)
    {
        var text = new StringBuilder("From: jane@crm.example\r\nMessage-ID: <big@crm.example>\r\n\r\n", length + 80);
        for (var line = 0; text.Length < length; line++)
            text.Append(line.ToString("d12")).Append(new string('x', 60)).Append("\r\n");
        text.Length = length - 2;
        return Encoding.ASCII.GetBytes(text.Append("\r\n").ToString());
    }

    /// <summary>The id in "queued as …".</summary>
    public static long IdOf(SmtpReply reply)
    {
        Assert.StartsWith("250 2.0.0 queued as ", reply.ToString());
        Assert.True(QueueId.TryParse(reply.Text[^13..], out var id));
        return id;
    }

    public static ClientModel WithLogin(this ClientModel client, string username, string? password) => client with { Username = username, Password = password };
}
