using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>What became of a sender's mail, or of a sender domain's: on one date, or on several.</summary>
/// <param name="Outcomes">Entries that have ended.</param>
/// <param name="Bad">Hard bounces and blocks among them.</param>
internal readonly record struct HealthSamples(long Outcomes, long Bad, long Complaints)
{
    /// <summary>How many dates are looked at, the current one included.</summary>
    public const int Days = 7;

    // What is older than so many outcomes says little of today.
    private const long Most = 200;

    /// <summary>The share of bad outcomes, 0 to 1; 0 without any outcome.</summary>
    public double Share => Outcomes > 0 ? Math.Min(1, (double)Bad / Outcomes) : 0;

    /// <summary>Sums what counts: back to the start, within the window, and no day further than is enough. Complaints are rare, and all of the window count.</summary>
    /// <param name="days">The dates from <paramref name="today"/> backwards.</param>
    /// <param name="enough">Outcomes that a judgement needs, if those are more than usual.</param>
    public static HealthSamples Sum(ReadOnlySpan<HealthSamples> days, DateOnly today, SampleStart? start, long enough)
    {
        var sum = default(HealthSamples);
        for (var ago = 0; ago < days.Length; ago++)
        {
            var date = today.AddDays(-ago);
            if (date < start?.Date)
                break;
            var day = date == start?.Date ? days[ago].After(start) : days[ago];
            sum = sum.Outcomes < Math.Max(Most, enough) ? sum + day : sum with { Complaints = sum.Complaints + day.Complaints };
        }
        return sum;
    }

    /// <summary>From which samples begin to count, when <paramref name="carried"/> of those before it are to count on.</summary>
    /// <param name="today">The date of this sum.</param>
    public SampleStart Begin(DateOnly today, HealthSamples carried = default) =>
        new(today, Outcomes - carried.Outcomes, Bad - carried.Bad, Complaints - carried.Complaints);

    public static HealthSamples operator +(HealthSamples a, HealthSamples b) => new(a.Outcomes + b.Outcomes, a.Bad + b.Bad, a.Complaints + b.Complaints);

    private HealthSamples After(SampleStart start) => new(
        Math.Max(0, Outcomes - start.Outcomes), Math.Max(0, Bad - start.Bad), Math.Max(0, Complaints - start.Complaints));
}
