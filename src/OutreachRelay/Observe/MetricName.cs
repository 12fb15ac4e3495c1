using System.Diagnostics.Metrics;

namespace OutreachRelay.Observe;

/// <summary>What a family is in the exposition.</summary>
public enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>How an instrument is called in the Prometheus text: base unit as a suffix, <c>_total</c> on counters.</summary>
public static class MetricName
{
    /// <summary>The kind of an instrument, or <see langword="null"/> for one that the text does not know.</summary>
    public static MetricKind? KindOf(Instrument instrument) =>
        instrument.GetType() is { IsGenericType: true } type ? KindOf(type.GetGenericTypeDefinition()) : null;

    /// <summary>For example <c>outreach_delivery_duration</c> in <c>s</c> becomes <c>outreach_delivery_duration_seconds</c>.</summary>
    public static string Of(Instrument instrument, MetricKind kind)
    {
        var name = WithSuffix(Clean(instrument.Name), Suffix(instrument.Unit));
        return kind == MetricKind.Counter ? WithSuffix(name, "_total") : name;
    }

    /// <summary>A label's name: letters, digits and underscores, not beginning with a digit.</summary>
    public static string Clean(string name)
    {
        var clean = string.Create(name.Length, name, static (span, text) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsAsciiLetterOrDigit(text[i]) ? text[i] : '_';
        });
        return clean.Length == 0 || char.IsAsciiDigit(clean[0]) ? "_" + clean : clean;
    }

    private static MetricKind? KindOf(Type definition)
    {
        if (definition == typeof(Counter<>) || definition == typeof(ObservableCounter<>))
            return MetricKind.Counter;
        if (definition == typeof(Histogram<>))
            return MetricKind.Histogram;
        var isGauge = definition == typeof(Gauge<>) || definition == typeof(ObservableGauge<>)
            || definition == typeof(UpDownCounter<>) || definition == typeof(ObservableUpDownCounter<>);
        return isGauge ? MetricKind.Gauge : null;
    }

    // Units are UCUM; those in braces ({message}) only annotate.
    private static string Suffix(string? unit) => unit switch
    {
        "s" => "_seconds",
        "By" => "_bytes",
        _ => "",
    };

    private static string WithSuffix(string name, string suffix) => name.EndsWith(suffix) ? name : name + suffix;
}
