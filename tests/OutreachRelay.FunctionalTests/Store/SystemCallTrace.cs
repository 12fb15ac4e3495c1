namespace OutreachRelay.FunctionalTests.Store;

/// <summary>What of a process' life matters for durability.</summary>
internal abstract record TraceEvent
{
    /// <summary>Something was read, from a socket or a file.</summary>
    public sealed record Read(string Text) : TraceEvent;

    /// <summary>A file's data reached the disk; the call has returned.</summary>
    public sealed record Synced(string Path) : TraceEvent;

    /// <summary>A write began.</summary>
    public sealed record Write(string Text) : TraceEvent;
}

/// <summary>
/// Reads what <c>strace -f -y</c> wrote. The order of its lines is the order of events: a call stands where it began, unless other
/// threads came between; then its end has a line of its own.
/// </summary>
internal static class SystemCallTrace
{
    public const string Calls = "fsync,fdatasync,read,recvfrom,recvmsg,write,sendto,sendmsg";

    public static IEnumerable<TraceEvent> Parse(IEnumerable<string> lines)
    {
        var unfinished = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var (thread, call) = Split(line);
            if (call.StartsWith("<... ", StringComparison.Ordinal))
            {
                if (unfinished.Remove(thread, out var beginning) && AtEnd(beginning, call) is { } ended)
                    yield return ended;
                continue;
            }
            if (AtBeginning(call) is { } begun)
                yield return begun;
            if (call.EndsWith("<unfinished ...>", StringComparison.Ordinal))
                unfinished[thread] = call;
            else if (AtEnd(call, call) is { } done)
                yield return done;
        }
    }

    private static (string Thread, string Call) Split(string line)
    {
        var space = line.IndexOf(' ');
        return space < 0 ? ("", line) : (line[..space], line[space..].TrimStart());
    }

    private static TraceEvent.Write? AtBeginning(string call) =>
        call.StartsWith("write(", StringComparison.Ordinal) || call.StartsWith("send", StringComparison.Ordinal)
            ? new TraceEvent.Write(call) : null;

    private static TraceEvent? AtEnd(string beginning, string end) => Name(beginning) switch
    {
        "fsync" or "fdatasync" when end.EndsWith("= 0", StringComparison.Ordinal) => new TraceEvent.Synced(Path(beginning)),
        "read" or "recvfrom" or "recvmsg" => new TraceEvent.Read(end),
        _ => null,
    };

    private static string Name(string call) => call[..Math.Max(0, call.IndexOf('('))];

    /// <summary>From <c>fsync(7&lt;/path&gt;)</c>.</summary>
    private static string Path(string call)
    {
        var start = call.IndexOf('<') + 1;
        var end = call.IndexOf('>', start);
        return start == 0 || end < 0 ? "" : call[start..end];
    }
}
