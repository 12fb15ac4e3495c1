using System.Globalization;

namespace OutreachRelay.Observe;

/// <summary><c>2026-01-31T12:00:00.000Z warn  Deliver.DeliveryAttempt: the message</c>, and behind it an exception's text with its line ends escaped.</summary>
internal static class TextLogLine
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static void Write(LogEvent logEvent, TextWriter output)
    {
        Span<char> time = stackalloc char[32];
        logEvent.Time.UtcDateTime.TryFormat(time, out var length, TimeFormat, CultureInfo.InvariantCulture);
        output.Write(time[..length]);
        output.Write(' ');
        var level = LogEvent.LevelName(logEvent.Level);
        output.Write(level);
        output.Write(level.Length < 5 ? "  " : " ");
        output.Write(VisibleText.Escape(logEvent.Source));
        output.Write(": ");
        output.Write(VisibleText.Escape(logEvent.Message, LogLine.MaxMessage));
        if (logEvent.Exception is { } exception)
        {
            output.Write(" exception=");
            output.Write(VisibleText.Escape(exception.ToString(), LogLine.MaxException));
        }
        output.Write('\n');
    }
}
