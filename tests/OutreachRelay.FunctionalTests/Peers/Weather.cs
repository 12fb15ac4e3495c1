using System.Collections.Immutable;

namespace OutreachRelay.FunctionalTests.Peers;

/// <summary>Makes a sink behave as a provider on a bad day: spells of outage, of throttling, of lost connections and of refusals, by chance.</summary>
internal sealed class Weather : IAsyncDisposable
{
    private enum Spell
    {
        Fair,
        Outage,
        Throttling,
        Losing,
        Refusing,
    }

    private static readonly ImmutableArray<Spell> Short = [Spell.Fair, Spell.Fair, Spell.Outage, Spell.Losing, Spell.Refusing];

    private readonly CancellationTokenSource _stop = new();
    private readonly Random _random;
    private readonly ImmutableArray<Spell> _spells;
    private readonly List<DateTimeOffset> _mails = [];
    private readonly Task _changing;
    private volatile Spell _spell = Spell.Fair;
    private int _lostAtTheDot;

    /// <param name="throttles">Whether it also says that it gets too much, after which a relay lets it rest for a minute.</param>
    public Weather(SinkServer sink, int seed, bool throttles = true)
    {
        _spells = throttles ? [.. Short, Spell.Throttling] : Short;
        _random = new Random(seed);
        sink.OnConnect = () => _spell == Spell.Outage ? new SinkAction.Drop() : null;
        sink.OnMail = _ => AtMail();
        sink.OnRecipient = _ => _spell == Spell.Losing && Chance(0.05) ? new SinkAction.Drop() : null;
        sink.OnMessage = _ => AtDot();
        _changing = ChangeAsync();
    }

    /// <summary>Messages that were received, but whose sender lost the connection before it heard so.</summary>
    public int LostAtTheDot => Volatile.Read(ref _lostAtTheDot);

    /// <summary>When MAIL came.</summary>
    public ImmutableArray<DateTimeOffset> Mails
    {
        get
        {
            lock (_random)
                return [.. _mails];
        }
    }

    /// <summary>From now on it is fair.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _changing;
        _spell = Spell.Fair;
        _stop.Dispose();
    }

    private SinkAction? AtMail()
    {
        lock (_random)
            _mails.Add(TimeProvider.System.GetUtcNow());
        return _spell switch
        {
            Spell.Outage => new SinkAction.Drop(),
            Spell.Throttling => new SinkAction.Reply("451 4.7.1 too many messages, slow down"),
            _ => null,
        };
    }

    private SinkAction? AtDot()
    {
        if (_spell == Spell.Losing && Chance(0.02))
        {
            Interlocked.Increment(ref _lostAtTheDot);
            return new SinkAction.Drop();
        }
        if (_spell != Spell.Refusing || !Chance(0.3))
            return null;
        return Chance(0.1) ? new SinkAction.Reply("554 5.6.0 malformed content") : new SinkAction.Reply("451 4.3.0 try again later");
    }

    private bool Chance(double share)
    {
        lock (_random)
            return _random.NextDouble() < share;
    }

    private async Task ChangeAsync()
    {
        try
        {
            while (true)
            {
                TimeSpan length;
                lock (_random)
                {
                    _spell = _spells[_random.Next(_spells.Length)];
                    length = TimeSpan.FromMilliseconds(_random.Next(100, 1500));
                }
                await Task.Delay(length, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Over.
        }
    }
}
