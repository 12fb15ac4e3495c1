using OutreachRelay.Configuration;

namespace OutreachRelay.Observe;

/// <summary>Writes an event as exactly one line, in the format that is set.</summary>
internal sealed class LogLine(LogFormat style)
{
    public const int MaxMessage = 4096;
    public const int MaxException = 16_384;

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
