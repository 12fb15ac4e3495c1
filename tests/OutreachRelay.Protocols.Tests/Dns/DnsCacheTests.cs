using OutreachRelay.Protocols.Dns;
using OutreachRelay.Tests;

namespace OutreachRelay.Protocols.Tests.Dns;

public class DnsCacheTests
{
    private static readonly DnsCacheOptions Options = new()
    {
        MaxEntries = 3,
        MinTimeToLive = TimeSpan.FromSeconds(5),
        MaxTimeToLive = TimeSpan.FromSeconds(100),
        MaxNegativeTimeToLive = TimeSpan.FromSeconds(50),
        FailureTime = TimeSpan.FromSeconds(1),
    };

    private readonly FakeTime _time = new();
    private readonly ScriptedResolver _inner = new();
    private readonly DnsCache _cache;

    public DnsCacheTests() => _cache = new DnsCache(_inner, Options, _time);

    public static TheoryData<DnsStatus, int, int> Lifetimes => new()
    {
        { DnsStatus.Records, 20, 20 },
        { DnsStatus.Records, 0, 5 },
        { DnsStatus.Records, 3600, 100 },
        { DnsStatus.NoData, 20, 20 },
        { DnsStatus.NoSuchName, 0, 5 },
        { DnsStatus.NoSuchName, 3600, 50 },
        { DnsStatus.TemporaryError, 0, 1 },
    };

    [Theory]
    [MemberData(nameof(Lifetimes))]
    public async Task Resolve_KeptAnswer_LastsWithinTheBounds(DnsStatus status, int timeToLive, int expected)
    {
        _inner.Answer = new DnsAnswer(status, [], TimeSpan.FromSeconds(timeToLive));

        await _cache.ResolveAsync("a.example", DnsType.A);
        _time.Advance(TimeSpan.FromSeconds(expected - 0.5));
        await _cache.ResolveAsync("a.example", DnsType.A);
        Assert.Single(_inner.Asked);

        _time.Advance(TimeSpan.FromSeconds(0.5));
        await _cache.ResolveAsync("a.example", DnsType.A);
        Assert.Equal(2, _inner.Asked.Count);
    }

    [Fact]
    public async Task Resolve_OneNameInTwoSpellings_IsAskedOnce()
    {
        await _cache.ResolveAsync("A.Example.", DnsType.A);
        await _cache.ResolveAsync("a.example", DnsType.A);
        await _cache.ResolveAsync("a.example", DnsType.AAAA);

        Assert.Equal([("a.example", DnsType.A), ("a.example", DnsType.AAAA)], _inner.Asked);
    }

    [Fact]
    public async Task Resolve_MoreThanFits_ForgetsTheLeastUsed()
    {
        foreach (var name in new[] { "a", "b", "c", "a", "d" })
            await _cache.ResolveAsync(name, DnsType.A);
        Assert.Equal(3, _cache.Count);
        _inner.Asked.Clear();

        foreach (var name in new[] { "a", "c", "d", "b" })
            await _cache.ResolveAsync(name, DnsType.A);
        Assert.Equal([("b", DnsType.A)], _inner.Asked);
    }

    [Fact]
    public async Task Resolve_QuestionUnderway_IsSharedAndOutlivesWhoGivesUp()
    {
        var gate = _inner.Gate = new TaskCompletionSource();
        using var cancel = new CancellationTokenSource();
        var first = _cache.ResolveAsync("a.example", DnsType.A, cancel.Token).AsTask();
        var second = _cache.ResolveAsync("a.example", DnsType.A).AsTask();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();

        Assert.Equal(DnsStatus.NoData, (await second).Status);
        Assert.Single(_inner.Asked);
    }

    [Fact]
    public async Task Resolve_InnerThrows_IsThrownAndNotKept()
    {
        _inner.Answer = null;
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _cache.ResolveAsync("a.example", DnsType.A));

        _inner.Answer = DnsAnswer.NoData(TimeSpan.Zero);
        Assert.Equal(DnsStatus.NoData, (await _cache.ResolveAsync("a.example", DnsType.A)).Status);
    }

    [Fact]
    public async Task Clear_KeptAnswers_AreAskedForAgain()
    {
        await _cache.ResolveAsync("a.example", DnsType.A);
        _cache.Clear();
        await _cache.ResolveAsync("a.example", DnsType.A);

        Assert.Equal(2, _inner.Asked.Count);
    }

    private sealed class ScriptedResolver : IDnsResolver
    {
        public List<(string, DnsType)> Asked { get; } = [];

        public DnsAnswer? Answer { get; set; } = DnsAnswer.NoData(TimeSpan.FromSeconds(60));

        public TaskCompletionSource? Gate { get; set; }

        public async ValueTask<DnsAnswer> ResolveAsync(string name, DnsType type, CancellationToken cancel = default)
        {
            Asked.Add((name, type));
            if (Gate is not null)
                await Gate.Task.WaitAsync(cancel);
            return Answer ?? throw new InvalidOperationException();
        }
    }
}
