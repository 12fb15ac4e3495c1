namespace OutreachRelay.Benchmarks.Latency;

/// <summary>How long clients waited for the reply to the final dot.</summary>
/// <param name="Place">Where the data directory lies.</param>
/// <param name="Rate">Messages per second at which they were submitted.</param>
/// <param name="Late">The share that waited for a connection, counted from their turn on.</param>
/// <param name="Wake">99 % of the client's own threads were woken by the kernel within this time of their turn.</param>
/// <param name="Bare">99 % of as many messages at the same rate were on disk within this time where nothing was done but to append and flush them.</param>
internal sealed record LatencyFigures(
    string Place, double Rate, int Messages, TimeSpan Median, TimeSpan P99, TimeSpan P999, TimeSpan Longest, double Late, TimeSpan Wake, TimeSpan Bare);

/// <param name="TopRate">Delivered messages per second when clients submit as fast as they can, on disk.</param>
/// <param name="Runs">On disk, and where the machine has a directory in memory, there too.</param>
internal sealed record LatencyReport(double TopRate, IReadOnlyList<LatencyFigures> Runs);
