using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Configuration.Reading;

/// <summary>Time zones by their IANA name.</summary>
internal static class TimeZones
{
    public static readonly Func<TomlValue, Parsed<TimeZoneInfo>> Zone = Values.Of(Parse, "the name of a time zone in quotes");

    // The name becomes a path below the system's time zone folder, so only what names look like is tried.
    public static Parsed<TimeZoneInfo> Parse(string text) =>
        text.Length is > 0 and <= 64
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+')
        && !text.StartsWith('/')
        && TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone)
            ? zone
            : Parsed<TimeZoneInfo>.Fail($"expected a time zone of this system such as \"Europe/Berlin\", found {Shown.Text(text)}");
}
