namespace OutreachRelay.Observe;

/// <summary>What was logged, kept until its line is written: one allocation, and no text before it is needed.</summary>
/// <param name="source">The class that logged, without the product's name.</param>
internal abstract class LogEvent(DateTimeOffset time, LogLevel level, string source, int id, Exception? exception)
{
    public DateTimeOffset Time => time;

    public LogLevel Level => level;

    public string Source => source;

    /// <summary>The number given in <c>[LoggerMessage]</c>; 0 when none was.</summary>
    public int Id => id;

    public Exception? Exception => exception;

    public abstract string Message { get; }

    /// <summary>The values that the message shows, under the names of its template.</summary>
    public abstract IEnumerable<KeyValuePair<string, object?>> Values { get; }

    public static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "critical",
    };
}

/// <inheritdoc/>
internal sealed class LogEvent<TState>(
    DateTimeOffset time, LogLevel level, string source, int id, Exception? exception, TState state, Func<TState, Exception?, string> format)
    : LogEvent(time, level, source, id, exception)
{
    // The template itself comes among the values, under a name that no template can use.
    private const string Template = "{OriginalFormat}";

    public override string Message => format(state, Exception);

    public override IEnumerable<KeyValuePair<string, object?>> Values =>
        state is IEnumerable<KeyValuePair<string, object?>> values ? values.Where(static value => value.Key != Template) : [];
}
