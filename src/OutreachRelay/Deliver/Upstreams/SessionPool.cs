using OutreachRelay.Configuration;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>The idle sessions of one upstream. A session carries only mail of the credential it was opened with.</summary>
public sealed class SessionPool(TimeProvider time)
{
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly List<(IUpstreamSession Session, UpstreamModel Upstream, long Since)> _idle = [];
    private int _rented;
    private int _most = int.MaxValue;
    private bool _closed;

    /// <summary>An idle session of this model and credential, the most recently used one. Each call is matched by one of <see cref="ReturnAsync"/>.</summary>
    /// <returns><see langword="null"/> when the caller is to open one; room for it has been made.</returns>
    public async ValueTask<IUpstreamSession?> RentAsync(UpstreamModel upstream, string credential)
    {
        IUpstreamSession? surplus = null;
        lock (_gate)
        {
            _rented++;
            var found = _idle.FindLastIndex(item =>
                item.Session.Credential == credential && ReferenceEquals(item.Upstream, upstream) && !IsOver(item));
            if (found >= 0)
            {
                var session = _idle[found].Session;
                _idle.RemoveAt(found);
                return session;
            }
            if (_rented + _idle.Count > Math.Min(upstream.MaxConnections, _most) && _idle.Count > 0)
            {
                surplus = _idle[0].Session;
                _idle.RemoveAt(0);
            }
        }
        if (surplus is not null)
            await surplus.DisposeAsync();
        return null;
    }

    /// <summary>Takes a session back, or <see langword="null"/> where none could be opened. One that is used up is closed.</summary>
    public async ValueTask ReturnAsync(IUpstreamSession? session, UpstreamModel upstream)
    {
        lock (_gate)
        {
            _rented--;
            if (session is { IsUsable: true } && !_closed && _rented + _idle.Count < Math.Min(upstream.MaxConnections, _most))
            {
                _idle.Add((session, upstream, time.GetTimestamp()));
                return;
            }
        }
        if (session is not null)
            await session.DisposeAsync();
    }

    /// <summary>Takes how many sessions there may be beside what the configuration says; what is too many is closed as it comes back.</summary>
    public void Bound(int most)
    {
        lock (_gate)
            _most = most;
    }

    /// <summary>Sessions that are open or being opened.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _rented + _idle.Count;
        }
    }

    /// <summary>Closes sessions that were idle too long, or that their server has left.</summary>
    public ValueTask TrimAsync() => CloseAsync(IsOver);

    /// <summary>Closes all idle sessions, and each one that comes back.</summary>
    public ValueTask CloseAsync()
    {
        lock (_gate)
            _closed = true;
        return CloseAsync(_ => true);
    }

    private bool IsOver((IUpstreamSession Session, UpstreamModel Upstream, long Since) item) =>
        time.GetElapsedTime(item.Since) > IdleLimit || !item.Session.IsUsable;

    private async ValueTask CloseAsync(Predicate<(IUpstreamSession Session, UpstreamModel Upstream, long Since)> which)
    {
        List<(IUpstreamSession Session, UpstreamModel Upstream, long Since)> closing;
        lock (_gate)
        {
            closing = _idle.FindAll(which);
            _idle.RemoveAll(which);
        }
        await Task.WhenAll(closing.Select(item => item.Session.DisposeAsync().AsTask()));
    }
}
