using System.Globalization;

namespace OutreachRelay.Protocols.Mime;

/// <summary>Dates as they stand in <c>Date</c> and <c>Received</c> (RFC 5322 §3.3).</summary>
public static class MailDate
{
    // RFC 5322 §3.3, and §4.3 for what older programs write: no day of the week, no seconds, a year of two digits, a zone by name.
    private static readonly string[] Formats =
        [.. from day in (string[])["ddd, ", ""] from year in (string[])["yyyy", "yy"] from time in (string[])["HH:mm:ss", "HH:mm"] select $"{day}d MMM {year} {time} zzz"];

    private static readonly (string Name, string Offset)[] Zones =
    [
        ("GMT", "+00:00"), ("UT", "+00:00"), ("UTC", "+00:00"), ("Z", "+00:00"), ("EST", "-05:00"), ("EDT", "-04:00"),
        ("CST", "-06:00"), ("CDT", "-05:00"), ("MST", "-07:00"), ("MDT", "-06:00"), ("PST", "-08:00"), ("PDT", "-07:00"),
    ];

    /// <summary>Reads the value of a <c>Date</c> field, a comment after it included.</summary>
    /// <param name="text">At most 256 characters; anything longer is no date.</param>
    public static bool TryParse(string text, out DateTimeOffset date)
    {
        date = default;
        if (text.Length > 256)
            return false;
        var comment = text.IndexOf('(');
        var words = (comment < 0 ? text : text[..comment]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            return false;
        foreach (var (name, offset) in Zones)
        {
            if (words[^1].Equals(name, StringComparison.OrdinalIgnoreCase))
                words[^1] = offset;
        }
        return DateTimeOffset.TryParseExact(string.Join(' ', words), Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out date);
    }

    /// <summary>For example <c>Sat, 21 Nov 2026 17:42:15 +0100</c>, in the offset the value has; always 31 characters.</summary>
    public static string Format(DateTimeOffset date)
    {
        var minutes = (int)Math.Abs(date.Offset.TotalMinutes);
        var sign = date.Offset < TimeSpan.Zero ? '-' : '+';
        return string.Create(CultureInfo.InvariantCulture, $"{date:ddd, dd MMM yyyy HH:mm:ss} {sign}{minutes / 60:00}{minutes % 60:00}");
    }
}
