using System.Diagnostics;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.Benchmarks.Race;

/// <param name="Reuse">Whether a connection carries many messages.</param>
/// <param name="Size">Of the body, in KiB.</param>
internal sealed record Discipline(bool Reuse, int Size, int Messages);

/// <summary>What one contestant did in one round.</summary>
/// <param name="Accepted">Messages per second, until smtp-source had its last reply.</param>
/// <param name="Delivered">Messages per second, until the sink had counted the last one.</param>
/// <param name="Cpu">Seconds per message; not a number when it cannot be told.</param>
/// <param name="Memory">See <see cref="ProcessUsage.Memory"/>; not a number when it cannot be told.</param>
/// <param name="Inside">Of the relay only.</param>
internal sealed record RoundResult(double Accepted, double Delivered, double Cpu, double Memory, InsideFigures? Inside);

/// <summary>Runs smtp-source once against one contestant.</summary>
internal static class RaceRound
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);
    private static int _rounds;

    public static async Task<RoundResult> RunAsync(Contestant contestant, Discipline discipline, int sessions)
    {
        discipline = discipline with { Messages = Math.Max(1, discipline.Messages / contestant.Divisor) };
        var goal = contestant.Sink.Count + discipline.Messages;
        var inside = await InsideMeter.StartAsync(contestant);
        ProcessUsage.ResetPeak(contestant.ProcessId);
        var cpu = ProcessUsage.CpuSeconds(contestant.ProcessId);
        var start = Stopwatch.GetTimestamp();

        await SubmitAsync(contestant.Name, contestant.Port, discipline, sessions);
        var accepted = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await Wait.UntilAsync(() => contestant.Sink.Count >= goal, Deadline, () => $"{contestant.Name}: {goal - contestant.Sink.Count} are missing");

        var delivered = Stopwatch.GetElapsedTime(start, contestant.Sink.LastAt).TotalSeconds;
        return new RoundResult(
            discipline.Messages / accepted,
            discipline.Messages / delivered,
            contestant.LosesChildren ? double.NaN : (ProcessUsage.CpuSeconds(contestant.ProcessId) - cpu) / discipline.Messages,
            contestant.LosesChildren ? double.NaN : ProcessUsage.Memory(contestant.ProcessId),
            inside is null ? null : await inside.ReadAsync(discipline.Messages));
    }

    /// <summary>Runs smtp-source against a port until it has its last reply.</summary>
    /// <param name="name">Of what listens there, for the error.</param>
    public static async Task SubmitAsync(string name, int port, Discipline discipline, int sessions)
    {
        // -N puts a number before each recipient; with the round behind it no recipient comes twice, so that the senders rotate.
        string[] arguments =
        [
            "-s", $"{sessions}", "-m", $"{discipline.Messages}", "-l", $"{discipline.Size * 1024}",
            "-N", "-t", $"r{Interlocked.Increment(ref _rounds)}@dest.example", "-f", "chris@crm.example",
            .. discipline.Reuse ? (string[])["-d"] : [],
            $"127.0.0.1:{port}",
        ];
        var result = await ChildProcess.RunAsync(
            "/usr/sbin/smtp-source", arguments, Deadline, environment: PeerMemory.Environment);
        if (result.ExitCode != 0 || result.Output.Length > 0)
            throw new InvalidOperationException($"{name}: smtp-source ended with {result.ExitCode}: {result.Output}");
    }
}
