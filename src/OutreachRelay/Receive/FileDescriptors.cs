using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace OutreachRelay.Receive;

/// <summary>
/// Keeps some file descriptors back from clients. Without any left not only the port stands still: the store cannot open a file, nothing is
/// logged, and the runtime, which loads its parts when they are first needed, ends the process.
/// </summary>
/// <remarks>The kernel gives the lowest number that is free. So a high number tells that nearly all are in use, and costs no system call.</remarks>
internal sealed class FileDescriptors
{
    private const int Reserve = 64;

    private readonly int _threshold;

    /// <param name="limit">The most that the process may have open.</param>
    public FileDescriptors(int limit) => _threshold = limit == int.MaxValue ? limit : limit - Math.Min(Reserve, limit / 4);

    /// <summary>With the limit of this process; without one where it cannot be read.</summary>
    public static FileDescriptors OfProcess()
    {
        try
        {
            // Limit, soft, hard, unit. The runtime has raised the soft limit to the hard one before we get here.
            var line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
            var words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return new FileDescriptors(int.TryParse(words?[3], NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : int.MaxValue);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new FileDescriptors(int.MaxValue);
        }
    }

    /// <summary>Whether a descriptor with this number shows that only the reserve is left.</summary>
    public bool IsScarce(nint descriptor) => descriptor >= _threshold;

    /// <summary>Whether only the reserve is left now.</summary>
    public bool AreScarce()
    {
        try
        {
            using SafeFileHandle probe = File.OpenHandle("/dev/null");
            return IsScarce(probe.DangerousGetHandle());
        }
        catch (IOException)
        {
            return true;
        }
    }
}
