using OutreachRelay.Configuration;
using OutreachRelay.Policy.Score;
using OutreachRelay.Policy.Score.External;

namespace OutreachRelay.Tests.Policy.Score;

public class ScoreCacheTests
{
    private static readonly ScoredContent Content = new(new ContentScore(1, []), []);

    private readonly FakeTime _time = new();
    private int _computed;

    [Fact]
    public async Task Get_ManyAtOnce_ComputesOnce()
    {
        var cache = new ScoreCache(_time);
        var gate = new TaskCompletionSource();

        var asked = Enumerable.Range(0, 100).Select(_ => cache.GetAsync(Key(1), () => ComputeAsync(gate.Task)).AsTask()).ToList();
        gate.SetResult();
        var found = await Task.WhenAll(asked);

        Assert.Equal(1, _computed);
        Assert.Equal(99, found.Count(pair => pair.WasKnown));
    }

    [Fact]
    public async Task Get_MoreThanItHolds_ForgetsTheOldest()
    {
        var cache = new ScoreCache(_time, capacity: 10);
        for (var i = 0; i < 100; i++)
            await cache.GetAsync(Key(i), () => ComputeAsync(Task.CompletedTask));

        await cache.GetAsync(Key(99), () => ComputeAsync(Task.CompletedTask));
        Assert.Equal(100, _computed);
        await cache.GetAsync(Key(0), () => ComputeAsync(Task.CompletedTask));
        Assert.Equal(101, _computed);
    }

    [Fact]
    public async Task Get_AnHourLater_ComputesAgain()
    {
        var cache = new ScoreCache(_time);
        await cache.GetAsync(Key(1), () => ComputeAsync(Task.CompletedTask));

        _time.Advance(ScoreCache.Generation + TimeSpan.FromSeconds(1));
        await cache.GetAsync(Key(2), () => ComputeAsync(Task.CompletedTask));
        _time.Advance(ScoreCache.Generation + TimeSpan.FromSeconds(1));
        await cache.GetAsync(Key(1), () => ComputeAsync(Task.CompletedTask));

        Assert.Equal(3, _computed);
    }

    [Fact]
    public async Task Get_ComputationThatFails_IsNotKept()
    {
        var cache = new ScoreCache(_time);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await cache.GetAsync(Key(1), () => throw new InvalidOperationException()));
        var (_, wasKnown) = await cache.GetAsync(Key(1), () => ComputeAsync(Task.CompletedTask));

        Assert.False(wasKnown);
    }

    [Fact]
    public async Task Get_ScorerThatGaveNoScore_IsAskedAgain()
    {
        var cache = new ScoreCache(_time);
        var scorer = new ScorerModel(ScorerType.Rspamd, new(System.Net.IPAddress.Loopback, 1), TimeSpan.FromSeconds(1), ScorerFailureAction.Accept);
        await cache.GetAsync(Key(1), () => new(ScoreVerdict.Decide(ScoreMessages.Model, Content with { External = [new ScorerAnswer(scorer, default, "no connection")] })));

        var (_, wasKnown) = await cache.GetAsync(Key(1), () => ComputeAsync(Task.CompletedTask));

        Assert.False(wasKnown);
    }

    private static ContentKey Key(long number) => new((UInt128)number);

    private async ValueTask<ScoreVerdict> ComputeAsync(Task until)
    {
        _computed++;
        await until;
        return ScoreVerdict.Decide(ScoreMessages.Model, Content);
    }
}
