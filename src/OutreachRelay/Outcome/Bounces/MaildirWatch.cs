namespace OutreachRelay.Outcome.Bounces;

/// <summary>Waits for files to appear in a folder, for a time, or to be woken.</summary>
internal sealed class MaildirWatch(TimeProvider time) : IDisposable
{
    private readonly WakeSignal _news = new(time);
    private FileSystemWatcher? _watcher;
    private volatile bool _isLost;

    /// <summary>Something has happened. Returns at once.</summary>
    public void Wake() => _news.Wake();

    /// <summary>Watches a folder from now on, and no other; <see langword="null"/> for none.</summary>
    /// <returns>Why it cannot be watched, or <see langword="null"/>.</returns>
    public string? Follow(string? folder)
    {
        if (folder is not null && _watcher?.Path == folder && !_isLost && Directory.Exists(folder))
            return null;
        Drop();
        if (folder is null)
            return null;
        if (!Directory.Exists(folder))
            return "there is no such folder, or it cannot be read";
        try
        {
            // Mail is renamed or linked into the folder when it is whole, and both of them are creations here.
            var watcher = new FileSystemWatcher(folder) { NotifyFilter = NotifyFilters.FileName };
            watcher.Created += (_, _) => Wake();
            watcher.Renamed += (_, _) => Wake();
            // Events were lost, or the folder is.
            watcher.Error += (_, _) =>
            {
                _isLost = true;
                Wake();
            };
            watcher.EnableRaisingEvents = true;
            _watcher = watcher;
            return null;
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    /// <summary>Forgets the folder, because it was not told what has happened there: it may have been removed and made again, which is another one.</summary>
    public void Drop()
    {
        _watcher?.Dispose();
        (_watcher, _isLost) = (null, false);
    }

    /// <summary>Waits until something has happened since the last call.</summary>
    /// <returns>Whether it has; otherwise the time is over.</returns>
    public Task<bool> WaitAsync(TimeSpan longest, CancellationToken cancel) => _news.WaitAsync(longest, cancel);

    public void Dispose()
    {
        Drop();
        _news.Dispose();
    }
}
