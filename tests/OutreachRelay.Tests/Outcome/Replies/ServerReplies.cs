using System.Text;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Tests.Outcome.Replies;

/// <summary>Replies as a server would write them, judged by the rules that come with the program.</summary>
internal static class ServerReplies
{
    public static SmtpReply Read(string text) =>
        ReplyText.TryRead(Encoding.UTF8.GetBytes(text), out var reply) ? reply : throw new ArgumentException($"'{text}' is no reply", nameof(text));

    public static ReplyVerdict Classify(string? provider, SmtpStage stage, string text)
    {
        var reply = Read(text);
        return Models.ShippedReplies.Classify(provider, stage, reply.Code, reply.Enhanced, reply.Text);
    }
}
