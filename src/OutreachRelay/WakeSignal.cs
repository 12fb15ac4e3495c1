namespace OutreachRelay;

/// <summary>Lets one loop wait for a time, or until it is woken. What happens while it does not wait is not missed.</summary>
internal sealed class WakeSignal(TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _news = new(0, 1);

    /// <summary>Something has happened. Returns at once.</summary>
    public void Wake()
    {
        lock (_news)
        {
            if (_news.CurrentCount == 0)
                _news.Release();
        }
    }

    /// <summary>Waits until something has happened since the last call.</summary>
    /// <param name="longest">Not at all unless it is positive, or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <returns>Whether it has; otherwise the time is over.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<bool> WaitAsync(TimeSpan longest, CancellationToken cancel)
    {
        if (longest <= TimeSpan.Zero && longest != Timeout.InfiniteTimeSpan)
            return false;
        using var timer = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        try
        {
            await _news.WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Dispose() => _news.Dispose();
}
