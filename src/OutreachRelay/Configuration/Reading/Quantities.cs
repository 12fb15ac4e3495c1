using System.Globalization;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Configuration.Reading;

/// <summary>So many in so much time, such as <c>20/min</c>.</summary>
public readonly record struct Rate(long Count, TimeSpan Per);

/// <summary>Values with a unit: durations, sizes, rates.</summary>
internal static class Quantities
{
    private const string DurationShape = "a duration such as \"30s\", \"5m\", \"2h\" or \"3d\"";
    private const string SizeShape = "a size such as \"25MiB\", \"64KiB\", \"1GiB\" or a number of octets";
    private const string RateShape = "a rate such as \"5/s\", \"20/min\", \"600/h\" or \"5000/d\"";

    public static readonly Func<TomlValue, Parsed<Rate>> Rate = Values.Of(ParseRate, RateShape);

    public static Func<TomlValue, Parsed<TimeSpan>> Duration(TimeSpan least, TimeSpan most) =>
        Values.Of(text => ParseDuration(text, least, most), DurationShape);

    /// <summary>A duration of whole days.</summary>
    public static Func<TomlValue, Parsed<TimeSpan>> Days(int least, int most)
    {
        var parse = Duration(TimeSpan.FromDays(least), TimeSpan.FromDays(most));
        return value =>
        {
            var parsed = parse(value);
            return parsed.Error is null && parsed.Value.Ticks % TimeSpan.TicksPerDay != 0
                ? Parsed<TimeSpan>.Fail("expected whole days, such as \"30d\"")
                : parsed;
        };
    }

    /// <summary>Octets.</summary>
    public static Func<TomlValue, Parsed<long>> Size(long least, long most) => value => value switch
    {
        TomlInteger { Value: var octets } => CheckSize(octets, least, most),
        TomlString { Value: var text } => TrySplit(text, out var number, out var unit) && SizeUnit(unit) is > 0 and var factor
            ? CheckSize((Int128)number * factor, least, most)
            : Parsed<long>.Fail($"expected {SizeShape}, found {Shown.Text(text)}"),
        _ => Parsed<long>.Fail($"expected {SizeShape}, found {value.TypeName}"),
    };

    /// <summary>A duration as it is written in the configuration: <c>30s</c>, <c>5m</c>, <c>2h</c>, <c>3d</c>.</summary>
    public static Parsed<TimeSpan> ParseDuration(string text, TimeSpan least, TimeSpan most)
    {
        if (!TrySplit(text, out var number, out var unit) || DurationUnit(unit) is not (> 0 and var seconds))
            return Parsed<TimeSpan>.Fail($"expected {DurationShape}, found {Shown.Text(text)}");
        var total = (Int128)number * seconds;
        return total >= (long)least.TotalSeconds && total <= (long)most.TotalSeconds
            ? TimeSpan.FromSeconds((long)total)
            : Parsed<TimeSpan>.Fail($"expected a duration from {Show(least)} to {Show(most)}, found {Shown.Text(text)}");
    }

    private static Parsed<Rate> ParseRate(string text)
    {
        var slash = text.IndexOf('/');
        if (slash < 0 || !TrySplit(text[..slash], out var count, out var rest) || rest.Length > 0 || count is 0 or > 1_000_000_000)
            return Parsed<Rate>.Fail($"expected {RateShape}, found {Shown.Text(text)}");
        TimeSpan? per = text[(slash + 1)..] switch
        {
            "s" or "sec" => TimeSpan.FromSeconds(1),
            "m" or "min" => TimeSpan.FromMinutes(1),
            "h" or "hour" => TimeSpan.FromHours(1),
            "d" or "day" => TimeSpan.FromDays(1),
            _ => null,
        };
        return per is { } time ? new Rate(count, time) : Parsed<Rate>.Fail($"expected {RateShape}, found {Shown.Text(text)}");
    }

    private static Parsed<long> CheckSize(Int128 octets, long least, long most) =>
        octets >= least && octets <= most
            ? (long)octets
            : Parsed<long>.Fail($"expected a size from {least} to {most} octets");

    private static bool TrySplit(string text, out long number, out string unit)
    {
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        digits = digits < 0 ? text.Length : digits;
        unit = text[digits..];
        return long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static long DurationUnit(string unit) => unit switch { "s" => 1, "m" => 60, "h" => 3600, "d" => 86400, _ => 0 };

    private static long SizeUnit(string unit) => unit switch
    {
        "" or "B" => 1,
        "KiB" => 1L << 10,
        "MiB" => 1L << 20,
        "GiB" => 1L << 30,
        "TiB" => 1L << 40,
        _ => 0,
    };

    private static string Show(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => $"{(long)time.TotalDays}d",
        { TotalHours: >= 1 } => $"{(long)time.TotalHours}h",
        { TotalMinutes: >= 1 } => $"{(long)time.TotalMinutes}m",
        _ => $"{(long)time.TotalSeconds}s",
    };
}
