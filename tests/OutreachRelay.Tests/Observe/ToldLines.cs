using System.Globalization;
using Microsoft.Extensions.Logging;

namespace OutreachRelay.Tests.Observe;

/// <summary>Keeps what a class logs.</summary>
internal sealed class ToldLines<T> : ILogger<T>
{
    public List<string> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        Lines.Add(formatter(state, exception));
    }
}
