using System.Security.Cryptography;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Telling;

/// <summary>
/// Notifies clients by mail of what failed (RFC 3464). It follows the list of events; that a notification is queued and that its entry was told of are one
/// write, so that there is never a second one, and one that was not written is made again.
/// </summary>
/// <remarks>A notification is a message like the client's own: it has a sender, takes a unit of its budget, waits for its gate, and leaves by its direction.</remarks>
public sealed partial class FailureNotices(
    IStore store, RelayState relay, Rotation rotation, Schedule schedule, TimeProvider time, ILogger<FailureNotices> logger)
{
    private const int PageSize = 100;

    // A conflict means that another message won; then it is the other's turn.
    private const int MaxConflicts = 16;

    // Events that were passed without a notification, before the place is written down.
    private const int UnsavedMost = 10_000;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    // For a client whose sender has no room, or a store that does not answer.
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Place> _places = [];

    // Up to which configuration the places of clients that are notified no more are forgotten.
    private RelayModel? _model;

    public async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            // At once: what fails in the first second counts as well.
            do
            {
                try
                {
                    await LookAsync(cancel);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    Log.BrokeOff(logger, e);
                }
            }
            while (await timer.WaitForNextTickAsync(cancel));
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }
    }

    /// <summary>Looks once at each client that is to be notified.</summary>
    internal async Task LookAsync(CancellationToken cancel)
    {
        var model = relay.Model;
        await ForgetAsync(model, cancel);
        if (!store.Health.CanWrite)
            return;
        foreach (var client in model.Clients.Values.Where(static client => client.Dsn is not null))
        {
            if (await PlaceAsync(client.Name) is { } place && time.GetElapsedTime(place.RestsFrom) >= place.Rest)
                await FollowAsync(model, client, place, cancel);
        }
    }

    // One that comes back begins anew.
    private async Task ForgetAsync(RelayModel model, CancellationToken cancel)
    {
        if (_model == model)
            return;
        foreach (var (client, way) in await store.ReadToldAsync(cancel))
        {
            if (way != ToldBy.Dsn || model.Clients.GetValueOrDefault(client)?.Dsn is not null)
                continue;
            _places.Remove(client);
            if (!await store.CloseToldAsync(client, way))
                return;
        }
        _model = model;
    }

    private async ValueTask<Place?> PlaceAsync(string client)
    {
        if (_places.TryGetValue(client, out var known))
            return known;
        return await store.OpenToldAsync(client, ToldBy.Dsn) is { } told ? _places[client] = new Place(told) : null;
    }

    private async Task FollowAsync(RelayModel model, ClientModel client, Place place, CancellationToken cancel)
    {
        EventSlice page;
        do
        {
            page = await store.ListEventsAsync(
                new EventFilter { Client = client.Name, Kinds = FailureNotice.Kinds, After = place.Told, Limit = PageSize }, cancel);
            foreach (var listed in page.Events)
            {
                if (!await NotifyAsync(model, client.Dsn!, listed, cancel))
                {
                    (place.RestsFrom, place.Rest) = (time.GetTimestamp(), Rest);
                    return;
                }
                place.Told = listed.Id;
            }
            place.Told = Math.Max(place.Told, page.Next);
            // What is looked at again after a crash is known to be notified of.
            if ((!page.Events.IsEmpty || place.Told - place.Saved > UnsavedMost) && await store.SaveToldAsync(client.Name, ToldBy.Dsn, place.Told))
                place.Saved = place.Told;
        }
        // Then it is the next client's turn.
        while (page.Events.IsEmpty && !page.IsLast);
    }

    /// <returns>Whether it is done with.</returns>
    private async Task<bool> NotifyAsync(RelayModel model, DsnModel dsn, ListedEvent listed, CancellationToken cancel)
    {
        if (await store.LoadAsync(listed.EntryId!.Value, cancel) is not { } about)
            return true;
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        if (FailureNotice.Of(listed, about, dsn, model.Hostname, time.GetUtcNow(), token) is not { } report)
            return true;
        var request = FailureNotice.Request(report, about.Entry.Id, dsn, model);
        for (var conflicts = 0; conflicts < MaxConflicts; conflicts++)
        {
            using var plan = rotation.Plan(Rank(model, dsn, report.To, request.ExpiresAt), conflicts);
            if (!plan.HasRoom)
            {
                Log.NoRoom(logger, QueueId.Format(about.Entry.Id), dsn.Direction.Client);
                return false;
            }
            var result = await store.AcceptAsync(request with { Groups = plan.Groups, Committed = plan.Dispose });
            if (result is AcceptResult.Conflict)
                continue;
            if (result is AcceptResult.Accepted accepted)
                Queued(about.Entry, accepted);
            return result is not AcceptResult.Unavailable;
        }
        return false;
    }

    // As for any message that keeps its author (RFC 5321 §4.5.5).
    private static RotationRequest Rank(RelayModel model, DsnModel dsn, Mailbox to, DateTimeOffset expires) => new()
    {
        Model = model,
        Direction = dsn.Direction,
        Only = dsn.Sender.Key,
        Recipients = [new PlannedRecipient(to.ToString(), to.Key, default)],
        Expires = expires,
    };

    private void Queued(QueueEntry about, AcceptResult.Accepted accepted)
    {
        TellingMetrics.Notified(about.Client);
        Log.Queued(logger, QueueId.Format(accepted.Message.Id), QueueId.Format(about.Id), about.Client);
        schedule.Offer(accepted.Message, accepted.Entries);
    }

    /// <summary>Where a client stands.</summary>
    private sealed class Place(long told)
    {
        public long Told { get; set; } = told;
        public long Saved { get; set; } = told;
        public long RestsFrom { get; set; }
        public TimeSpan Rest { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(8120, LogLevel.Information, "{QueueId}: tells {Client} that {About} failed")]
        public static partial void Queued(ILogger logger, string queueId, string about, string client);

        [LoggerMessage(8121, LogLevel.Warning, "{About}: {Client} is not notified of its failure yet: the sender of its notifications has no room before they would expire")]
        public static partial void NoRoom(ILogger logger, string about, string client);

        [LoggerMessage(8122, LogLevel.Error, "Notifying clients of failures broke off; trying again")]
        public static partial void BrokeOff(ILogger logger, Exception e);
    }
}
