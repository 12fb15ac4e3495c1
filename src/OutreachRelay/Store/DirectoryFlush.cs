using System.Runtime.InteropServices;

namespace OutreachRelay.Store;

/// <summary>Flushes a directory, without which a new name in it may be gone after a power loss; .NET has no call for it.</summary>
internal static class DirectoryFlush
{
    internal static void Flush(string directory)
    {
        // NTFS keeps its names in a journal of its own.
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(directory, 0);
        if (descriptor < 0)
            throw new IOException($"a directory could not be opened (errno {Marshal.GetLastPInvokeError()})");
        try
        {
            if (Synchronise(descriptor) != 0)
                throw new IOException($"a directory could not be flushed (errno {Marshal.GetLastPInvokeError()})");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Synchronise(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int descriptor);
}
