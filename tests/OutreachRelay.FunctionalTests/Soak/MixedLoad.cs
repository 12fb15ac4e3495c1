using System.Collections.Concurrent;
using OutreachRelay.FunctionalTests.Load;

namespace OutreachRelay.FunctionalTests.Soak;

/// <summary>
/// Clients that submit at a fixed rate: mail of mixed sizes, half of them with a connection for each message and half with one for many, some of
/// it to recipients that do not exist, and now and then a client hangs up in the middle of the content.
/// </summary>
internal sealed class MixedLoad : IAsyncDisposable
{
    /// <summary>How addresses begin that no upstream takes.</summary>
    public const string Nobody = "nobody-";

    private const int MessagesPerConnection = 50;

    // Share in percent up to here, octets of the body. From 256 KiB on content is a file.
    private static readonly (int Percent, int Size)[] Sizes = [(60, 1 << 10), (80, 4 << 10), (95, 16 << 10), (99, 64 << 10), (100, 300 << 10)];
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(200);

    private readonly int _port;
    private readonly Ledger _ledger;
    private readonly TimeSpan _interval;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly Task[] _connections;
    private int _inDoubt;

    /// <param name="sources">The clients' addresses.</param>
    /// <param name="rate">Messages per second of all connections together.</param>
    public MixedLoad(int port, Ledger ledger, IReadOnlyList<string> sources, double rate, int connections, int seed)
    {
        (_port, _ledger, _interval) = (port, ledger, TimeSpan.FromSeconds(connections / rate));
        _connections = [.. Enumerable.Range(0, connections).Select(i => Task.Run(() => RunAsync(sources[i % sources.Count], isReused: i % 2 == 0, new Random(seed + i))))];
    }

    /// <summary>Negative replies.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Messages whose final dot was sent and never answered.</summary>
    public int InDoubt => Volatile.Read(ref _inDoubt);

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

    private async Task RunAsync(string source, bool isReused, Random random)
    {
        using var pace = new PeriodicTimer(_interval);
        while (!_stop.IsCancellationRequested)
        {
            SmtpConversation? conversation = null;
            try
            {
                conversation = await SmtpConversation.ConnectAsync(_port, source);
                var left = isReused ? MessagesPerConnection : 1;
                while (left-- > 0 && await NextAsync(pace) && await SubmitAsync(conversation, random))
                {
                    // The next message.
                }
            }
            catch (Exception e) when (e is IOException or FormatException)
            {
                if (conversation is { IsInDoubt: true })
                    Interlocked.Increment(ref _inDoubt);
                _complaints.Enqueue(e.Message);
                await Task.WhenAny(Task.Delay(Rest, _stop.Token));
            }
            finally
            {
                if (conversation is not null)
                    await conversation.DisposeAsync();
            }
        }
    }

    /// <returns>Whether the connection is good for another message.</returns>
    private async Task<bool> SubmitAsync(SmtpConversation conversation, Random random)
    {
        var id = _ledger.NextTestId();
        var percent = random.Next(100);
        var message = TestMessage.Create(id, Sizes.First(size => percent < size.Percent).Size, random.Next(100) == 0 ? $"{Nobody}{id}@dest.example" : null);
        if (random.Next(200) == 0)
        {
            await HangUpAsync(conversation, message);
            return false;
        }
        var reply = await conversation.SubmitAsync(message);
        if (reply.IsPositive)
            _ledger.Acknowledge(id);
        else
            _complaints.Enqueue(reply.Text.Trim());
        return reply.IsPositive;
    }

    private static async Task HangUpAsync(SmtpConversation conversation, TestMessage message)
    {
        foreach (var command in (string[])[$"MAIL FROM:<{TestMessage.Author}>", $"RCPT TO:<{message.Recipient}>", "DATA"])
            await conversation.SendAsync(command);
        await conversation.WriteAsync(message.Content.AsMemory(0, message.Content.Length / 2));
    }

    private async Task<bool> NextAsync(PeriodicTimer pace)
    {
        try
        {
            return await pace.WaitForNextTickAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
