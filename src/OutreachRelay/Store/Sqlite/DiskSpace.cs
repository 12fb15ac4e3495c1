using System.Runtime.InteropServices;

namespace OutreachRelay.Store.Sqlite;

/// <summary>How much room there is on the store's file system.</summary>
internal enum DiskRoom
{
    Enough,

    /// <summary>Too little to accept; what runs ends.</summary>
    Low,

    /// <summary>Too little to talk to anybody.</summary>
    None,
}

/// <summary>What is free on a file system.</summary>
/// <param name="Octets">For a process without privileges.</param>
/// <param name="Inodes"><see langword="null"/> where files are not counted: the file system makes inodes as it needs them.</param>
internal readonly record struct DiskSpace(long Octets, long? Inodes)
{
    /// <summary>Asks the file system of a directory. One that does not answer has no room.</summary>
    internal static DiskSpace Of(string directory)
    {
        try
        {
            return new DiskSpace(new DriveInfo(Path.GetFullPath(directory)).AvailableFreeSpace, FreeInodes(directory));
        }
        catch (IOException)
        {
            return new DiskSpace(0, null);
        }
    }

    /// <summary>Judges by the limits, of which 0 is none.</summary>
    internal DiskRoom Judge(long minFreeSpace, long hardMinFreeSpace, long minFreeInodes)
    {
        if (Octets < hardMinFreeSpace || Inodes < minFreeInodes)
            return DiskRoom.None;
        return Octets < minFreeSpace ? DiskRoom.Low : DiskRoom.Enough;
    }

    // .NET has no call for it. The layout below is that of 64-bit Linux; elsewhere the octets alone decide.
    private static long? FreeInodes(string directory)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
            return null;
        if (Ask(directory, out var answer) != 0)
            throw new IOException($"the file system does not answer (errno {Marshal.GetLastPInvokeError()})");
        return answer.Files == 0 ? null : (long)Math.Min(answer.AvailableFiles, long.MaxValue);
    }

    [DllImport("libc", EntryPoint = "statvfs", SetLastError = true)]
    private static extern int Ask([MarshalAs(UnmanagedType.LPUTF8Str)] string path, out FileSystemAnswer answer);

    // struct statvfs of <sys/statvfs.h>: eight numbers of 64 bits up to what we want, and less than 192 octets behind them.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileSystemAnswer
    {
        [FieldOffset(40)]
        public ulong Files;

        [FieldOffset(56)]
        public ulong AvailableFiles;
    }
}
