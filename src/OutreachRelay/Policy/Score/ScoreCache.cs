namespace OutreachRelay.Policy.Score;

/// <summary>Verdicts on templates that were seen lately: what many copies ask at once is computed once.</summary>
/// <remarks>
/// Two generations: when the young one is full or old it becomes the old one, so that nothing is ever scanned, and at most <paramref name="capacity"/>
/// verdicts are held. What failed is forgotten at once.
/// </remarks>
internal sealed class ScoreCache(TimeProvider time, int capacity = 8192)
{
    /// <summary>No verdict is older than twice this: rules outside of this process learn.</summary>
    public static readonly TimeSpan Generation = TimeSpan.FromMinutes(30);

    private readonly Lock _gate = new();
    private Dictionary<ContentKey, Task<ScoreVerdict>> _young = [];
    private Dictionary<ContentKey, Task<ScoreVerdict>> _old = [];
    private long _since = time.GetTimestamp();

    /// <summary>The verdict on a key, computed by the first who asks.</summary>
    /// <param name="compute">Runs outside of any lock, for the first alone; the others wait for it. It does not go on when it throws: then each tries for itself.</param>
    public async ValueTask<(ScoreVerdict Verdict, bool WasKnown)> GetAsync(ContentKey key, Func<ValueTask<ScoreVerdict>> compute)
    {
        TaskCompletionSource<ScoreVerdict> mine;
        Task<ScoreVerdict>? known;
        lock (_gate)
        {
            known = FindNeedsLock(key);
            mine = known is null ? new(TaskCreationOptions.RunContinuationsAsynchronously) : null!;
            if (known is null)
                _young[key] = mine.Task;
        }
        if (known is not null)
            return (await known, true);
        try
        {
            var verdict = await compute();
            if (!verdict.MayBeKept)
                Forget(key, mine.Task);
            mine.SetResult(verdict);
            return (verdict, false);
        }
        catch (Exception e)
        {
            Forget(key, mine.Task);
            mine.SetException(e);
            // Seen here, whether or not somebody waited.
            _ = mine.Task.Exception;
            throw;
        }
    }

    private Task<ScoreVerdict>? FindNeedsLock(ContentKey key)
    {
        if (_young.Count >= capacity / 2 || time.GetElapsedTime(_since) > Generation)
        {
            (_old, _young) = (_young, []);
            _since = time.GetTimestamp();
        }
        if (_young.TryGetValue(key, out var known))
            return known;
        return _old.GetValueOrDefault(key);
    }

    private void Forget(ContentKey key, Task<ScoreVerdict> task)
    {
        lock (_gate)
        {
            foreach (var generation in (ReadOnlySpan<Dictionary<ContentKey, Task<ScoreVerdict>>>)[_young, _old])
            {
                if (generation.TryGetValue(key, out var held) && held == task)
                    generation.Remove(key);
            }
        }
    }
}
