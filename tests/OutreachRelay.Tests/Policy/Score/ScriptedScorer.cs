using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OutreachRelay.Tests.Policy.Score;

/// <summary>A scorer on loopback that reads a request to the end of its message and then does what it is told.</summary>
internal sealed class ScriptedScorer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<NetworkStream, CancellationToken, Task> _answer;
    private readonly Task _running;
    private int _asked;

    private ScriptedScorer(Func<NetworkStream, CancellationToken, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        Address = (IPEndPoint)_listener.LocalEndpoint;
        _running = RunAsync();
    }

    public IPEndPoint Address { get; }

    public int Asked => Volatile.Read(ref _asked);

    /// <summary>The last request, its message included.</summary>
    public string Request { get; private set; } = "";

    public static ScriptedScorer Answering(string answer) => new((stream, cancel) => stream.WriteAsync(Encoding.UTF8.GetBytes(answer), cancel).AsTask());

    public static ScriptedScorer Http(string json) => Answering($"HTTP/1.1 200 OK\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\nConnection: close\r\n\r\n{json}");

    /// <summary>It takes the message and says nothing.</summary>
    public static ScriptedScorer Silent() => new((_, cancel) => Task.Delay(Timeout.Infinite, cancel));

    /// <summary>It never stops answering.</summary>
    public static ScriptedScorer Endless(string start) => new(async (stream, cancel) =>
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(start), cancel);
        var octets = Encoding.UTF8.GetBytes(new string('x', 64 * 1024));
        while (true)
            await stream.WriteAsync(octets, cancel);
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _asked);
                try
                {
                    var stream = client.GetStream();
                    Request = await ReadAsync(stream);
                    await _answer(stream, _stop.Token);
                }
                catch (IOException)
                {
                    // Whoever asked has had enough.
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private async Task<string> ReadAsync(NetworkStream stream)
    {
        var text = "";
        var buffer = new byte[64 * 1024];
        while (!text.Contains("shall we talk?", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer, _stop.Token);
            if (read == 0)
                break;
            text += Encoding.UTF8.GetString(buffer, 0, read);
        }
        return text;
    }
}
