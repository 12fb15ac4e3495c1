using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Store;

/// <summary>A file system of its own, small enough to be filled. Needs root, to mount it.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const int ErrorNoSpace = 28;

    private readonly TemporaryDirectory _mountPoint = new();

    public string Path => _mountPoint.Path;

    private string Filler => _mountPoint.Combine("filler");

    public static async Task<SmallDisk> MountAsync(int mebibytes, int inodes = 10_000)
    {
        var disk = new SmallDisk();
        var result = await ChildProcess.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={mebibytes}m,nr_inodes={inodes},mode=755", "tmpfs", disk.Path]);
        Assert.SkipUnless(result.ExitCode == 0, $"cannot mount a tmpfs: {result.Output}");
        return disk;
    }

    /// <summary>Writes a file until so much is free, or until nothing is.</summary>
    public void Fill(long leave)
    {
        using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var page = new byte[4096];
        try
        {
            while (new DriveInfo(Path).AvailableFreeSpace > leave)
                file.Write(page);
        }
        catch (IOException e) when ((e.HResult & 0xffff) == ErrorNoSpace)
        {
            // Full to the last page: the relay writes at the same time.
        }
    }

    public void Free() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        var result = await ChildProcess.RunAsync("umount", ["--lazy", Path]);
        if (result.ExitCode == 0)
            _mountPoint.Dispose();
    }
}
