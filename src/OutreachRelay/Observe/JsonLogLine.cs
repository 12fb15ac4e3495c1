using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OutreachRelay.Observe;

/// <summary>
/// One JSON object a line: <c>time</c>, <c>level</c>, <c>message</c>, <c>source</c>, <c>event_id</c>, the values of the message in snake_case,
/// and <c>exception</c>. Everything beyond ASCII and every control character is escaped.
/// </summary>
internal static class JsonLogLine
{
    public static void Write(LogEvent logEvent, TextWriter output)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
            Write(logEvent, json);
        output.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
        output.Write('\n');
    }

    private static void Write(LogEvent logEvent, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("time", logEvent.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture));
        json.WriteString("level", LogEvent.LevelName(logEvent.Level));
        json.WriteString("message", Cut(logEvent.Message, LogLine.MaxMessage));
        json.WriteString("source", logEvent.Source);
        if (logEvent.Id != 0)
            json.WriteNumber("event_id", logEvent.Id);
        foreach (var (name, value) in logEvent.Values)
            WriteValue(json, Free(JsonNamingPolicy.SnakeCaseLower.ConvertName(name)), value);
        if (logEvent.Exception is { } exception)
            json.WriteString("exception", Cut(exception.ToString(), LogLine.MaxException));
        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNull(name);
                break;
            case bool truth:
                json.WriteBoolean(name, truth);
                break;
            case int or long or short or byte or uint or ushort:
                json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(name, number);
                break;
            default:
                json.WriteString(name, Cut(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", LogLine.MaxMessage));
                break;
        }
    }

    // A value named like one of our own fields must not make a second key of that name.
    private static string Free(string name) =>
        name is "time" or "level" or "message" or "source" or "event_id" or "exception" ? name + "_" : name;

    // Not within a surrogate pair: half of one has no UTF-8 form.
    private static string Cut(string text, int max) =>
        text.Length <= max ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[max - 1]) ? max - 1 : max), "…");
}
