using OutreachRelay.Configuration;

namespace OutreachRelay.Observe;

/// <summary>The log: one line per event on standard error, so that standard output belongs to the command line's answers.</summary>
public sealed class RelayLog : ILoggerProvider
{
    private const string Namespace = nameof(OutreachRelay) + ".";

    private readonly LogLine _line;
    private readonly LogWriter _writer;
    private readonly TimeProvider _time;
    private volatile LogLevel _level;

    public RelayLog(LogModel model, TimeProvider time) : this(model, time, Console.OpenStandardError()) { }

    /// <param name="output">Where the lines go, in UTF-8.</param>
    public RelayLog(LogModel model, TimeProvider time, Stream output)
    {
        _time = time;
        _line = new LogLine(model.Format);
        _writer = new LogWriter(_line, output);
        Apply(model);
    }

    /// <param name="categoryName">The class that logs, with its namespace.</param>
    public ILogger CreateLogger(string categoryName) =>
        new SourceLogger(this, Source(categoryName), IsFramework(categoryName) ? LogLevel.Warning : LogLevel.Trace);

    /// <summary>Takes level and format from a reloaded configuration.</summary>
    public void Apply(LogModel model)
    {
        _level = model.Level;
        _line.Style = model.Format;
    }

    /// <summary>Writes what waits, for two seconds at most.</summary>
    public void Dispose() => _writer.Dispose();

    /// <summary>The name of a class as lines show it: without the product's.</summary>
    internal static string Source(string category) => category.StartsWith(Namespace, StringComparison.Ordinal) ? category[Namespace.Length..] : category;

    // It tells of every request and connection below a warning.
    private static bool IsFramework(string category) =>
        category.StartsWith("Microsoft.", StringComparison.Ordinal) || category.StartsWith("System.", StringComparison.Ordinal);

    /// <param name="least">What is below is not wanted of this source at any level that is set.</param>
    private sealed class SourceLogger(RelayLog log, string source, LogLevel least) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel >= log._level && logLevel >= least && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                log._writer.Write(new LogEvent<TState>(log._time.GetUtcNow(), logLevel, source, eventId.Id, exception, state, formatter));
        }

        // What belongs to an event stands in its own message; nothing here opens a scope.
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;
    }
}
