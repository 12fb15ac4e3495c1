using System.Globalization;
using Serilog.Events;

namespace OutreachRelay.Observe;

/// <summary><c>2026-01-31T12:00:00.000Z warn  Deliver.DeliveryAttempt: the message queue_id=…</c>, and behind it an exception's text with its line ends escaped.</summary>
internal static class TextLogLine
{
    public static void Write(LogEvent logEvent, TextWriter output)
    {
        output.Write(logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        output.Write(' ');
        output.Write(LogFields.LevelName(logEvent.Level).PadRight(5));
        output.Write(' ');
        if (LogFields.Source(logEvent) is { } source)
        {
            output.Write(VisibleText.Escape(source));
            output.Write(": ");
        }
        output.Write(VisibleText.Escape(LogFields.Message(logEvent), LogFields.MaxMessage));
        foreach (var (name, value) in LogFields.ScopeValues(logEvent))
        {
            output.Write(' ');
            output.Write(VisibleText.Escape(name));
            output.Write('=');
            output.Write(Quote(VisibleText.Escape(Convert.ToString(value, CultureInfo.InvariantCulture), LogFields.MaxMessage)));
        }
        if (logEvent.Exception is { } exception)
        {
            output.Write(" exception=");
            output.Write(VisibleText.Escape(exception.ToString(), LogFields.MaxException));
        }
        output.Write('\n');
    }

    // Where a value ends must be plain, lest it pass for the next one.
    private static string Quote(string value) =>
        value.AsSpan().IndexOfAny(' ', '"', '=') < 0 ? value : "\"" + value.Replace("\"", "\\\"") + "\"";
}
