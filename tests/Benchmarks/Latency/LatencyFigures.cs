namespace OutreachRelay.Benchmarks.Latency;

/// <summary>How long clients waited for the reply to the final dot.</summary>
/// <param name="TopRate">Delivered messages per second when clients submit as fast as they can.</param>
/// <param name="Rate">At which they were submitted here.</param>
/// <param name="Late">The share that waited for a connection, counted from their turn on.</param>
/// <param name="Wake">99 % of the client's own threads were woken by the kernel within this time of their turn.</param>
internal sealed record LatencyFigures(
    string Name, double TopRate, double Rate, int Messages, TimeSpan Median, TimeSpan P99, TimeSpan P999, TimeSpan Longest, double Late, TimeSpan Wake);
