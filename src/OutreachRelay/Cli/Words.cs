using System.Text.Json;

namespace OutreachRelay.Cli;

/// <summary>Times, ages and states as a person reads them.</summary>
internal static class Words
{
    /// <summary><c>in 3 m</c>, or <c>now</c>.</summary>
    public static string Due(DateTimeOffset due, DateTimeOffset now) => due <= now ? "now" : "in " + Span(due - now);

    /// <summary><c>3 m ago</c>.</summary>
    public static string Ago(DateTimeOffset at, DateTimeOffset now) => Span(now - at) + " ago";

    /// <summary>In its largest fitting unit, rounded down: <c>59 s</c>, <c>3 m</c>, <c>47 h</c>, <c>2 d</c>.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 0 } => "0 s",
        { TotalSeconds: < 60 } => $"{(long)span.TotalSeconds} s",
        { TotalMinutes: < 60 } => $"{(long)span.TotalMinutes} m",
        { TotalHours: < 48 } => $"{(long)span.TotalHours} h",
        _ => $"{(long)span.TotalDays} d",
    };

    /// <summary><c>InDoubt</c> as <c>in_doubt</c>: the word that options take and JSON shows.</summary>
    public static string Of<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    public static string Plural(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
