using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Outcome;

/// <summary>Recognises replies that ask for fewer attempts at a time.</summary>
public static class ThrottleReply
{
    // RFC 3463 §3.6: x.5.3 is too many recipients, which providers say of a rate; we send one recipient at a time.
    private static readonly string[] Words = ["too many", "throttl", "rate limit", "sending rate"];

    /// <summary>Whether a transient reply speaks of too many connections, or too much mail in a time.</summary>
    public static bool Is(SmtpReply? reply) => reply is { IsTransient: true } && (
        reply is { Code: 452, Enhanced: { Subject: 5, Detail: 3 } }
        || reply is { Code: 421, Enhanced.Subject: 7 }
        || Words.Any(word => reply.Text.Contains(word, StringComparison.OrdinalIgnoreCase)));
}
