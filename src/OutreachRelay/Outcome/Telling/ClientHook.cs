using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Telling;

/// <summary>What the hooks of all clients share.</summary>
internal sealed record HookParts(IStore Store, RelayState Relay, JsonPost Post, AlertBook Alerts, TimeProvider Time, Random Random, ILogger Log);

/// <summary>
/// Tells one client of its events: batch after batch in their order, each until it was taken or given up. Where it stands is on disk, as the id of the
/// last event that it told; the events themselves are those that the store has anyway.
/// </summary>
internal sealed partial class ClientHook(string client, HookParts parts) : IDisposable
{
    // Events are recorded by many hands; one seek a second is less than being told of each.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    // A failure as short as a restart of the other side is nobody's concern.
    private static readonly TimeSpan AlertAfter = TimeSpan.FromMinutes(15);

    // Events that were passed because they are others', before the place is written down.
    private const int UnsavedMost = 10_000;

    private const int Gone = 410;

    private readonly HookRest _rest = new(parts.Time, parts.Random);
    private readonly WakeSignal _news = new(parts.Time);
    private long? _told;
    private long _saved;
    private long? _failingSince;
    private Uri? _target;

    /// <summary>Something has changed: the configuration, or what was given up is to be told again. Returns at once.</summary>
    public void Wake() => _news.Wake();

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await _news.WaitAsync(await TellAsync(cancel), cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The store cannot be read, or worse; what was not told stays so.
                Log.BrokeOff(parts.Log, e, client);
                _rest.Begin();
            }
        }
    }

    public void Dispose() => _news.Dispose();

    /// <summary>Tells what there is to tell, a batch at most.</summary>
    /// <returns>How long there is nothing to do unless it is woken.</returns>
    internal async Task<TimeSpan> TellAsync(CancellationToken cancel)
    {
        if (parts.Relay.Model.Clients.GetValueOrDefault(client)?.Hook is not { } hook)
            return Timeout.InfiniteTimeSpan;
        Follow(hook.Url);
        if (_rest.Left is var left && left > TimeSpan.Zero)
            return left;
        if (_told is null && !await OpenAsync())
            return LookEvery;
        if (await TellAgainAsync(hook, cancel))
            return TimeSpan.Zero;
        var page = await ReadAsync(hook, _told!.Value, cancel);
        if (page.Events.IsEmpty)
        {
            await PassAsync(page.Next);
            return page.IsLast ? LookEvery : TimeSpan.Zero;
        }
        await TellAsync(hook, HookBatch.Of(client, page.Events), cancel);
        return TimeSpan.Zero;
    }

    // Another target may work.
    private void Follow(Uri target)
    {
        if (target != _target)
            _rest.End();
        _target = target;
    }

    private async Task<bool> OpenAsync()
    {
        if (await parts.Store.OpenToldAsync(client, ToldBy.Hook) is not { } told)
            return false;
        (_told, _saved) = (told, told);
        return true;
    }

    private ValueTask<EventSlice> ReadAsync(HookModel hook, long after, CancellationToken cancel) => parts.Store.ListEventsAsync(
        new EventFilter { Client = client, Kinds = [.. hook.Kinds], After = after, Limit = HookBatch.MostEvents }, cancel);

    private async Task TellAsync(HookModel hook, HookBatch batch, CancellationToken cancel)
    {
        var answer = await PostAsync(hook, batch, cancel);
        if (answer.Failure is null)
        {
            await SaveAsync(batch.Last);
            return;
        }
        await GiveUpAsync(hook, answer.Code == Gone ? batch.Events : [.. batch.Events.TakeWhile(IsTooOld)], answer.Failure, cancel);
    }

    // What is too old behind them is given up with them: it would wait for a target that has not answered for days.
    private async Task GiveUpAsync(HookModel hook, ImmutableArray<ListedEvent> events, string failure, CancellationToken cancel)
    {
        while (!events.IsEmpty && await parts.Store.GiveUpAsync(client, _told!.Value, events[^1].Id, events.Length, failure))
        {
            (_told, _saved) = (events[^1].Id, events[^1].Id);
            TellingMetrics.GaveUp(client, events.Length);
            Log.GaveUp(parts.Log, client, events.Length, failure);
            parts.Alerts.Raise(AlertName.EventsUntold, client, $"events of client {client} were given up: {failure}");
            events = [.. (await ReadAsync(hook, _told.Value, cancel)).Events.TakeWhile(IsTooOld)];
        }
    }

    private bool IsTooOld(ListedEvent listed) => parts.Time.GetUtcNow() - listed.Event.At > HookModel.Patience;

    /// <summary>Tells of what was given up and is to be tried once more.</summary>
    /// <returns>Whether there was any.</returns>
    private async Task<bool> TellAgainAsync(HookModel hook, CancellationToken cancel)
    {
        if ((await parts.Store.ReadUntoldAsync(client, cancel)).FirstOrDefault(static one => one.Again) is not { } untold)
            return false;
        var page = await ReadAsync(hook, untold.After, cancel);
        ImmutableArray<ListedEvent> events = [.. page.Events.TakeWhile(listed => listed.Id <= untold.Last)];
        // Behind the last that is the client's there may be others'.
        var until = events.Length < page.Events.Length || page.IsLast || page.Next >= untold.Last ? untold.Last : page.Next;
        string? failure = null;
        if (!events.IsEmpty)
        {
            var batch = HookBatch.Of(client, events);
            failure = (await PostAsync(hook, batch, cancel)).Failure;
            until = batch.Last == events[^1].Id ? until : batch.Last;
        }
        UntoldChange change = failure is null ? new UntoldChange.Advance(untold.Id, until) : new UntoldChange.Fail(untold.Id, failure);
        if (await parts.Store.ChangeUntoldAsync(change) is null)
            _rest.Begin();
        return true;
    }

    private async Task<PostAnswer> PostAsync(HookModel hook, HookBatch batch, CancellationToken cancel)
    {
        var signature = HookSignature.Of(hook.Secret, parts.Time.GetUtcNow(), batch.Body);
        var answer = await parts.Post.PostAsync(hook.Url, batch.Body, (HookSignature.Header, signature), cancel);
        TellingMetrics.Requested(client, answer.Failure is null);
        if (answer.Failure is { } failure)
            Failed(failure);
        else
            Worked(batch.Events.Length);
        return answer;
    }

    private void Worked(int events)
    {
        TellingMetrics.Delivered(client, events);
        _rest.End();
        _failingSince = null;
        parts.Alerts.Clear(AlertName.EventsUntold, client);
    }

    private void Failed(string failure)
    {
        _rest.Begin();
        _failingSince ??= parts.Time.GetTimestamp();
        Log.NotTold(parts.Log, client, failure, _rest.Left.TotalSeconds);
        if (parts.Time.GetElapsedTime(_failingSince.Value) > AlertAfter)
            parts.Alerts.Raise(AlertName.EventsUntold, client, $"client {client} does not take its events: {failure}");
    }

    // What is told again after a crash, or while the store takes no writes, is known by its ids.
    private async Task SaveAsync(long last)
    {
        _told = last;
        if (await parts.Store.SaveToldAsync(client, ToldBy.Hook, last))
            _saved = last;
    }

    private Task PassAsync(long last)
    {
        _told = Math.Max(_told!.Value, last);
        return _told - _saved > UnsavedMost ? SaveAsync(_told.Value) : Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(8100, LogLevel.Warning, "{Client} was not told of its events: {Reason}; trying again in {Seconds:0} s")]
        public static partial void NotTold(ILogger logger, string client, string reason, double seconds);

        [LoggerMessage(8101, LogLevel.Error, "{Count} events of {Client} are given up: {Reason}")]
        public static partial void GaveUp(ILogger logger, string client, int count, string reason);

        [LoggerMessage(8102, LogLevel.Error, "Telling {Client} of its events broke off; trying again")]
        public static partial void BrokeOff(ILogger logger, Exception e, string client);
    }
}
