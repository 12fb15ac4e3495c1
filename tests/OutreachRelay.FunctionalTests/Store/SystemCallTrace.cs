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

/// <summary>A call at its beginning, or at its end.</summary>
/// <param name="Number">Both halves have the same.</param>
/// <param name="Call">Its name and arguments, as they were written when it began.</param>
/// <param name="End">What was written when it ended, with the result; <see langword="null"/> at the beginning.</param>
internal sealed record CallHalf(int Number, string Call, string? End)
{
    public string Name => Call[..Math.Max(0, Call.IndexOf('('))];
}

/// <summary>
/// Reads what <c>strace -f</c> wrote. The order of its lines is the order of events: a call stands where it began, unless other
/// threads came between; then its end has a line of its own.
/// </summary>
internal static class SystemCallTrace
{
    public const string Calls = "fsync,fdatasync,read,recvfrom,recvmsg,write,sendto,sendmsg";

    public static IEnumerable<TraceEvent> Parse(IEnumerable<string> lines)
    {
        foreach (var half in Halves(lines))
        {
            if ((half.End is null ? AtBeginning(half.Call) : AtEnd(half)) is { } happened)
                yield return happened;
        }
    }

    /// <summary>Each call twice, at the place where it began and at the place where it ended; once only if it did not return.</summary>
    public static IEnumerable<CallHalf> Halves(IEnumerable<string> lines)
    {
        var unfinished = new Dictionary<string, CallHalf>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in lines)
        {
            var (thread, call) = Split(line);
            if (call.StartsWith("<... ", StringComparison.Ordinal))
            {
                if (unfinished.Remove(thread, out var beginning))
                    yield return beginning with { End = call };
                continue;
            }
            var begun = new CallHalf(number++, call, null);
            yield return begun;
            if (call.EndsWith("<unfinished ...>", StringComparison.Ordinal))
                unfinished[thread] = begun;
            else
                yield return begun with { End = call };
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

    private static TraceEvent? AtEnd(CallHalf half) => half.Name switch
    {
        "fsync" or "fdatasync" when half.End!.EndsWith("= 0", StringComparison.Ordinal) => new TraceEvent.Synced(Path(half.Call)),
        "read" or "recvfrom" or "recvmsg" => new TraceEvent.Read(half.End!),
        _ => null,
    };

    /// <summary>From <c>fsync(7&lt;/path&gt;)</c>.</summary>
    private static string Path(string call)
    {
        var start = call.IndexOf('<') + 1;
        var end = call.IndexOf('>', start);
        return start == 0 || end < 0 ? "" : call[start..end];
    }
}
