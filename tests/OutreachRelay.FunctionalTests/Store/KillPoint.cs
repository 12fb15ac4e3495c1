using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Store;

/// <summary>
/// A moment of a process' life: directly before the nth call of a kind that one of its threads makes. What two system calls do between them
/// nobody outside can tell, so a kill before each of them is a kill at each step.
/// </summary>
/// <param name="Calls">Names of system calls, with commas.</param>
internal sealed record KillPoint(string Calls, int Nth)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>For strace: SIGKILL in place of that call. It counts each call of each thread by itself. With --seccomp-bpf it would send no signal.</summary>
    public string[] Options => ["-f", "-e", $"trace={Calls}", "-e", $"inject={Calls}:signal=SIGKILL:when={Nth}", "-o", "/dev/null"];

    /// <summary>Has a running process killed when it comes there.</summary>
    /// <returns>The strace that waits for it; to dispose of it spares the process.</returns>
    public async Task<ChildProcess> AwaitAsync(int process)
    {
        var strace = ChildProcess.Start("strace", [.. Options, "-p", $"{process}"]);
        await Wait.UntilAsync(() => strace.Output.Contains(" attached", StringComparison.Ordinal), Deadline, () => $"not attached: {strace.Output}");
        return strace;
    }
}
