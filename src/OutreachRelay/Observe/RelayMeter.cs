using System.Diagnostics.Metrics;

namespace OutreachRelay.Observe;

/// <summary>The meter of all instruments. Each instrument is declared beside the code that counts, with its tag values in a comment.</summary>
public static class RelayMeter
{
    public const string Name = "OutreachRelay";

    /// <summary>Names begin with <c>outreach_</c>; unit and <c>_total</c> are added where the Prometheus text is written.</summary>
    public static readonly Meter Instance = new(Name);
}
