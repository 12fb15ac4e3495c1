using OutreachRelay.Configuration;
using Serilog.Events;
using Serilog.Formatting;

namespace OutreachRelay.Observe;

/// <summary>Writes an event as exactly one line, in the format that is set.</summary>
public sealed class LogLine(LogFormat style) : ITextFormatter
{
    private volatile LogFormat _style = style;

    public LogFormat Style
    {
        get => _style;
        set => _style = value;
    }

    public void Format(LogEvent logEvent, TextWriter output)
    {
        if (_style == LogFormat.Json)
            JsonLogLine.Write(logEvent, output);
        else
            TextLogLine.Write(logEvent, output);
    }
}
