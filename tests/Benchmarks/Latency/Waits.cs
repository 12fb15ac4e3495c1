namespace OutreachRelay.Benchmarks.Latency;

/// <summary>How long each of many waited.</summary>
internal sealed class Waits(IEnumerable<TimeSpan> times)
{
    private readonly TimeSpan[] _sorted = [.. times.Order()];

    /// <summary>From the shortest to the longest.</summary>
    public IReadOnlyList<TimeSpan> Sorted => _sorted;

    /// <summary>The shortest time that this share of them did not exceed, in milliseconds.</summary>
    public double At(double share) => _sorted[(int)Math.Ceiling(share * _sorted.Length) - 1].TotalMilliseconds;
}
