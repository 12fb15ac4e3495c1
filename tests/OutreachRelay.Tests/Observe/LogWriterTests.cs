using Microsoft.Extensions.Logging;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;

namespace OutreachRelay.Tests.Observe;

public class LogWriterTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public void Dispose_LinesThatWait_AreWrittenInTheirOrder()
    {
        using var output = new MemoryStream();
        using (var writer = new LogWriter(new LogLine(LogFormat.Text), output))
        {
            for (var i = 0; i < 1000; i++)
                writer.Write(Event($"line {i}"));
        }

        var lines = Lines(output);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"line {i}"), lines.Select(line => line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..]));
    }

    [Fact]
    public async Task Write_NobodyReads_LosesLinesInsteadOfWaitingAndTellsLater()
    {
        using var output = new StuckStream();
        var writer = new LogWriter(new LogLine(LogFormat.Text), output, capacity: 4);
        writer.Write(Event("first"));
        await output.Stuck.WaitAsync(Deadline);

        for (var i = 0; i < 10; i++)
            writer.Write(Event($"line {i}"));
        output.Release();
        writer.Dispose();

        var lines = Lines(output.Written);
        Assert.Equal(6, lines.Length);
        Assert.EndsWith("line 3", lines[4]);
        Assert.EndsWith("warn  Observe.LogWriter: 6 lines of the log were lost: they came faster than they were read", lines[5]);
    }

    [Fact]
    public void Dispose_ReaderThatHangs_IsNotWaitedForLong()
    {
        using var output = new StuckStream();
        var writer = new LogWriter(new LogLine(LogFormat.Text), output);
        writer.Write(Event("never seen"));

        writer.Dispose();

        Assert.Equal(0, output.Written.Length);
        output.Release();
    }

    private static LogEvent<string> Event(string text) =>
        new(DateTimeOffset.UnixEpoch, LogLevel.Information, "Source", id: 0, exception: null, text, static (state, _) => state);

    private static string[] Lines(MemoryStream output) =>
        System.Text.Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A pipe that nobody reads until it is released.</summary>
    private sealed class StuckStream : MemoryStream
    {
        private readonly TaskCompletionSource _stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _released = new();

        public MemoryStream Written { get; } = new();

        public Task Stuck => _stuck.Task;

        public void Release() => _released.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _stuck.TrySetResult();
            _released.Wait();
            Written.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    }
}
