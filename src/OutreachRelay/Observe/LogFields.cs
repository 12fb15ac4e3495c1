using System.Text.Json;
using Serilog.Events;
using Serilog.Parsing;

namespace OutreachRelay.Observe;

/// <summary>What both log formats show of an event.</summary>
internal static class LogFields
{
    public const int MaxMessage = 4096;
    public const int MaxException = 16_384;
    private const string Namespace = nameof(OutreachRelay) + ".";

    /// <summary>The message with its values in place, strings without quotes.</summary>
    public static string Message(LogEvent logEvent)
    {
        using var text = new StringWriter();
        foreach (var token in logEvent.MessageTemplate.Tokens)
        {
            if (token is PropertyToken named && logEvent.Properties.GetValueOrDefault(named.PropertyName) is ScalarValue { Value: string value })
                text.Write(value);
            else
                token.Render(logEvent.Properties, text);
        }
        return text.ToString();
    }

    /// <summary>The class that logged, without the product's name; <see langword="null"/> when none is given.</summary>
    public static string? Source(LogEvent logEvent)
    {
        var source = Text(logEvent.Properties.GetValueOrDefault("SourceContext"));
        return source?.StartsWith(Namespace) == true ? source[Namespace.Length..] : source;
    }

    /// <summary>The number given in <c>[LoggerMessage]</c>; 0 when none was.</summary>
    public static int EventId(LogEvent logEvent) =>
        logEvent.Properties.GetValueOrDefault("EventId") is StructureValue id
        && id.Properties.FirstOrDefault(static property => property.Name == "Id")?.Value is ScalarValue { Value: int number } ? number : 0;

    /// <summary>The values of message and scopes under their names in snake_case.</summary>
    public static IEnumerable<KeyValuePair<string, object?>> Values(LogEvent logEvent) => Values(logEvent.Properties);

    private static IEnumerable<KeyValuePair<string, object?>> Values(IEnumerable<KeyValuePair<string, LogEventPropertyValue>> properties)
    {
        foreach (var (name, value) in properties)
        {
            if (name is not ("SourceContext" or "EventId" or "Scope" or "ConnectionId"))
                yield return KeyValuePair.Create(JsonNamingPolicy.SnakeCaseLower.ConvertName(name), value is ScalarValue scalar ? scalar.Value : value);
        }
    }

    /// <summary>The values that the message itself does not show: those of the scopes.</summary>
    public static IEnumerable<KeyValuePair<string, object?>> ScopeValues(LogEvent logEvent) =>
        Values(logEvent.Properties.Where(property => !IsShown(logEvent.MessageTemplate, property.Key)));

    public static string LevelName(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose => "trace",
        LogEventLevel.Debug => "debug",
        LogEventLevel.Information => "info",
        LogEventLevel.Warning => "warn",
        LogEventLevel.Error => "error",
        _ => "critical",
    };

    private static bool IsShown(MessageTemplate template, string name)
    {
        foreach (var token in template.Tokens)
        {
            if (token is PropertyToken shown && shown.PropertyName == name)
                return true;
        }
        return false;
    }

    private static string? Text(LogEventPropertyValue? value) => value is ScalarValue { Value: string text } ? text : null;
}
