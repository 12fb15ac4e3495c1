using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Policy.Rotate;

/// <summary>Mail of several directions that is blocked at one upstream is the upstream's matter; a bad list, or one bad campaign, is not.</summary>
public sealed class UpstreamBlocksTests
{
    private static readonly UpstreamModel A = Models.Upstream("a");
    private static readonly UpstreamModel B = Models.Upstream("b");

    private readonly FakeTime _time = new();
    private readonly FakeStore _store = new();
    private readonly List<string> _paused = [];
    private readonly Dictionary<string, (long Outcomes, long Bad)> _counted = [];
    private readonly List<string> _holds = [];
    private readonly RelayModel _model;
    private readonly RotationParts _parts;

    public UpstreamBlocksTests()
    {
        string[] names = ["one", "two", "three"];
        _model = Models.Relay(Models.Client([.. names.Select(Direction)]));
        _parts = new RotationParts(_time, _store);
        var relay = new RelayState(_model, _time);
        var health = new SenderHealth(relay, _store, _parts.Ledger, _parts.Rotation, static () => { }, _time, NullLogger<SenderHealth>.Instance);
        new UpstreamBlocks(relay, _parts.Ledger, health, (upstream, reason) => _paused.Add($"{upstream}: {reason}"), _time, NullLogger<UpstreamBlocks>.Instance).Start();
        new DirectionHealth(relay, _parts.Ledger, health, Hold, _time, NullLogger<DirectionHealth>.Instance).Start();
        health.Start();
    }

    [Fact]
    public void Count_BlockedWhateverTheDirection_PausesTheUpstreamAndSparesTheOthers()
    {
        Count("a", "three", outcomes: 30, blocked: 0);
        Count("a", "one", outcomes: 20, blocked: 4);
        Assert.Empty(_paused);

        Count("a", "two", outcomes: 20, blocked: 4);

        Assert.StartsWith("a: 8 of 40 mails were blocked in 7 days, of 2 of 3 directions with enough mail", Assert.Single(_paused));
        Assert.Empty(_holds);
        Assert.Equal(SenderStatus.Healthy, StatusOf("one"));
    }

    [Fact]
    public void Count_AfterThePause_BeginsAnew()
    {
        Count("a", "one", outcomes: 20, blocked: 4);
        Count("a", "two", outcomes: 20, blocked: 4);
        Assert.Single(_paused);

        Count("a", "one", outcomes: 19, blocked: 3);
        Count("a", "two", outcomes: 18, blocked: 0);
        Assert.Single(_paused);

        Count("a", "one", outcomes: 20, blocked: 10);
        Count("a", "two", outcomes: 20, blocked: 10);
        Assert.Equal(2, _paused.Count);
    }

    [Fact]
    public void L27_BadListOfOneDirection_IsNotTheUpstreamsFault()
    {
        Count("a", "two", outcomes: 30, blocked: 0);

        Count("a", "one", outcomes: 100, bounced: 20);

        Assert.Empty(_paused);
    }

    [Fact]
    public void L27_BadListsOfAllDirections_AreNotTheUpstreamsFault()
    {
        foreach (var direction in (string[])["one", "two", "three"])
            Count("a", direction, outcomes: 100, bounced: 20);

        Assert.Empty(_paused);
        Assert.Equal(3, _holds.Count);
    }

    [Fact]
    public void Count_OneDirectionBlockedAtBothUpstreams_IsItsOwnDoing()
    {
        Count("a", "one", outcomes: 50, blocked: 10);
        Count("b", "one", outcomes: 50, blocked: 10);

        Assert.Empty(_paused);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(2, false)]
    public void Count_OnlyDirectionThere_IsComparedWithHowItFaresElsewhere(int blockedElsewhere, bool isPaused)
    {
        Count("b", "one", outcomes: 40, blocked: blockedElsewhere);

        Count("a", "one", outcomes: 20, blocked: 4);

        Assert.Equal(isPaused ? 1 : 0, _paused.Count);
    }

    [Fact]
    public void Count_OnlyDirectionThereAndNothingElsewhere_CannotBeTold()
    {
        Count("a", "one", outcomes: 100, blocked: 30);

        Assert.Empty(_paused);
        Assert.Single(_holds);
    }

    [Fact]
    public void Count_OneOfTwoDirectionsAtEachUpstream_IsNotMostOfThem()
    {
        Count("a", "three", outcomes: 30, blocked: 0);
        Count("a", "one", outcomes: 20, blocked: 4);
        Count("b", "three", outcomes: 30, blocked: 0);
        Count("b", "two", outcomes: 20, blocked: 4);

        Assert.Empty(_paused);
    }

    [Fact]
    public void Counters_OfABlockedAndABouncedMail_CountOnlyTheBlockAtTheUpstream()
    {
        var entry = Entries.Queued() with { Sender = "s@one.example", Client = "acme", Direction = "one", Upstream = "a" };

        var blocked = SenderOutcomeCounters(entry, isBlocked: true);
        var bounced = SenderOutcomeCounters(entry, isBlocked: false);

        Assert.Equal(["Outcomes", "BadOutcomes"], blocked);
        Assert.Equal(["Outcomes"], bounced);
    }

    private static DirectionModel Direction(string name)
    {
        var pool = Models.Pool(Models.Sender($"s@{name}.example") with { Pool = name }) with { Name = name };
        return Models.Direction(pool, A, B) with { Name = name };
    }

    private string[] SenderOutcomeCounters(QueueEntry entry, bool isBlocked) =>
    [
        .. OutreachRelay.Outcome.SenderOutcomes
            .Counters(OutcomeCounts.Ended | OutcomeCounts.Bad, entry, _model, _parts.Rotation, _time.GetUtcNow(), isBlocked)
            .Where(static key => key.Name == "a>acme/one").Select(static key => key.Scope.ToString()),
    ];

    private Task<bool> Hold(DirectionModel direction, DateTimeOffset until, string reason)
    {
        _holds.Add(direction.Name);
        return Task.FromResult(true);
    }

    // One outcome after the other, the bad ones last, as settlements bring them.
    private void Count(string upstream, string direction, int outcomes, int blocked = 0, int bounced = 0)
    {
        for (var n = 0; n < outcomes; n++)
        {
            var (isBlocked, isBounced) = (n >= outcomes - blocked, n >= outcomes - bounced);
            string[] names = [$"s@{direction}.example", $"{direction}.example", $"acme/{direction}"];
            _parts.Ledger.Publish([.. names.SelectMany(name => Values(name, isBlocked || isBounced)), .. Values($"{upstream}>acme/{direction}", isBlocked)]);
        }
    }

    private IEnumerable<CounterValue> Values(string name, bool isBad)
    {
        var before = _counted.GetValueOrDefault(name);
        var now = _counted[name] = (before.Outcomes + 1, before.Bad + (isBad ? 1 : 0));
        var today = DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime);
        return [new(new(CounterScope.Outcomes, name, today), now.Outcomes), new(new(CounterScope.BadOutcomes, name, today), now.Bad)];
    }

    private SenderStatus StatusOf(string direction) => _parts.Ledger.Senders.Get($"s@{direction}.example", $"{direction}.example").Status;
}
