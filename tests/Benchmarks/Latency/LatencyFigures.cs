using OutreachRelay.Benchmarks.Race;

namespace OutreachRelay.Benchmarks.Latency;

/// <summary>How long clients waited for the reply to the final dot, in one run.</summary>
/// <param name="Waits">Of each message, the shortest first.</param>
/// <param name="Late">The share that waited for a connection, counted from their turn on.</param>
/// <param name="Wake">99 % of the client's own threads were woken by the kernel within this time of their turn.</param>
/// <param name="Bare">99 % of as many messages at the same rate were on disk within this time where nothing was done but to append and flush them.</param>
internal sealed record LatencyRound(TimeSpan[] Waits, double Late, TimeSpan Wake, TimeSpan Bare)
{
    /// <summary>The smallest time that this share did not exceed.</summary>
    /// <param name="sorted">The shortest first.</param>
    public static TimeSpan At(TimeSpan[] sorted, double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
}

/// <param name="Place">Where the data directory lies.</param>
internal sealed record LatencyFigures(string Place, IReadOnlyList<LatencyRound> Rounds)
{
    /// <summary>The waits of all rounds together, the shortest first.</summary>
    public TimeSpan[] Waits { get; } = [.. Rounds.SelectMany(static round => round.Waits).Order()];

    /// <summary>One figure of all rounds, in milliseconds.</summary>
    public Spread Of(Func<LatencyRound, TimeSpan> time) => Spread.Of([.. Rounds.Select(round => time(round).TotalMilliseconds)]);

    /// <summary>The share of all rounds' messages that waited for a connection.</summary>
    public double Late => Rounds.Average(static round => round.Late);
}

/// <param name="TopRate">Delivered messages per second when clients submit as fast as they can, on disk; they are submitted at half of it here.</param>
/// <param name="Messages">In each round.</param>
/// <param name="Places">On disk, and where the machine has a directory in memory, there too.</param>
internal sealed record LatencyReport(double TopRate, int Messages, IReadOnlyList<LatencyFigures> Places);
