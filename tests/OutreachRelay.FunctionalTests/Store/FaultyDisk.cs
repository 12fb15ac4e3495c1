using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Store;

/// <summary>A disk whose flushes go wrong, as one process sees it: strace meddles with each of them, until this is disposed.</summary>
internal sealed class FaultyDisk : IAsyncDisposable
{
    private const string Flushes = "fsync,fdatasync";

    // In microseconds: longer than any test.
    private const string ForEver = "600000000";

    private readonly TemporaryDirectory _directory = new();
    private readonly ChildProcess _strace;

    private FaultyDisk(int processId, string fault) => _strace = ChildProcess.Start("strace",
        ["-f", "-p", $"{processId}", "-o", _directory.Combine("trace"), "-e", $"trace={Flushes}", "-e", $"inject={Flushes}:{fault}"]);

    /// <summary>Each flush takes for ever.</summary>
    public static Task<FaultyDisk> HangUnderAsync(int processId) => AttachAsync(processId, $"delay_enter={ForEver}");

    /// <summary>Each flush fails, and nothing is flushed.</summary>
    public static Task<FaultyDisk> FailUnderAsync(int processId) => AttachAsync(processId, "error=EIO");

    private static async Task<FaultyDisk> AttachAsync(int processId, string fault)
    {
        Requires.Program("strace");
        var disk = new FaultyDisk(processId, fault);
        await Wait.UntilAsync(() => disk._strace.Output.Contains("attached"), TimeSpan.FromSeconds(10), () => $"not attached:\n{disk._strace.Output}");
        return disk;
    }

    public async ValueTask DisposeAsync()
    {
        await _strace.DisposeAsync();
        _directory.Dispose();
    }
}
