using System.Globalization;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Receive;

/// <summary>When a client wants a message sent: by <c>X-Outreach-Send-At</c>, or by a <c>Date</c> in the future where the direction takes it so.</summary>
/// <param name="NotBefore"><see langword="null"/>: at once.</param>
/// <param name="Refusal">The reply to a time that cannot be kept; otherwise <see langword="null"/>.</param>
public readonly record struct SendTime(DateTimeOffset? NotBefore, SmtpReply? Refusal)
{
    /// <summary>How far ahead a message may be scheduled.</summary>
    public static readonly TimeSpan MostAhead = TimeSpan.FromDays(60);

    // Clocks differ: a date a moment ahead asks for nothing.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mmK"];

    public static SendTime Decide(ClientModel client, DirectionModel direction, MessageFacts facts, DateTimeOffset now)
    {
        if (client.ControlHeaders && facts.SendAtHeader is { } text)
        {
            return TryParse(text, out var time)
                ? Bound(time, now)
                : new SendTime(null, new SmtpReply(550, 5, 6, 0, "X-Outreach-Send-At is not a time with its offset, such as 2026-01-31T09:00:00+01:00"));
        }
        return direction.SchedulesByDate && facts.Date is { } date && date > now + Tolerance ? Bound(date, now) : default;
    }

    private static SendTime Bound(DateTimeOffset time, DateTimeOffset now) =>
        time > now + MostAhead ? new SendTime(null, new SmtpReply(550, 5, 7, 1, "The message is to be sent more than 60 days ahead"))
        : time > now ? new SendTime(time, null)
        : default;

    // A time without an offset would be sent at somebody's, but at whose?
    private static bool TryParse(string text, out DateTimeOffset time) =>
        (DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time)
            && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > "yyyy-MM-dd".Length))
        || MailDate.TryParse(text, out time);
}
