using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OutreachRelay.Benchmarks.Latency;

/// <summary>
/// What the disk alone makes clients wait: messages come by the timetable of <see cref="OpenLoop"/>, are appended to a file, and wait for a flush that all share
/// whose turn has come. No server that flushes before it replies can keep them waiting for less.
/// </summary>
/// <remarks>Never while something else is measured: flushes of one disk wait for each other.</remarks>
internal sealed class BareLog(string directory, double rate, byte[] content)
{
    // Written over from the beginning, as SQLite does with its log: a file that grows would have its length to flush as well.
    private const int Slots = 2000;

    private readonly List<TimeSpan> _waits = [];

    /// <summary>How long each message of all runs waited.</summary>
    public IReadOnlyList<TimeSpan> Waits => _waits;

    /// <summary>Takes in so many messages.</summary>
    public void Run(int messages)
    {
        using var file = File.OpenHandle(Path.Combine(directory, "bare-log"), FileMode.Create, FileAccess.Write, options: FileOptions.DeleteOnClose);
        for (var slot = 0; slot < Slots; slot++)
            RandomAccess.Write(file, content, (long)slot * content.Length);
        Flush(file);
        var start = Stopwatch.GetTimestamp();
        for (var done = 0; done < messages;)
        {
            var due = Math.Min(messages, 1 + (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * rate));
            // Does not sleep until the next turn: how late the machine wakes a thread is measured elsewhere.
            for (var i = done; i < due; i++)
                RandomAccess.Write(file, content, (long)(i % Slots) * content.Length);
            if (due > done)
                Flush(file);
            var since = Stopwatch.GetElapsedTime(start);
            for (; done < due; done++)
                _waits.Add(since - TimeSpan.FromSeconds(done / rate));
        }
    }

    private static void Flush(SafeFileHandle file)
    {
        if (fdatasync(file) != 0)
            throw new IOException($"fdatasync: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int fdatasync(SafeFileHandle file);
}
