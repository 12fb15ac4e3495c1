using System.Globalization;

namespace OutreachRelay.Outcome.Replies;

/// <summary>The wait that a transient reply asks for in words: <c>try again in 300 seconds</c>, <c>greylisted for 00:05:00</c>.</summary>
public static class RetryHint
{
    /// <summary>A longer wait is not believed.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    // What a limit "per day" asks for: to look again now and then, as nobody says when its day begins.
    private static readonly TimeSpan DailyLook = TimeSpan.FromMinutes(30);

    // Beginnings of words that make "for 5 minutes" a wait and not, say, the time after which the server hung up.
    private static readonly string[] Contexts =
        ["again", "retr", "try", "wait", "later", "grey", "gray", "back", "resend", "resubmit", "defer", "delay", "block", "throttl", "slow", "limit", "temporar"];

    private static readonly string[] DateForms =
        ["ddd, dd MMM yyyy HH:mm:ss 'gmt'", "ddd, dd MMM yyyy HH:mm:ss 'utc'", "yyyy-MM-dd't'HH:mm:ss'z'", "yyyy-MM-dd't'HH:mm:sszzz"];

    /// <summary>Looks for a wait. Never throws, and takes time linear in the text.</summary>
    /// <param name="code">The basic code: only a 4yz asks to come again (RFC 5321 §4.2.1).</param>
    /// <param name="text">The reply's text, of any length and content; untrusted, and read up to <see cref="ReplyRules.MaxText"/> characters.</param>
    /// <param name="now">From when on the wait counts.</param>
    /// <param name="expires">When the entry ends: a wait that is not over by then is no help.</param>
    /// <returns>
    /// A positive time without jitter, to which the caller adds 10 to 40 seconds; <see langword="null"/> when there is none, or none that can be meant.
    /// </returns>
    public static TimeSpan? Parse(int code, ReadOnlySpan<char> text, DateTimeOffset now, DateTimeOffset expires)
    {
        if (code is < 400 or > 499)
            return null;
        Span<char> buffer = stackalloc char[ReplyRules.MaxText];
        Span<char> lower = stackalloc char[ReplyRules.MaxText];
        var length = ReplyRules.OneLine(text, buffer).ToLowerInvariant(lower);
        var line = lower[..length];
        var wait = FindWait(line, now) ?? FindRate(line, now);
        return wait > TimeSpan.Zero && wait <= Longest && wait < expires - now ? wait : null;
    }

    private static TimeSpan? FindWait(ReadOnlySpan<char> line, DateTimeOffset now)
    {
        var (hasContext, hasLead) = (false, false);
        for (var words = new ReplyWords(line); words.TryNext();)
        {
            if (hasContext && hasLead && TryReadStated(words, now, out var stated))
                return stated;
            if (words.TryReadTime(out var time))
            {
                if ((hasContext && hasLead) || words.IsBefore("later"))
                    return time;
                hasLead = false;
            }
            else if (!IsFiller(words.Word))
            {
                hasLead = IsLead(words.Word);
                hasContext |= HasContext(words.Word);
            }
        }
        return null;
    }

    private static bool TryReadStated(ReplyWords words, DateTimeOffset now, out TimeSpan wait)
    {
        if (TimeSpan.TryParseExact(words.Word, @"h\:mm\:ss", CultureInfo.InvariantCulture, out wait))
            return true;
        // HTTP's date (RFC 9110 §5.6.7), also with UTC in place of GMT as Mailgun writes it, and RFC 3339's.
        foreach (var length in (ReadOnlySpan<int>)[29, 25, 20])
        {
            if (words.Rest.Length < length || !DateTimeOffset.TryParseExact(
                words.Rest[..length], DateForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            {
                continue;
            }
            wait = date - now;
            return true;
        }
        return false;
    }

    private static bool IsLead(ReadOnlySpan<char> word) =>
        word is "in" or "after" or "for" or "wait" or "retry" or "until" or "within" or "retry-after" || word.StartsWith("grey") || word.StartsWith("gray");

    private static bool IsFiller(ReadOnlySpan<char> word) =>
        word is "" or "about" or "approximately" or "around" or "at" or "least" or "another" or "up" or "to" or "the" or "next" or "a" or "minimum" or "of";

    private static bool HasContext(ReadOnlySpan<char> word)
    {
        foreach (var context in Contexts)
        {
            if (word.StartsWith(context))
                return true;
        }
        return false;
    }

    // A limit that names no wait may name its period.
    private static TimeSpan? FindRate(ReadOnlySpan<char> line, DateTimeOffset now)
    {
        var isPeriod = false;
        for (var words = new ReplyWords(line); words.TryNext(); isPeriod = words.Word is "per" or "this")
        {
            if (isPeriod && words.Word is "second")
                return TimeSpan.FromSeconds(1);
            if (isPeriod && words.Word is "hour")
                return TimeSpan.FromTicks(TimeSpan.TicksPerHour - (now.UtcTicks % TimeSpan.TicksPerHour));
            if (words.Word is "daily" or "today" || (isPeriod && words.Word is "day"))
                return DailyLook;
        }
        return null;
    }
}
