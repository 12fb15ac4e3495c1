using System.Globalization;

namespace OutreachRelay.Benchmarks.Race;

/// <summary>What a message costs inside the relay, which can be asked, unlike the others.</summary>
/// <param name="Allocated">Octets of managed memory.</param>
/// <param name="Switches">Context switches of its threads.</param>
/// <param name="Threads">Microseconds of processor time by name of thread, the most first.</param>
internal sealed record InsideFigures(double Allocated, double Switches, IReadOnlyList<(string Name, double Micros)> Threads)
{
    // What is below this share of the whole is told as one.
    private const double Small = 0.01;

    private const string Rest = "others";

    /// <summary>The mean of some rounds, with what is small put together.</summary>
    public static InsideFigures Mean(IReadOnlyList<InsideFigures> rounds)
    {
        var threads = rounds.SelectMany(static round => round.Threads).GroupBy(static thread => thread.Name, static thread => thread.Micros)
            .Select(kind => (Name: kind.Key, Micros: kind.Sum() / rounds.Count)).OrderByDescending(static kind => kind.Micros).ToList();
        var small = threads.Sum(static thread => thread.Micros) * Small;
        var rest = threads.Where(thread => thread.Micros < small).Sum(static thread => thread.Micros);
        return new InsideFigures(
            rounds.Average(static round => round.Allocated), rounds.Average(static round => round.Switches),
            [.. threads.Where(thread => thread.Micros >= small), (Rest, rest)]);
    }

    public double Of(string thread) => Threads.FirstOrDefault(kind => kind.Name == thread).Micros;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Allocated:N0} octets allocated, {Switches:F1} context switches; µs by thread: {string.Join(", ", Threads.Select(static thread => string.Create(CultureInfo.InvariantCulture, $"{thread.Name} {thread.Micros:F0}")))}");
}

/// <summary>Looks into a relay before and after a round.</summary>
internal sealed class InsideMeter
{
    private readonly Contestant _contestant;
    private readonly double _allocated;
    private readonly ThreadUsage _threads;

    private InsideMeter(Contestant contestant, double allocated) =>
        (_contestant, _allocated, _threads) = (contestant, allocated, ThreadUsage.Of(contestant.ProcessId));

    /// <returns><see langword="null"/> for a contestant that tells nothing of itself.</returns>
    public static async Task<InsideMeter?> StartAsync(Contestant contestant) =>
        contestant.ReadMetricsAsync is null ? null : new InsideMeter(contestant, await AllocatedAsync(contestant));

    public async Task<InsideFigures> ReadAsync(int messages)
    {
        var threads = ThreadUsage.Of(_contestant.ProcessId);
        var allocated = await AllocatedAsync(_contestant) - _allocated;
        return new InsideFigures(
            allocated / messages, (double)threads.SwitchesSince(_threads) / messages,
            [.. threads.CpuSince(_threads).Select(kind => (kind.Name, kind.Micros / messages))]);
    }

    private static async Task<double> AllocatedAsync(Contestant contestant)
    {
        const string Name = "dotnet_gc_allocated_bytes_total ";
        var line = (await contestant.ReadMetricsAsync!()).Split('\n').First(static line => line.StartsWith(Name, StringComparison.Ordinal));
        return double.Parse(line[Name.Length..], CultureInfo.InvariantCulture);
    }
}
