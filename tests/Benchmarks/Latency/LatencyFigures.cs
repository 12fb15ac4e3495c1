using OutreachRelay.Benchmarks.Race;

namespace OutreachRelay.Benchmarks.Latency;

/// <summary>How long clients waited for the reply to the final dot, in one round. Times in milliseconds.</summary>
/// <param name="Waits">Of each message.</param>
/// <param name="Late">The share that waited for a connection, counted from their turn on.</param>
/// <param name="Wake">99 % of the client's own threads were woken by the kernel within this time of their turn.</param>
/// <param name="Bare">99 % of as many messages at the same rate were on disk within this time where nothing was done but to append and flush them.</param>
internal sealed record LatencyRound(Waits Waits, double Late, double Wake, double Bare);

/// <param name="Place">Where the data directory lies.</param>
internal sealed record LatencyFigures(string Place, IReadOnlyList<LatencyRound> Rounds)
{
    /// <summary>Of each message of all rounds.</summary>
    public Waits Waits { get; } = new(Rounds.SelectMany(static round => round.Waits.Sorted));

    /// <summary>One figure of all rounds.</summary>
    public Spread Of(Func<LatencyRound, double> figure) => Spread.Of([.. Rounds.Select(figure)]);

    /// <summary>The share of all rounds' messages that waited for a connection.</summary>
    public double Late => Rounds.Average(static round => round.Late);
}

/// <param name="TopRate">Delivered messages per second when clients submit as fast as they can, on disk; they are submitted at half of it here.</param>
/// <param name="Messages">In each round.</param>
/// <param name="Places">On disk, and where the machine has a directory in memory, there too.</param>
internal sealed record LatencyReport(double TopRate, int Messages, IReadOnlyList<LatencyFigures> Places);
