using System.Collections.Concurrent;
using OutreachRelay.FunctionalTests.Peers;

namespace OutreachRelay.FunctionalTests.Soak;

/// <summary>An upstream that comes and goes, knows some recipients not, and remembers what it has refused for good.</summary>
internal sealed class FlappingUpstream : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, bool> _refused = new(StringComparer.Ordinal);
    private readonly Weather _weather;

    public FlappingUpstream(int seed)
    {
        _weather = new Weather(Sink, seed, throttles: false);
        var (atRecipient, atDot) = (Sink.OnRecipient, Sink.OnMessage);
        Sink.OnRecipient = recipient => IsUnknown(recipient) ? new SinkAction.Reply("550 5.1.1 no such user") : atRecipient(recipient);
        Sink.OnMessage = message => Noted(message, atDot(message));
    }

    public SinkServer Sink { get; } = new();

    /// <summary>Messages that were refused with 5yz.</summary>
    public ICollection<string> Refused => _refused.Keys;

    /// <summary>Messages that were received, but whose sender lost the connection before it heard so.</summary>
    public int LostAtTheDot => _weather.LostAtTheDot;

    /// <summary>From now on it is there.</summary>
    public ValueTask SettleDownAsync() => _weather.DisposeAsync();

    public ValueTask DisposeAsync() => Sink.DisposeAsync();

    private bool IsUnknown(string recipient)
    {
        if (!recipient.StartsWith(MixedLoad.Nobody, StringComparison.Ordinal))
            return false;
        _refused[recipient[MixedLoad.Nobody.Length..recipient.IndexOf('@')]] = true;
        return true;
    }

    private SinkAction? Noted(ReceivedMessage message, SinkAction? action)
    {
        if (action is SinkAction.Reply { Line: ['5', ..] })
            _refused[message.TestId] = true;
        return action;
    }
}
