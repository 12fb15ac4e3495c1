using System.Globalization;

namespace OutreachRelay.Protocols.Mime;

/// <summary>Dates as they stand in <c>Date</c> and <c>Received</c> (RFC 5322 §3.3).</summary>
public static class MailDate
{
    /// <summary>For example <c>Sat, 21 Nov 2026 17:42:15 +0100</c>, in the offset the value has; always 31 characters.</summary>
    public static string Format(DateTimeOffset date)
    {
        var minutes = (int)Math.Abs(date.Offset.TotalMinutes);
        var sign = date.Offset < TimeSpan.Zero ? '-' : '+';
        return string.Create(CultureInfo.InvariantCulture, $"{date:ddd, dd MMM yyyy HH:mm:ss} {sign}{minutes / 60:00}{minutes % 60:00}");
    }
}
