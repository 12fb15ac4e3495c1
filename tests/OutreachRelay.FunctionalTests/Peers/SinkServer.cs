using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace OutreachRelay.FunctionalTests.Peers;

/// <summary>What the sink does instead of its usual positive reply.</summary>
internal abstract record SinkAction
{
    /// <summary>Answers with this line.</summary>
    public sealed record Reply(string Line) : SinkAction;

    /// <summary>Closes the connection without an answer. At the final dot, the message counts as received all the same.</summary>
    public sealed record Drop : SinkAction;

    /// <summary>Answers only when the task is complete.</summary>
    public sealed record After(Task Gate) : SinkAction;
}

/// <summary>
/// A small SMTP server on loopback that records what it gets. Written for the tests alone, so that the relay's own protocol code is
/// not its own judge.
/// </summary>
internal sealed class SinkServer : IAsyncDisposable
{
    private const int MaxKept = 10_000;

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<ReceivedMessage> _messages = [];
    private readonly Dictionary<string, int> _arrivals = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UInt128> _digests = new(StringComparer.Ordinal);
    private readonly HashSet<string> _differing = new(StringComparer.Ordinal);
    private readonly List<Task> _sessions = [];
    private readonly Task _accepting;
    private int _connections;
    private int _open;

    /// <param name="port">0 for any.</param>
    public SinkServer(int port = 0)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start(512);
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Asked at a connection, before the banner. <see langword="null"/>: the banner.</summary>
    public Func<SinkAction?> OnConnect { get; set; } = () => null;

    /// <summary>Asked at MAIL, with the reverse-path. <see langword="null"/>: 250.</summary>
    public Func<string, SinkAction?> OnMail { get; set; } = _ => null;

    /// <summary>Asked at RCPT, with the recipient. <see langword="null"/>: 250.</summary>
    public Func<string, SinkAction?> OnRecipient { get; set; } = _ => null;

    /// <summary>Asked at the final dot. <see langword="null"/>: 250.</summary>
    public Func<ReceivedMessage, SinkAction?> OnMessage { get; set; } = _ => null;

    /// <summary>Connections that are open now.</summary>
    public int OpenSessions => Volatile.Read(ref _open);

    /// <summary>Connections that were ever opened.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>The first 10,000 messages that were answered with 250, or dropped after the final dot, in the order of their dots.</summary>
    public IReadOnlyList<ReceivedMessage> Messages
    {
        get
        {
            lock (_lock)
                return [.. _messages];
        }
    }

    /// <summary>How often each <c>X-Test-Id</c> arrived.</summary>
    public IReadOnlyDictionary<string, int> Arrivals
    {
        get
        {
            lock (_lock)
                return new Dictionary<string, int>(_arrivals, StringComparer.Ordinal);
        }
    }

    /// <summary>Ids that arrived more than once with other octets.</summary>
    public IReadOnlyCollection<string> Differing
    {
        get
        {
            lock (_lock)
                return [.. _differing];
        }
    }

    public int CountOf(string testId)
    {
        lock (_lock)
            return _arrivals.GetValueOrDefault(testId);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        Task[] sessions;
        lock (_lock)
            sessions = [.. _sessions];
        await Task.WhenAll(sessions);
        _stop.Dispose();
    }

    internal void Record(ReceivedMessage message)
    {
        var digest = BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(message.Content));
        lock (_lock)
        {
            if (_messages.Count < MaxKept)
                _messages.Add(message);
            _arrivals[message.TestId] = _arrivals.GetValueOrDefault(message.TestId) + 1;
            if (!_digests.TryAdd(message.TestId, digest) && _digests[message.TestId] != digest)
                _differing.Add(message.TestId);
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var session = ServeAsync(client, Interlocked.Increment(ref _connections));
                lock (_lock)
                {
                    _sessions.RemoveAll(s => s.IsCompleted);
                    _sessions.Add(session);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient client, int number)
    {
        Interlocked.Increment(ref _open);
        try
        {
            using (client)
            {
                client.NoDelay = true;
                await new SinkSession(this, client.GetStream(), number).RunAsync(_stop.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
        {
            // The client went away or was killed, or the sink is disposed.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }
}
