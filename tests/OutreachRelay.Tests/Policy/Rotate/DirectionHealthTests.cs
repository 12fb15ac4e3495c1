using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Policy.Rotate;

/// <summary>A bad list is the direction's matter, a bad sender its own.</summary>
public sealed class DirectionHealthTests
{
    private const int Senders = 20;

    private readonly FakeTime _time = new();
    private readonly FakeStore _store = new();
    private readonly List<string> _holds = [];
    private readonly Dictionary<string, (long Outcomes, long Bad)> _counted = [];
    private readonly RelayModel _model = Models.Relay([.. Enumerable.Range(0, Senders).Select(i => Models.Sender($"s{i}@d{i / 2}.example"))]);
    private readonly RotationParts _parts;
    private readonly DirectionHealth _directions;
    private bool _canHold = true;

    public DirectionHealthTests()
    {
        _parts = new RotationParts(_time, _store);
        var relay = new RelayState(_model, _time);
        var health = new SenderHealth(relay, _store, _parts.Ledger, _parts.Rotation, () => { }, _time, NullLogger<SenderHealth>.Instance);
        _directions = new DirectionHealth(relay, _parts.Ledger, health, Hold, _time, NullLogger<DirectionHealth>.Instance);
        _directions.Start();
        health.Start();
    }

    [Fact]
    public void L27_BadListFromManySenders_HoldsTheDirectionAndSparesItsSenders()
    {
        foreach (var sender in Enumerable.Range(0, Senders))
            Count(sender, outcomes: 5, bad: 1);

        Assert.Equal(["cold until 2026-03-03 09:00:00Z: 20 of 100 bounced or were blocked in 7 days, limit 10 %"], _holds);
        Assert.All(_model.Senders.Keys, key => Assert.Null(_parts.Rotation.Standing(_model, key)!.Value.PausedSince));

        // What was counted before counts no more, against nobody.
        foreach (var sender in Enumerable.Range(0, Senders))
            Count(sender, outcomes: 20, bad: 0);
        Assert.Single(_holds);
        Assert.Equal([20, 0, 0, 0], Statuses());
    }

    [Fact]
    public void L27_FiveSendersPausedWithinAnHour_HoldsTheDirectionAndLetsThemReturn()
    {
        foreach (var sender in Enumerable.Range(5, 12))
            Count(sender, outcomes: 10, bad: 0);
        foreach (var sender in Enumerable.Range(0, 5))
            Count(sender, outcomes: 20, bad: 3);
        Assert.Empty(_holds);
        Assert.Equal(5, Statuses()[(int)SenderStatus.Paused]);

        Count(6, outcomes: 1, bad: 1);

        Assert.Equal(["cold until 2026-03-03 09:00:00Z: 5 of its 20 senders were paused within an hour"], _holds);
        Assert.Equal(0, Statuses()[(int)SenderStatus.Paused]);
    }

    [Fact]
    public void L27_FiveSendersPausedOverADay_ArePausedEachByItself()
    {
        foreach (var sender in Enumerable.Range(5, 12))
            Count(sender, outcomes: 10, bad: 0);
        foreach (var sender in Enumerable.Range(0, 5))
        {
            Count(sender, outcomes: 20, bad: 3);
            _time.Advance(TimeSpan.FromMinutes(30));
        }

        Count(6, outcomes: 1, bad: 1);

        Assert.Empty(_holds);
        Assert.Equal(5, Statuses()[(int)SenderStatus.Paused]);
    }

    [Fact]
    public void Count_OneBadSender_IsPausedAlone()
    {
        foreach (var sender in Enumerable.Range(1, 15))
            Count(sender, outcomes: 20, bad: 0);

        Count(0, outcomes: 20, bad: 10);

        Assert.Empty(_holds);
        Assert.Equal(1, Statuses()[(int)SenderStatus.Paused]);
    }

    [Fact]
    public void Tick_HoldCouldNotBeKept_TriesAgain()
    {
        _canHold = false;
        foreach (var sender in Enumerable.Range(0, Senders))
            Count(sender, outcomes: 5, bad: 1);
        Assert.Empty(_holds);
        _canHold = true;

        _directions.Tick();
        _directions.Tick();

        Assert.Single(_holds);
    }

    private Task<bool> Hold(DirectionModel direction, DateTimeOffset until, string reason)
    {
        if (_canHold)
            _holds.Add(FormattableString.Invariant($"{direction.Name} until {until:u}: {reason}"));
        return Task.FromResult(_canHold);
    }

    // One outcome after the other, as settlements bring them.
    private void Count(int sender, int outcomes, int bad)
    {
        for (var n = 0; n < outcomes; n++)
        {
            var isBad = n >= outcomes - bad;
            string[] names = [$"s{sender}@d{sender / 2}.example", $"d{sender / 2}.example", "acme/cold"];
            _parts.Ledger.Publish([.. names.SelectMany(name => Values(name, isBad))]);
        }
    }

    private IEnumerable<CounterValue> Values(string name, bool isBad)
    {
        var before = _counted.GetValueOrDefault(name);
        var now = _counted[name] = (before.Outcomes + 1, before.Bad + (isBad ? 1 : 0));
        var today = DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime);
        return [new(new(CounterScope.Outcomes, name, today), now.Outcomes), new(new(CounterScope.BadOutcomes, name, today), now.Bad)];
    }

    private int[] Statuses() => [.. Enum.GetValues<SenderStatus>().Select(status => _model.Senders.Values.Count(sender => _parts.Ledger.Senders.Get(sender.Key, sender.RegisteredDomain).Status == status))];
}
