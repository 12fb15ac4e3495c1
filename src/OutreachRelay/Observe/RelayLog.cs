using OutreachRelay.Configuration;
using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace OutreachRelay.Observe;

/// <summary>The log: one line per event on standard error, so that standard output belongs to the command line's answers.</summary>
public sealed class RelayLog : IDisposable
{
    private readonly LoggingLevelSwitch _level = new();
    private readonly LoggingLevelSwitch _frameworkLevel = new();
    private readonly LogLine _line;
    private readonly Logger _logger;

    public RelayLog(LogModel model) : this(model, static (sinks, line) => sinks.Sink(new LogWriter(line, Console.OpenStandardError()))) { }

    /// <param name="writeTo">Where the lines go.</param>
    public RelayLog(LogModel model, Func<LoggerSinkConfiguration, Serilog.Formatting.ITextFormatter, LoggerConfiguration> writeTo)
    {
        _line = new LogLine(model.Format);
        var configuration = new LoggerConfiguration().MinimumLevel.ControlledBy(_level);
        configuration = configuration.MinimumLevel.Override("Microsoft", _frameworkLevel).MinimumLevel.Override("System", _frameworkLevel);
        _logger = writeTo(configuration.WriteTo, _line).CreateLogger();
        Provider = new SerilogLoggerProvider(_logger);
        Apply(model);
    }

    /// <summary>To be added to the host's logging.</summary>
    public ILoggerProvider Provider { get; }

    /// <summary>Takes level and format from a reloaded configuration.</summary>
    public void Apply(LogModel model)
    {
        _level.MinimumLevel = ToSerilog(model.Level);
        // The framework tells of every request and connection below this level; its warnings are wanted.
        _frameworkLevel.MinimumLevel = (LogEventLevel)Math.Max((int)_level.MinimumLevel, (int)LogEventLevel.Warning);
        _line.Style = model.Format;
    }

    public void Dispose()
    {
        Provider.Dispose();
        _logger.Dispose();
    }

    private static LogEventLevel ToSerilog(LogLevel level) => level switch
    {
        LogLevel.None => LevelAlias.Off,
        _ => LevelConvert.ToSerilogLevel(level),
    };
}
