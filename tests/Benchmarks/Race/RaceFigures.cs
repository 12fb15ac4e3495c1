namespace OutreachRelay.Benchmarks.Race;

/// <summary>All that a race showed.</summary>
/// <param name="Missing">Who was to race and is not there.</param>
/// <param name="Signed">Whether the relay signed.</param>
internal sealed record RaceFigures(IReadOnlyList<DisciplineFigures> Races, IReadOnlyList<string> Missing, bool Signed);

/// <param name="Contestants">The relay first, when it took part.</param>
internal sealed record DisciplineFigures(Discipline Discipline, IReadOnlyList<ContestantFigures> Contestants)
{
    /// <summary>What the relay used inside; <see langword="null"/> when it took no part.</summary>
    public InsideFigures? Inside =>
        Contestants[0].Rounds.Select(static round => round.Inside).OfType<InsideFigures>().ToList() is { Count: > 0 } rounds ? InsideFigures.Mean(rounds) : null;
}

internal sealed record ContestantFigures(string Name, IReadOnlyList<RoundResult> Rounds)
{
    public Spread Of(Func<RoundResult, double> value) => Spread.Of([.. Rounds.Select(value)]);

    /// <summary>Ratios of rounds that ran one after the other, because a shared machine changes its speed between them.</summary>
    public Spread Against(ContestantFigures other, Func<RoundResult, RoundResult, double> ratio) =>
        Spread.Of([.. Rounds.Zip(other.Rounds).Select(pair => ratio(pair.First, pair.Second))]);
}

/// <summary>The median of some rounds, and between what they lie.</summary>
internal readonly record struct Spread(double Median, double Lowest, double Highest)
{
    public static Spread Of(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return new Spread(sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }
}
