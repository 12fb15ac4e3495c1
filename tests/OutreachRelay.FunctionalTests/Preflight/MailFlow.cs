using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Preflight;

/// <summary>Mail that flows all the while: <c>m1</c>, <c>m2</c> and so on, each submitted when the one before it has arrived.</summary>
internal sealed class MailFlow : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(40);

    private readonly RelayProcess _relay;
    private readonly SinkServer _sink;
    private readonly Task _running;
    private volatile int _submitted;
    private volatile bool _stopped;

    public MailFlow(RelayProcess relay, SinkServer sink)
    {
        (_relay, _sink) = (relay, sink);
        _running = Task.Run(RunAsync);
    }

    /// <summary>The number of the newest message.</summary>
    public int Submitted => _submitted;

    public static int NumberOf(ReceivedMessage message) => int.Parse(message.TestId.AsSpan(1));

    /// <summary>Waits for a message of a sender that was submitted after another.</summary>
    public Task UntilArrivedAsync(string from, int after) => Wait.UntilAsync(
        () => _running.IsCompleted || _sink.Messages.Any(message => message.ReversePath == from && NumberOf(message) > after),
        Deadline, () => $"nothing of {from} after {after}:\n{_relay.Log}");

    /// <summary>Ends the flow with the message that is on its way.</summary>
    public Task StopAsync()
    {
        _stopped = true;
        return _running;
    }

    public async ValueTask DisposeAsync()
    {
        _stopped = true;
        await Task.WhenAny(_running);
    }

    private async Task RunAsync()
    {
        while (!_stopped)
        {
            var number = _submitted + 1;
            await _relay.SubmitAsync(TestMessage.Create($"m{number}"));
            _submitted = number;
            await Wait.UntilAsync(() => _sink.CountOf($"m{number}") > 0, Deadline, () => $"m{number} did not arrive:\n{_relay.Log}");
        }
    }
}
