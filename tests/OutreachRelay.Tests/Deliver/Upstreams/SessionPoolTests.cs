using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Tests.Deliver.Upstreams;

public sealed class SessionPoolTests
{
    private static readonly UpstreamModel Upstream = Models.Upstream("up") with { MaxConnections = 2 };

    private readonly FakeTime _time = new();
    private readonly SessionPool _pool;

    public SessionPoolTests() => _pool = new SessionPool(_time);

    [Fact]
    public async Task Rent_Returned_IsGivenOutAgain()
    {
        var session = await PoolAsync("one");

        Assert.Same(session, await _pool.RentAsync(Upstream, "one"));
    }

    [Fact]
    public async Task Return_MoreThanTheUpstreamBears_ClosesTheSurplus()
    {
        var sessions = new[] { new FakeSession("one"), new FakeSession("one") };
        foreach (var _ in sessions)
            await _pool.RentAsync(Upstream, "one");
        _pool.Bound(1);

        foreach (var session in sessions)
            await _pool.ReturnAsync(session, Upstream);

        Assert.Equal([true, false], sessions.Select(session => session.IsDisposed));
        Assert.Equal(1, _pool.Count);
    }

    [Fact]
    public async Task S37_Rent_OtherCredential_IsNotGivenThisSession()
    {
        await PoolAsync("one");

        Assert.Null(await _pool.RentAsync(Upstream, "two"));
        Assert.Null(await _pool.RentAsync(Upstream, ""));
    }

    [Fact]
    public async Task S37_Rent_OtherModelOfTheUpstream_IsNotGivenThisSession()
    {
        await PoolAsync("one");

        Assert.Null(await _pool.RentAsync(Upstream with { Tls = TlsMode.StartTls }, "one"));
    }

    [Fact]
    public async Task S36_Rent_SessionThatItsServerLeft_IsNotGivenOut()
    {
        var session = await PoolAsync("one");
        session.IsUsable = false;

        Assert.Null(await _pool.RentAsync(Upstream, "one"));
        await _pool.TrimAsync();

        Assert.True(session.IsDisposed);
        Assert.Equal(1, _pool.Count);
    }

    [Fact]
    public async Task Rent_IdleForLong_IsNotGivenOut()
    {
        var session = await PoolAsync("one");
        _time.Advance(TimeSpan.FromSeconds(31));

        Assert.Null(await _pool.RentAsync(Upstream, "one"));
        await _pool.TrimAsync();

        Assert.True(session.IsDisposed);
    }

    [Fact]
    public async Task S38_Return_SessionThatIsUsedUp_IsClosed()
    {
        await _pool.RentAsync(Upstream, "one");
        var session = new FakeSession("one") { IsUsable = false };

        await _pool.ReturnAsync(session, Upstream);

        Assert.True(session.IsDisposed);
        Assert.Equal(0, _pool.Count);
    }

    [Fact]
    public async Task Rent_AllConnectionsIdleForOthers_ClosesTheOldest()
    {
        var first = await PoolAsync("one");
        await _pool.RentAsync(Upstream, "two");
        await _pool.ReturnAsync(new FakeSession("two"), Upstream);

        Assert.Null(await _pool.RentAsync(Upstream, "three"));

        Assert.True(first.IsDisposed);
        Assert.Equal(2, _pool.Count);
    }

    [Fact]
    public async Task Close_SessionsInUse_AreClosedWhenTheyComeBack()
    {
        await _pool.RentAsync(Upstream, "one");
        var session = new FakeSession("one");

        await _pool.CloseAsync();
        await _pool.ReturnAsync(session, Upstream);

        Assert.True(session.IsDisposed);
    }

    private async Task<FakeSession> PoolAsync(string credential)
    {
        Assert.Null(await _pool.RentAsync(Upstream, credential));
        var session = new FakeSession(credential);
        await _pool.ReturnAsync(session, Upstream);
        return session;
    }

    private sealed class FakeSession(string credential) : IUpstreamSession
    {
        public string Credential => credential;

        public bool HasCarried => true;

        public bool IsUsable { get; set; } = true;

        public bool IsDisposed { get; private set; }

        public Task<SmtpResult> SendAsync(string reversePath, string recipient, RenderedMessage message, string queueId, CancellationToken cancel) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return default;
        }
    }
}
