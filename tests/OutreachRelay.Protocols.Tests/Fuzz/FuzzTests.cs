using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace OutreachRelay.Protocols.Tests.Fuzz;

/// <summary>
/// No input makes a parser crash, hang, or take memory out of proportion. <c>make fuzz</c> runs longer and with other inputs each time; the seed is printed, and
/// <c>FUZZ_SEED</c> brings a run back.
/// </summary>
public sealed class FuzzTests
{
    private const int DefaultSeed = 20261122;
    private const int DefaultRounds = 2_000;

    // Far above what any input takes, far below what a square of its length would.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private const long LeastMemory = 1 << 20;
    private const int MemoryPerOctet = 400;

    private static readonly int Seed = Setting("FUZZ_SEED", DefaultSeed);
    private static readonly int Rounds = Setting("FUZZ_ROUNDS", DefaultRounds);

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Keys];

    [Theory]
    [MemberData(nameof(Targets))]
    public void AnyInput_EndsSoonAndSmall(string name)
    {
        var target = FuzzTargets.All[name];
        var mutator = new Mutator([.. target.Samples.Select(Encoding.Latin1.GetBytes)], [.. target.Pieces.Select(Encoding.Latin1.GetBytes)], Seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {Rounds} inputs of seed {Seed}");
        foreach (var sample in target.Samples)
            Run(target, Encoding.Latin1.GetBytes(sample), "a sample");
        for (var round = 0; round < Rounds; round++)
            Run(target, mutator.Next(), $"round {round} of seed {Seed}");
    }

    private static void Run(FuzzTarget target, byte[] input, string which)
    {
        var started = Stopwatch.GetTimestamp();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Run(input);
        }
        catch (Exception e)
        {
            Assert.Fail($"{which}: {e}\n{Convert.ToBase64String(input.AsSpan(0, Math.Min(input.Length, 3_000)))}");
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Assert.True(Stopwatch.GetElapsedTime(started) < Longest, $"{which}: {input.Length} octets took {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s");
        Assert.True(allocated < LeastMemory + (MemoryPerOctet * (long)input.Length * target.Passes), $"{which}: {input.Length} octets took {allocated} octets of memory");
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
