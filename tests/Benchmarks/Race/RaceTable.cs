using System.Globalization;

namespace OutreachRelay.Benchmarks.Race;

/// <summary>Medians over rounds, as text.</summary>
internal static class RaceTable
{
    public const string Heading = """
        connection  body     contestant  accepted/s  delivered/s  CPU µs/msg       MB
        ----------  -------  ----------  ----------  -----------  ----------  -------
        """;

    public static string Row(Discipline discipline, string contestant, IReadOnlyList<RoundResult> rounds) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Connection(discipline),-10}  {discipline.Size,3} KiB  {contestant,-10}  {Median(rounds, r => r.Accepted),10:F0}  {Median(rounds, r => r.Delivered),11:F0}  {Median(rounds, r => r.Cpu * 1e6),10:F0}  {Median(rounds, r => r.Memory / 1e6),7:F0}");

    /// <summary>Median of the ratios of rounds that ran one after the other, because a shared machine changes its speed between them.</summary>
    public static string Ratio(Discipline discipline, IReadOnlyList<RoundResult> relay, IReadOnlyList<RoundResult> postfix)
    {
        var pairs = relay.Zip(postfix).ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Connection(discipline),-10}  {discipline.Size,3} KiB  {"ratio",-10}  {Median(pairs, p => p.First.Accepted / p.Second.Accepted),9:F1}x  {Median(pairs, p => p.First.Delivered / p.Second.Delivered),10:F1}x  {Median(pairs, p => p.Second.Cpu / p.First.Cpu),9:F1}x");
    }

    public static double Median<T>(IReadOnlyList<T> rounds, Func<T, double> value)
    {
        var sorted = rounds.Select(value).Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static string Connection(Discipline discipline) => discipline.Reuse ? "reused" : "one each";
}
