using System.Globalization;
using System.Text;

namespace OutreachRelay.FunctionalTests.Store;

/// <summary>A moment at which power may be lost.</summary>
internal abstract record DiskMoment
{
    /// <summary>Something changed that is not flushed.</summary>
    public sealed record Changed : DiskMoment;

    /// <summary>A flush has ended.</summary>
    public sealed record Flushed : DiskMoment;

    /// <summary>Something is about to be sent to another process.</summary>
    public sealed record Sending(string Text) : DiskMoment;
}

/// <summary>
/// Plays what strace saw a process do to a directory again, on a <see cref="SimulatedDisk"/>. A write counts from its end, a flush takes
/// what had ended when it began, and what is sent counts as sent when the call begins: whatever is in doubt, is to the disk's disadvantage.
/// </summary>
internal sealed class DiskLog(SimulatedDisk disk)
{
    /// <summary>
    /// For strace, with all octets in hexadecimal. The last ones are not understood and end the replay when they are used on a file of the
    /// directory. Memory that is mapped is not seen: SQLite maps its shared memory only, which does not outlive a loss of power.
    /// </summary>
    public static readonly string[] Options =
    [
        "-f", "--seccomp-bpf", "-xx", "-s", "33554432", "-e",
        "trace=openat,close,pwrite64,ftruncate,fsync,fdatasync,?mkdir,?mkdirat,?rename,?renameat,?renameat2,?unlink,?unlinkat,sendto,sendmsg,"
        + "write,writev,pwritev,pwritev2,fallocate,copy_file_range,sendfile,?link,?linkat",
    ];

    private readonly Dictionary<int, SimulatedNode> _open = [];
    private readonly Dictionary<int, int> _flushBegan = [];

    /// <summary>Plays a part of the log of one process.</summary>
    public IEnumerable<DiskMoment> Play(IEnumerable<string> lines)
    {
        foreach (var half in SystemCallTrace.Halves(lines))
        {
            if ((half.End is null ? Begin(half) : End(half, ResultOf(half.End))) is { } moment)
                yield return moment;
        }
    }

    private DiskMoment.Sending? Begin(CallHalf half)
    {
        switch (half.Name)
        {
            case "close":
                // From here on another thread's open may get the same descriptor.
                _open.Remove(Descriptor(half));
                break;
            case "fsync" or "fdatasync":
                _flushBegan[half.Number] = disk.Now;
                break;
            case "sendto" or "sendmsg":
                return new DiskMoment.Sending(string.Concat(Strings(half).Select(Encoding.Latin1.GetString)));
        }
        return null;
    }

    private DiskMoment? End(CallHalf half, long result)
    {
        if (result < 0)
            return null;
        var before = disk.Now;
        switch (half.Name)
        {
            case "openat":
                Open(half, (int)result);
                break;
            case "fsync" or "fdatasync":
                if (!_open.TryGetValue(Descriptor(half), out var node))
                    return null;
                SimulatedDisk.Flush(node, _flushBegan[half.Number]);
                return new DiskMoment.Flushed();
            case "pwrite64" when FileOf(half) is { } file:
                disk.Write(file, Number(half, 3), Strings(half)[0][..(int)result]);
                break;
            case "ftruncate" when FileOf(half) is { } file:
                disk.Truncate(file, Number(half, 1));
                break;
            case var name:
                ChangeName(name, half);
                break;
        }
        return disk.Now > before ? new DiskMoment.Changed() : null;
    }

    private void Open(CallHalf half, int descriptor)
    {
        var path = Paths(half)[0];
        if (!IsOurs(path))
            return;
        var node = disk.Find(path);
        if (node is null && half.Call.Contains("O_CREAT", StringComparison.Ordinal))
            node = disk.CreateFile(path);
        else if (node is SimulatedFile file && half.Call.Contains("O_TRUNC", StringComparison.Ordinal))
            disk.Truncate(file, 0);
        // What is not known was there before: the configuration.
        if (node is not null)
            _open[descriptor] = node;
    }

    private void ChangeName(string call, CallHalf half)
    {
        var paths = call.StartsWith("mkdir", StringComparison.Ordinal) || call.StartsWith("rename", StringComparison.Ordinal)
            || call.StartsWith("unlink", StringComparison.Ordinal) || call.StartsWith("link", StringComparison.Ordinal) ? Paths(half) : [];
        if (paths is [var path, ..] && IsOurs(path))
        {
            if (call.StartsWith("mkdir", StringComparison.Ordinal))
                disk.CreateDirectory(path);
            else if (call.StartsWith("rename", StringComparison.Ordinal))
                disk.Rename(path, paths[1]);
            else if (call.StartsWith("unlink", StringComparison.Ordinal))
                RemoveFile(path);
            else
                throw new InvalidDataException($"not understood: {call} of {path}");
        }
        else if (call is "write" or "writev" or "pwritev" or "pwritev2" or "fallocate" or "copy_file_range" or "sendfile" && FileOf(half) is not null)
        {
            throw new InvalidDataException($"not understood: {call} to a file of the directory");
        }
    }

    // A socket is bound, not opened, and so was never seen.
    private void RemoveFile(string path)
    {
        if (disk.Find(path) is not null)
            disk.Remove(path);
    }

    private bool IsOurs(string path) => disk.Holds(path) && !path.EndsWith("-shm", StringComparison.Ordinal);

    private SimulatedFile? FileOf(CallHalf half) => _open.GetValueOrDefault(Descriptor(half)) as SimulatedFile;

    private static int Descriptor(CallHalf half) => (int)Number(half, 0);

    /// <summary>The argument at this place; no string of such a call has a comma, being hexadecimal.</summary>
    private static long Number(CallHalf half, int place)
    {
        var argument = half.Call[(half.Call.IndexOf('(') + 1)..].Split(',')[place].AsSpan().Trim();
        var digits = argument.IndexOfAnyExceptInRange('0', '9');
        return long.Parse(digits < 0 ? argument : argument[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static List<string> Paths(CallHalf half) => [.. Strings(half).Select(Encoding.UTF8.GetString)];

    private static List<byte[]> Strings(CallHalf half)
    {
        var parts = half.Call.Split('"');
        if (parts.Skip(2).Any(part => part.StartsWith("...", StringComparison.Ordinal)))
            throw new InvalidDataException($"strace cut a string of {half.Name}");
        return [.. parts.Where((_, i) => i % 2 == 1).Select(hex => Convert.FromHexString(hex.Replace("\\x", "", StringComparison.Ordinal)))];
    }

    // "… = 95", "… = -1 ENOENT (No such file or directory)", "… = ?" where the process died.
    private static long ResultOf(string end)
    {
        var words = end[(end.LastIndexOf(" = ", StringComparison.Ordinal) + 3)..].Split(' ');
        return long.TryParse(words[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var result) ? result : -1;
    }
}
