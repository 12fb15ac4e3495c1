using System.Globalization;

namespace OutreachRelay.Benchmarks.Race;

/// <summary>Medians over rounds, as text.</summary>
internal static class RaceTable
{
    public const string Heading = """
        connection  body     contestant  accepted/s  delivered/s  CPU µs/msg       MB
        ----------  -------  ----------  ----------  -----------  ----------  -------
        """;

    public static void Print(DisciplineFigures race)
    {
        foreach (var contestant in race.Contestants)
            Console.WriteLine(Row(race.Discipline, contestant));
        foreach (var other in race.Contestants.Skip(1))
            Console.WriteLine(Ratio(race.Discipline, race.Contestants[0], other));
        if (race.Inside is { } inside)
            Console.WriteLine($"                     inside      {inside}");
    }

    public static string Connection(Discipline discipline) => discipline.Reuse ? "reused" : "one each";

    private static string Row(Discipline discipline, ContestantFigures contestant) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Connection(discipline),-10}  {discipline.Size,3} KiB  {contestant.Name,-10}  {contestant.Of(r => r.Accepted).Median,10:F0}  {contestant.Of(r => r.Delivered).Median,11:F0}  {Known(contestant.Of(r => r.Cpu * 1e6).Median, "F0"),10}  {Known(contestant.Of(r => r.Memory / 1e6).Median, "F0"),7}");

    private static string Ratio(Discipline discipline, ContestantFigures first, ContestantFigures other) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Connection(discipline),-10}  {discipline.Size,3} KiB  {"/ " + other.Name,-10}  {first.Against(other, (a, b) => a.Accepted / b.Accepted).Median,9:F2}x  {first.Against(other, (a, b) => a.Delivered / b.Delivered).Median,10:F2}x  {Known(first.Against(other, (a, b) => b.Cpu / a.Cpu).Median, "F2"),9}x");

    /// <summary>A dash for what cannot be known.</summary>
    public static string Known(double value, string format) => double.IsNaN(value) ? "–" : value.ToString(format, CultureInfo.InvariantCulture);
}
