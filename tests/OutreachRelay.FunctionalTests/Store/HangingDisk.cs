using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Store;

/// <summary>A disk that takes for ever to flush, as one process sees it: strace holds it in each fsync, until this is disposed.</summary>
internal sealed class HangingDisk : IAsyncDisposable
{
    // In microseconds: longer than any test.
    private const string ForEver = "600000000";

    private readonly TemporaryDirectory _directory = new();
    private readonly ChildProcess _strace;

    private HangingDisk(int processId) => _strace = ChildProcess.Start("strace",
        ["-f", "-p", $"{processId}", "-o", _directory.Combine("trace"), "-e", "trace=fsync,fdatasync", "-e", $"inject=fsync,fdatasync:delay_enter={ForEver}"]);

    public static async Task<HangingDisk> UnderAsync(int processId)
    {
        Requires.Program("strace");
        var disk = new HangingDisk(processId);
        await Wait.UntilAsync(() => disk._strace.Output.Contains("attached"), TimeSpan.FromSeconds(10), () => $"not attached:\n{disk._strace.Output}");
        return disk;
    }

    public async ValueTask DisposeAsync()
    {
        await _strace.DisposeAsync();
        _directory.Dispose();
    }
}
