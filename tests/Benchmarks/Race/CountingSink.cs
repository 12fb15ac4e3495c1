using System.Buffers.Text;
using System.Diagnostics;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.Benchmarks.Race;

/// <summary>Debian's <c>smtp-sink -c</c>: one process without threads that counts messages. Both contestants deliver to the same program.</summary>
internal sealed class CountingSink : IAsyncDisposable
{
    // As often as the count is looked at: woken by each of its three lines a message, this program would take part in the race.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly Process _process;
    private readonly Thread _reading;
    private long _count;
    private long _lastAt;

    private CountingSink(int port)
    {
        Port = port;
        string[] user = Environment.IsPrivilegedProcess ? ["-u", "nobody"] : [];
        var start = new ProcessStartInfo("/usr/sbin/smtp-sink", [.. user, "-c", "-m", "1000", $"127.0.0.1:{port}", "1000"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment = { [PeerMemory.Variable] = PeerMemory.Kept },
        };
        _process = Process.Start(start)!;
        _reading = new Thread(Read) { IsBackground = true, Name = "sink" };
        _reading.Start();
    }

    public int Port { get; }

    /// <summary>Messages since the start.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The <see cref="Stopwatch"/> timestamp at which <see cref="Count"/> last grew.</summary>
    public long LastAt => Volatile.Read(ref _lastAt);

    public static async Task<CountingSink> StartAsync()
    {
        var sink = new CountingSink(FreePort.Next());
        await Wait.UntilListeningAsync(sink.Port, TimeSpan.FromSeconds(10), () => "smtp-sink does not listen");
        return sink;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _reading.Join();
        _process.Dispose();
    }

    /// <summary>The counter comes as <c>sess=1 quit=2 mesg=3</c> and a carriage return, again and again.</summary>
    /// <remarks>A read that blocks: one that does not has the runtime told of every line, whether it wants to read or not, and two of its threads woken.</remarks>
    private void Read()
    {
        var buffer = new byte[64 * 1024];
        var kept = 0;
        while (_process.StandardOutput.BaseStream.Read(buffer, kept, buffer.Length - kept) is > 0 and var read)
        {
            var end = kept + read;
            Interpret(buffer.AsSpan(0, end));
            // The last line may be cut: it is short, so a few octets are kept for the next look.
            kept = Math.Min(end, 64);
            buffer.AsSpan(end - kept, kept).CopyTo(buffer);
            Thread.Sleep(Pause);
        }
    }

    private void Interpret(ReadOnlySpan<byte> text)
    {
        var whole = text[..(text.LastIndexOf((byte)'\r') + 1)];
        var at = whole.LastIndexOf("mesg="u8);
        if (at >= 0 && Utf8Parser.TryParse(whole[(at + 5)..], out long count, out _) && count > Count)
        {
            Volatile.Write(ref _lastAt, Stopwatch.GetTimestamp());
            Volatile.Write(ref _count, count);
        }
    }
}
