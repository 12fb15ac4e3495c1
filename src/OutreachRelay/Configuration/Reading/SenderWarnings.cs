using System.Globalization;

namespace OutreachRelay.Configuration.Reading;

/// <summary>Tells of senders that are valid and send nothing, or less than they seem to.</summary>
/// <remarks>A pool may have thousands of a kind: a warning that a file has had some times already is cut short there.</remarks>
internal sealed class SenderWarnings(ProblemList problems, TimeProvider time)
{
    private const int MostAlike = 20;

    private readonly Dictionary<(string File, string Message), int> _told = [];
    private readonly DateTimeOffset _now = time.GetUtcNow();

    /// <param name="zone">The time zone of a sender that names none.</param>
    /// <param name="warmsUp">Whether a <c>warmup_start</c> has an effect.</param>
    public void Check(SenderConfig sender, TimeZoneInfo zone, bool warmsUp)
    {
        if (sender.DailyLimit is { Value: 0, Place: var limit })
            Warn(limit, "sends nothing: its daily_limit is 0");
        if (sender.Weight is { Value: 0, Place: var weight })
            Warn(weight, "is never chosen for a first mail: its weight is 0");
        if (sender.WarmupStart is { Value: var start, Place: var place } && warmsUp && start > Today(sender.TimeZone?.Value ?? zone))
            Warn(place, $"sends nothing until {start.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}, when its warm-up begins");
    }

    private DateOnly Today(TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(_now, zone).DateTime);

    private void Warn(Place place, string message)
    {
        var count = _told[(place.File, message)] = _told.GetValueOrDefault((place.File, message)) + 1;
        if (count <= MostAlike)
            problems.Warning(place, count < MostAlike ? message : message + "; more like this may follow and are not listed");
    }
}
