using System.Diagnostics;
using System.Globalization;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>Submits one message after another, each on a connection of its own, and expects that nothing keeps it from it.</summary>
internal sealed class GoodClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly string _login;
    private readonly bool _startsTls;
    private readonly Task _running;
    private int _taken;

    /// <param name="login">The command to begin with.</param>
    /// <param name="startsTls">Whether each connection says STARTTLS before that.</param>
    public GoodClient(int port, string login, bool startsTls = false)
    {
        (_login, _startsTls) = (login, startsTls);
        _running = Task.Run(() => RunAsync(port));
    }

    public int Taken => Volatile.Read(ref _taken);

    /// <summary>From connecting to 250, at worst.</summary>
    public TimeSpan Slowest { get; private set; }

    /// <exception cref="InvalidOperationException">A message was refused.</exception>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <summary>Waits until twenty messages more are taken.</summary>
    public async Task ServedAsync(RelayProcess relay)
    {
        var before = Taken;
        await Wait.UntilAsync(() => Taken >= before + 20 || _running.IsFaulted, Patience, () => $"the good client is not served:\n{relay.Log}");
        if (_running.IsFaulted)
            await _running;
    }

    /// <summary>Waits likewise, tells how it fared, and expects that no message was slow and that the relay has kept its bounds.</summary>
    /// <param name="mostMemory">Of the relay's process, in MiB.</param>
    public async Task ServedWellAsync(RelayProcess relay, FormattableString occasion, int mostMemory = 300)
    {
        await ServedAsync(relay);
        var memory = ProcessFigures.PeakMemory(relay.Id);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{FormattableString.Invariant(occasion)}: {Taken} good messages, the slowest {Slowest.TotalMilliseconds:F0} ms; peak memory {memory} MiB"));
        Assert.InRange(memory, 1, mostMemory);
        Assert.InRange(Slowest, TimeSpan.Zero, Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_running);
        _stop.Dispose();
    }

    private async Task RunAsync(int port)
    {
        while (!_stop.IsCancellationRequested)
        {
            var watch = Stopwatch.StartNew();
            await using var conversation = await SmtpConversation.ConnectAsync(port);
            if (_startsTls)
                await EncryptAsync(conversation);
            await conversation.SendAsync(_login);
            var reply = await conversation.SubmitAsync(TestMessage.Create($"good{_taken}"));
            if (!reply.IsPositive)
                throw new InvalidOperationException($"Message {_taken} was refused: {reply.Text}");
            await conversation.SendAsync("QUIT");
            Slowest = watch.Elapsed > Slowest ? watch.Elapsed : Slowest;
            Interlocked.Increment(ref _taken);
        }
    }

    private static async Task EncryptAsync(SmtpConversation conversation)
    {
        await conversation.SendAsync("STARTTLS");
        using var certificate = await conversation.EncryptAsync();
        await conversation.SendAsync("EHLO crm.example");
    }
}
