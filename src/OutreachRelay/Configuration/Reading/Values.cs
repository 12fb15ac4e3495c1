using System.Globalization;
using System.Text;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Configuration.Reading;

/// <summary>The simple types of values.</summary>
internal static class Values
{
    /// <summary>Lifts a reader of text to one of TOML strings.</summary>
    public static Func<TomlValue, Parsed<T>> Of<T>(Func<string, Parsed<T>> parse, string expected) => value =>
        value is TomlString text ? parse(text.Value) : Parsed<T>.Fail($"expected {expected}, found {value.TypeName}");

    /// <summary>Text of 1 to 255 characters without control characters.</summary>
    public static readonly Func<TomlValue, Parsed<string>> Text = Of(ParseText, "a string");

    /// <summary>A name of our own: it stands in metrics, paths and other tables.</summary>
    public static readonly Func<TomlValue, Parsed<string>> Name = Of(ParseName, "a name in quotes");

    /// <summary>A path, relative to the configuration file.</summary>
    public static readonly Func<TomlValue, Parsed<string>> FilePath = Of(
        text => text.Length is > 0 and <= 4096 && !text.Any(char.IsControl)
            ? text
            : Parsed<string>.Fail("expected the path of a file, up to 4096 characters"),
        "a path in quotes");

    public static Parsed<bool> Boolean(TomlValue value) =>
        value is TomlBoolean boolean ? boolean.Value : Parsed<bool>.Fail($"expected true or false, found {value.TypeName}");

    /// <summary>A date, as TOML has them or in quotes.</summary>
    public static Parsed<DateOnly> Date(TomlValue value) => value switch
    {
        TomlLocalDate date => date.Value,
        TomlString text => ParseDate(text.Value),
        _ => Parsed<DateOnly>.Fail($"expected a date such as 2026-01-31, found {value.TypeName}"),
    };

    public static Parsed<DateOnly> ParseDate(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : Parsed<DateOnly>.Fail($"expected a date such as 2026-01-31, found {Shown.Text(text)}");

    public static Func<TomlValue, Parsed<long>> Long(long least, long most) => value =>
        value is TomlInteger { Value: var number }
            ? CheckRange(number, least, most)
            : Parsed<long>.Fail($"expected a whole number from {least} to {most}, found {value.TypeName}");

    public static Func<TomlValue, Parsed<int>> Integer(int least, int most)
    {
        var parse = Long(least, most);
        return value =>
        {
            var parsed = parse(value);
            return new Parsed<int>((int)parsed.Value, parsed.Error);
        };
    }

    public static Parsed<long> ParseLong(string text, long least, long most) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? CheckRange(number, least, most)
            : Parsed<long>.Fail($"expected a whole number from {least} to {most}, found {Shown.Text(text)}");

    /// <summary>A number with or without a fraction.</summary>
    public static Func<TomlValue, Parsed<double>> Number(double least, double most) => value => value switch
    {
        TomlInteger { Value: var number } => CheckRange(number, least, most),
        TomlFloat { Value: var number } => CheckRange(number, least, most),
        _ => Parsed<double>.Fail($"expected a number from {least} to {most}, found {value.TypeName}"),
    };

    public static Parsed<double> ParseNumber(string text, double least, double most) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? CheckRange(number, least, most)
            : Parsed<double>.Fail($"expected a number from {least} to {most}, found {Shown.Text(text)}");

    /// <summary>A share among others: any number above 0, up to 1e9.</summary>
    public static Parsed<double> Share(TomlValue value)
    {
        var parsed = Number(0, 1e9)(value);
        return parsed is { Error: null, Value: 0 } ? Parsed<double>.Fail("expected a number above 0") : parsed;
    }

    /// <summary>One of some words.</summary>
    public static Func<TomlValue, Parsed<T>> Choice<T>(params (string Word, T Value)[] choices)
    {
        var expected = string.Join(", ", choices.Select(choice => $"\"{choice.Word}\""));
        return Of(Parse, $"one of {expected}");

        Parsed<T> Parse(string text)
        {
            foreach (var (word, value) in choices)
            {
                if (word == text)
                    return value;
            }
            var suggestion = Suggestion.For(text, choices.Select(choice => choice.Word));
            return Parsed<T>.Fail($"expected one of {expected}, found {Shown.Text(text)}{suggestion}");
        }
    }

    public static Parsed<string> ParseName(string text) =>
        text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? text
            : Parsed<string>.Fail("expected a name of 1 to 64 letters, digits, '-', '_' and '.'");

    /// <summary>A display name. It stands in a header field, which a line end in it would end.</summary>
    public static Parsed<string> ParseDisplayName(string text)
    {
        if (text.Length > 255)
            return Parsed<string>.Fail("expected a display name of at most 255 characters");
        return text.EnumerateRunes().Any(rune => Shown.IsDangerous(rune) || rune == Rune.ReplacementChar)
            ? Parsed<string>.Fail("a display name must not hold line ends, control characters or direction overrides")
            : text;
    }

    private static Parsed<string> ParseText(string text) =>
        text.Length is > 0 and <= 255 && !text.Any(char.IsControl)
            ? text
            : Parsed<string>.Fail("expected 1 to 255 characters, none of them a control character");

    private static Parsed<long> CheckRange(long number, long least, long most) =>
        number >= least && number <= most ? number : Parsed<long>.Fail($"expected a whole number from {least} to {most}, found {number}");

    // Not-a-number fails both comparisons.
    private static Parsed<double> CheckRange(double number, double least, double most) =>
        number >= least && number <= most ? number : Parsed<double>.Fail($"expected a number from {least} to {most}, found {number}");
}
