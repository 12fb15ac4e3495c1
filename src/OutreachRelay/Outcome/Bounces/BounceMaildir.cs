using OutreachRelay.Configuration;
using OutreachRelay.Store.Sqlite;

namespace OutreachRelay.Outcome.Bounces;

/// <summary>
/// Takes mail that came back out of the Maildir of <c>bounces.maildir</c>, into which others deliver (fetchmail, mbsync, a mail server). What a mail tells is on disk
/// before it is moved from <c>new</c> to <c>cur</c>, and told again it has no further effect: so a crash between the two is none.
/// </summary>
/// <remarks>
/// The kernel tells of new mail, and a scan now and then finds what it did not tell, on network file systems for instance. Nothing is deleted: what was read is marked
/// as seen; what nobody could make sense of goes to the sub-folder <c>.unknown</c>, as new mail there.
/// </remarks>
public sealed partial class BounceMaildir(BounceIntake intake, RelayState relay, TimeProvider time, ILogger<BounceMaildir> logger) : IAsyncDisposable
{
    /// <summary>How often the folder is looked into without being told to.</summary>
    public static readonly TimeSpan ScanEvery = TimeSpan.FromMinutes(1);

    // While what mails tell cannot be kept.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    private readonly MaildirWatch _watch = new(time);
    private MaildirFolder? _folder;
    private WorkThreads<object>? _files;
    private string? _obstacle;

    public async Task RunAsync(CancellationToken cancel)
    {
        var wasTold = true;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                wasTold = await _watch.WaitAsync(await TakeAllAsync(wasTold, cancel), cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.BrokeOff(logger, e);
                await Task.Delay(ScanEvery, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>The configuration has changed. Returns at once.</summary>
    public void Wake() => _watch.Wake();

    public async ValueTask DisposeAsync()
    {
        if (_files is not null)
            await _files.DisposeAsync();
        _watch.Dispose();
    }

    /// <summary>Takes all that lies there.</summary>
    /// <param name="wasTold">Whether something is known to have come.</param>
    /// <returns>When to look again, if nothing happens before.</returns>
    private async Task<TimeSpan> TakeAllAsync(bool wasTold, CancellationToken cancel)
    {
        var path = relay.Model.Bounces.Maildir;
        if (path != _folder?.Path)
            _folder = path is null ? null : new MaildirFolder(path);
        // Before the first look, so that what comes in between is told.
        Note(path, _watch.Follow(_folder?.New));
        if (_folder is not { } folder)
            return Timeout.InfiniteTimeSpan;
        if (_obstacle is not null)
            return ScanEvery;
        await OffPoolAsync(folder.BeginPass);
        while (await OffPoolAsync(folder.FindNew) is { Count: > 0 } names)
        {
            if (!wasTold)
            {
                _watch.Drop();
                Note(path, _watch.Follow(folder.New));
                wasTold = true;
            }
            foreach (var name in names)
            {
                cancel.ThrowIfCancellationRequested();
                if (!await TakeAsync(folder, name))
                    return Rest;
            }
        }
        return ScanEvery;
    }

    /// <returns>Whether to go on: not while what mails tell cannot be kept.</returns>
    private async ValueTask<bool> TakeAsync(MaildirFolder folder, string name)
    {
        var (content, obstacle) = await OffPoolAsync(() => folder.Read(name, BounceIntake.MaxContent));
        if (obstacle is not null)
        {
            if (folder.Leave(name))
                Log.NotRead(logger, name, folder.Path, obstacle);
            return true;
        }
        var receipt = content.IsEmpty ? null : await intake.TakeDeliveredAsync(content);
        if (receipt is { IsKept: false })
            return false;
        var isUnderstood = receipt is { IsUnderstood: true };
        if (!isUnderstood)
            Log.NotUnderstood(logger, name, folder.Path);
        if (await OffPoolAsync(() => isUnderstood ? folder.MarkSeen(name) : folder.SetAside(name)) is { } reason)
            Log.NotMoved(logger, name, folder.Path, reason);
        return true;
    }

    // A disk, or a network behind the folder, may let its callers wait: there is a thread for it where there is a Maildir.
    private ValueTask<T> OffPoolAsync<T>(Func<T> work) =>
        (_files ??= new WorkThreads<object>("maildir", 1, 1, static () => new object())).RunAsync(_ => work(), CancellationToken.None);

    private void Note(string? path, string? obstacle)
    {
        if (obstacle is not null && obstacle != _obstacle)
            Log.NotWatched(logger, path!, obstacle);
        _obstacle = obstacle;
    }

    private static partial class Log
    {
        [LoggerMessage(5021, LogLevel.Warning, "{Mail} in {Maildir} tells of no mail of ours: it goes to the folder .unknown there")]
        public static partial void NotUnderstood(ILogger logger, string mail, string maildir);

        [LoggerMessage(5022, LogLevel.Warning, "{Mail} in {Maildir} cannot be read: {Reason}. It stays, and is tried every minute")]
        public static partial void NotRead(ILogger logger, string mail, string maildir, string reason);

        [LoggerMessage(5023, LogLevel.Error, "{Mail} in {Maildir} was dealt with and cannot be moved: {Reason}. It is not read again; moving it is tried every minute")]
        public static partial void NotMoved(ILogger logger, string mail, string maildir, string reason);

        [LoggerMessage(5024, LogLevel.Error, "The Maildir {Maildir} cannot be watched: {Reason}; it is looked for every minute")]
        public static partial void NotWatched(ILogger logger, string maildir, string reason);

        [LoggerMessage(5025, LogLevel.Error, "Reading the Maildir of mail that came back broke off; trying again")]
        public static partial void BrokeOff(ILogger logger, Exception e);
    }
}
