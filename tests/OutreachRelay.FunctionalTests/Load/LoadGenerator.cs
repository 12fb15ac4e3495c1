using System.Collections.Concurrent;
using System.Net.Sockets;

namespace OutreachRelay.FunctionalTests.Load;

/// <summary>
/// Many connections that submit one message after the other and write down what was acknowledged. A connection that breaks is opened
/// again; the message that it carried is not sent again. What a client library would not hide by trying again is written down too.
/// </summary>
internal sealed class LoadGenerator : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly int _port;
    private readonly Ledger _ledger;
    private readonly int _size;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _connections;
    private readonly ConcurrentQueue<string> _complaints = new();
    private int _refused;
    private int _inDoubt;
    private int _notConnected;

    private LoadGenerator(int port, Ledger ledger, int connections, int size)
    {
        (_port, _ledger, _size) = (port, ledger, size);
        _connections = [.. Enumerable.Range(0, connections).Select(_ => Task.Run(ConnectionAsync))];
    }

    /// <summary>Messages that were answered with a negative reply.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>Negative replies that are not 421, by which a server says that it goes (RFC 5321 §3.8).</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Messages whose final dot was sent and never answered.</summary>
    public int InDoubt => Volatile.Read(ref _inDoubt);

    /// <summary>Connections that were refused.</summary>
    public int NotConnected => Volatile.Read(ref _notConnected);

    public static LoadGenerator Start(int port, Ledger ledger, int connections = 50, int size = 1024) => new(port, ledger, connections, size);

    /// <summary>Lets the messages on their way finish, then closes all connections.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_connections);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task ConnectionAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var conversation = await SmtpConversation.ConnectAsync(_port);
                while (!_stop.IsCancellationRequested && await SubmitAsync(conversation))
                {
                    // The next message.
                }
            }
            catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
            {
                Interlocked.Increment(ref _notConnected);
            }
            catch (Exception e) when (e is IOException or FormatException)
            {
                // Killed, restarting or stopping: again in a moment.
            }
            await PauseAsync();
        }
    }

    /// <returns>Whether the connection is good for another message.</returns>
    private async Task<bool> SubmitAsync(SmtpConversation conversation)
    {
        var message = TestMessage.Create(_ledger.NextTestId(), _size);
        try
        {
            var reply = await conversation.SubmitAsync(message);
            if (reply.IsPositive)
                _ledger.Acknowledge(message.TestId);
            else
                Count(reply);
            return reply.IsPositive;
        }
        catch (IOException) when (conversation.IsInDoubt)
        {
            Interlocked.Increment(ref _inDoubt);
            throw;
        }
    }

    private void Count(Reply reply)
    {
        Interlocked.Increment(ref _refused);
        if (reply.Code != 421)
            _complaints.Enqueue(reply.Text.Trim());
    }

    private async Task PauseAsync()
    {
        try
        {
            await Task.Delay(Pause, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }
}
