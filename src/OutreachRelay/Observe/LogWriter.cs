using System.Diagnostics.Metrics;
using System.Text;
using System.Threading.Channels;

namespace OutreachRelay.Observe;

/// <summary>Writes the log from a thread of its own, many lines at a time: whoever logs waits neither for the disk of journald nor for a terminal.</summary>
/// <remarks>
/// A bounded number of lines waits. When nobody reads, further ones are lost, counted, and told of once somebody reads again.
/// A process that is killed loses the lines of its last milliseconds.
/// </remarks>
internal sealed class LogWriter : IDisposable
{
    private const int BufferSize = 64 * 1024;

    // Lines that come together leave in one write.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(5);

    // A reader that hangs does not keep the process from ending.
    private static readonly TimeSpan LastWrites = TimeSpan.FromSeconds(2);

    private static readonly Counter<long> LostLines = RelayMeter.Instance.CreateCounter<long>(
        "outreach_log_lost", description: "Lines of the log that were lost because nobody read them.");

    private readonly Channel<LogEvent> _waiting;
    // It mostly waits out its time, and would burn a processor for the first part of it.
    private readonly ManualResetEventSlim _closing = new(initialState: false, spinCount: 0);
    private readonly LogLine _line;
    private readonly StreamWriter _output;
    private readonly Thread _thread;
    private long _lost;

    /// <param name="capacity">Lines that wait at most.</param>
    public LogWriter(LogLine line, Stream output, int capacity = 8192)
    {
        _line = line;
        _output = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), BufferSize);
        _waiting = Channel.CreateBounded<LogEvent>(new BoundedChannelOptions(capacity) { SingleReader = true });
        _thread = new Thread(Run) { Name = "log writer", IsBackground = true };
        _thread.Start();
        // What led to it is wanted then more than ever.
        AppDomain.CurrentDomain.UnhandledException += OnCrash;
    }

    public void Write(LogEvent logEvent)
    {
        if (!_waiting.Writer.TryWrite(logEvent))
        {
            Interlocked.Increment(ref _lost);
            LostLines.Add(1);
        }
    }

    /// <summary>Writes what waits, for two seconds at most.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.UnhandledException -= OnCrash;
        Close();
    }

    private void OnCrash(object sender, UnhandledExceptionEventArgs e) => Close();

    private void Close()
    {
        _waiting.Writer.TryComplete();
        _closing.Set();
        _thread.Join(LastWrites);
    }

    private void Run()
    {
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            _closing.Wait(Gathering);
            try
            {
                WriteAll();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // A line that cannot be written is no reason to stop mail, and nobody is left who could be told.
            }
        }
    }

    private void WriteAll()
    {
        LogEvent? last = null;
        // No more than wait now, so that a flush comes while lines pour in.
        for (var left = _waiting.Reader.Count; left > 0 && _waiting.Reader.TryRead(out var logEvent); left--)
            _line.Format(last = logEvent, _output);
        if (last is not null && Interlocked.Exchange(ref _lost, 0) is > 0 and var lost)
            _line.Format(Lost(lost, last.Time), _output);
        _output.Flush();
    }

    private static LogEvent<KeyValuePair<string, object?>[]> Lost(long lines, DateTimeOffset time) => new(
        time, LogLevel.Warning, RelayLog.Source(typeof(LogWriter).FullName!), id: 0, exception: null, [new("Lines", lines)],
        static (values, _) => $"{values[0].Value} lines of the log were lost: they came faster than they were read");
}
