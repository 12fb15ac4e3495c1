using System.Buffers;
using System.Globalization;
using System.Text;

namespace OutreachRelay.Observe;

/// <summary>Labels as the Prometheus text format 0.0.4 writes them.</summary>
internal static class LabelText
{
    private static readonly SearchValues<char> Special = SearchValues.Create("\\\"\n");

    /// <summary>A tag's value as text; does not allocate for strings, booleans and enums.</summary>
    public static string ValueOf(object? value) => value switch
    {
        null => "",
        string text => text,
        IFormattable number and not Enum => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    public static KeyValuePair<string, string>[] Copy(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new KeyValuePair<string, string>[tags.Length];
        for (var i = 0; i < tags.Length; i++)
            labels[i] = KeyValuePair.Create(tags[i].Key, ValueOf(tags[i].Value));
        return labels;
    }

    /// <summary>For example <c>client="crm",result="accepted"</c>, in the order of the names.</summary>
    public static string Write(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Copy(tags);
        Array.Sort(labels, static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        var text = new StringBuilder();
        foreach (var (name, value) in labels)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(MetricName.Clean(name)).Append("=\"");
            Escape(text, value, escapeQuote: true);
            text.Append('"');
        }
        return text.ToString();
    }

    /// <summary>Backslash and line feed, and in label values the quote, are what the format escapes; all else stands as it is, in UTF-8.</summary>
    public static void Escape(StringBuilder text, string value, bool escapeQuote)
    {
        if (value.AsSpan().IndexOfAny(Special) < 0)
        {
            text.Append(value);
            return;
        }
        foreach (var c in value)
        {
            _ = c switch
            {
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '"' when escapeQuote => text.Append("\\\""),
                _ => text.Append(c),
            };
        }
    }
}
