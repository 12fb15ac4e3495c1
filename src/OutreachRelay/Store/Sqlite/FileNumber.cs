using System.Runtime.InteropServices;

namespace OutreachRelay.Store.Sqlite;

/// <summary>The number under which a file system knows a file: a copy has another one.</summary>
internal static class FileNumber
{
    private const int CurrentDirectory = -100;
    private const uint WantInode = 0x100;

    /// <returns>The inode; 0 where there is none to ask for.</returns>
    /// <exception cref="IOException">The file cannot be looked at.</exception>
    internal static long Of(string path)
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        if (Ask(CurrentDirectory, path, 0, WantInode, out var answer) != 0)
            throw new IOException($"a file cannot be looked at (errno {Marshal.GetLastPInvokeError()})");
        return answer.Inode;
    }

    // .NET has no call for it, and of the calls of the system only this one's answer has the same layout on every processor.
    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static extern int Ask(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, out FileAnswer answer);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileAnswer
    {
        [FieldOffset(32)]
        public long Inode;
    }
}
