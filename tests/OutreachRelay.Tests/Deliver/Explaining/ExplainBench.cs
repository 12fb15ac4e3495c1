using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Explaining;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Store;
using OutreachRelay.Tests.Receive;

namespace OutreachRelay.Tests.Deliver.Explaining;

/// <summary>The way of a message up to its attempt, over a real store, on a clock that stands. What an attempt does to store and gates is done here.</summary>
internal sealed class ExplainBench : IAsyncDisposable
{
    private readonly Door _door;
    private readonly QueueFeed _feed;
    private readonly EntryExplainer _explainer;
    private readonly Dictionary<long, ReadyEntry> _kept = [];

    private ExplainBench(Door door, FakeTime time)
    {
        (_door, Time) = (door, time);
        var parts = door.Parts;
        _feed = new QueueFeed(door.Store, door.Schedule, door.Relay, parts.Rotation, parts.Due, time, NullLogger<QueueFeed>.Instance);
        _explainer = new EntryExplainer(door.Store, door.Schedule, parts.Rotation, parts.Gates, parts.Lineup, parts.Room, door.Suppressions.Book, door.Relay, time);
    }

    public FakeTime Time { get; }
    public Door Door => _door;
    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Entries whose attempt is not to be made at once.</summary>
    public HashSet<long> Keeps { get; } = [];

    /// <summary>Entries that were given to an upstream, and when.</summary>
    public Dictionary<long, DateTimeOffset> Left { get; } = [];

    public static async Task<ExplainBench> OpenAsync(RelayModel model)
    {
        var time = new FakeTime();
        return new ExplainBench(await Door.OpenAsync(model, time), time);
    }

    /// <summary>One client with one direction.</summary>
    public static RelayModel Model(PoolModel pool, params UpstreamModel[] upstreams) => Models.Relay(Models.Client(
        Models.Direction(pool, upstreams is [] ? [Models.Upstream("a") with { MaxConnections = 100 }] : upstreams)));

    public Task<long> AcceptAsync(string recipient) => AcceptAsync(Submissions.Plain, recipient);

    public async Task<long> AcceptAsync(string content, string recipient)
    {
        var entry = (await _door.AcceptAsync(content, recipient))[0];
        await PumpAsync();
        return entry.Id;
    }

    /// <summary>Accepts without anything being done for it.</summary>
    public async Task<long> AcceptKeptAsync(string recipient)
    {
        var entry = (await _door.AcceptAsync(Submissions.Plain, recipient))[0];
        Keeps.Add(entry.Id);
        await PumpAsync();
        return entry.Id;
    }

    public async Task<Explanation> ExplainAsync(long id)
    {
        var entry = await EntryAsync(id);
        return Assert.Single(await _explainer.ExplainAsync([entry], CancellationToken.None));
    }

    public async Task<QueueEntry> EntryAsync(long id) => (await _door.Store.LoadAsync(id, CancellationToken.None))!.Entry;

    public async Task ApplyAsync(EntryActionKind kind, long id, string reason = "")
    {
        var action = new EntryAction(kind, [id], "ann", reason, Entries.Units);
        Assert.Equal(ActionOutcome.Done, (await _door.Store.ApplyAsync(action))[0].Outcome);
        _door.Schedule.Rescan();
        await PumpAsync();
    }

    public void Pause(string sender, DateTimeOffset? until = null) =>
        Set(sender, new SenderCondition(SenderStatus.Paused, Now, until, 1, "3 of 20 bounced", null));

    public void Resume(string sender) => Set(sender, SenderCondition.Healthy);

    public UpstreamState Upstream(string name = "a") => _door.Schedule.Upstreams().Single(upstream => upstream.Model.Name == name);

    public void Fail(string name = "a") => _door.Schedule.Observe(Upstream(name), (health, now) => health.Refused(now, "connection refused", TimeSpan.FromMinutes(15)));

    public void Return(string name = "a") => _door.Schedule.Observe(Upstream(name), (health, now) => health.Probed(now, succeeded: true, ""));

    public void Replace(RelayModel model)
    {
        _door.Relay.Replace(model);
        _door.Schedule.Apply(model);
    }

    /// <summary>Ends the attempt of an entry that was kept.</summary>
    public async Task EndAsync(long id, EntryState state, TimeSpan? due = null, string reply = "250 ok")
    {
        Keeps.Remove(id);
        await AttemptAsync(_kept[id], state, due, reply);
        await PumpAsync();
    }

    /// <summary>Lets everything happen up to a time, each thing at its own.</summary>
    public async Task RunUntilAsync(DateTimeOffset time)
    {
        while (true)
        {
            var next = await PumpAsync();
            if (Now >= time)
                return;
            Time.Advance((next < time ? next : time) - Now);
        }
    }

    /// <summary>The entry leaves when it was told, and not before.</summary>
    /// <param name="rest">How long the schedule may rest before it looks again.</param>
    public async Task AssertLeavesAtAsync(long id, DateTimeOffset time, TimeSpan rest = default)
    {
        await RunUntilAsync(time.AddTicks(-1));
        Assert.DoesNotContain(id, Left.Keys);
        await RunUntilAsync(time + rest);
        Assert.InRange(Assert.Contains(id, (IReadOnlyDictionary<long, DateTimeOffset>)Left), time, time + rest);
    }

    public ValueTask DisposeAsync() => _door.DisposeAsync();

    /// <returns>When there may be something to do next.</returns>
    public async Task<DateTimeOffset> PumpAsync()
    {
        while (true)
        {
            while (_door.Started.TryDequeue(out var ready))
            {
                if (!await IsReadyAsync(ready))
                    continue;
                Left[ready.Entry.Id] = Now;
                if (Keeps.Contains(ready.Entry.Id))
                    _kept[ready.Entry.Id] = ready;
                else
                    await AttemptAsync(ready, EntryState.Relayed, null, "250 ok");
            }
            var next = await _feed.ReadWantedAsync(CancellationToken.None);
            if (_door.Started.IsEmpty)
                return next;
        }
    }

    // What an attempt looks at before it begins.
    private async Task<bool> IsReadyAsync(ReadyEntry ready)
    {
        var (model, entry) = (_door.Relay.Model, await EntryAsync(ready.Entry.Id));
        var decision = DueDecision.Decide(entry, model, _door.Parts.Rotation.Standing(model, entry.Sender), Now);
        if (decision.Action == DueAction.Send)
            return true;
        if (ready.IsTrial)
            _door.Schedule.Observe(Upstream(), (health, _) => health.TrialReturned());
        if (await _door.Parts.Due.ApplyAsync(decision, model, entry) is { } changed)
            _door.Schedule.Expect(changed);
        _door.Schedule.Deferred(ready, Now, wasTried: entry.Rank == EntryRank.Tried);
        return false;
    }

    private async Task AttemptAsync(ReadyEntry ready, EntryState state, TimeSpan? wait, string reply)
    {
        var (entry, due) = (await EntryAsync(ready.Entry.Id), Now + wait);
        var terms = _door.Parts.Gates.Terms(_door.Relay.Model, entry);
        var lease = await _door.Store.LeaseAsync(new LeaseRequest(entry.Id, entry.Epoch, "a", "main", "token1", new byte[1], TimeSpan.FromMinutes(5))
        {
            Claims = [.. terms.Claims, .. _door.Parts.Budgets.Claims(_door.Relay.Model.Upstreams["a"])],
            Sent = terms.Sent,
        });
        Assert.Equal(LeaseOutcome.Leased, lease.Outcome);
        _door.Schedule.Observe(Upstream(), (health, now) => health.Succeeded(now));
        _door.Parts.Gates.NoteSent(_door.Relay.Model, entry, terms.Sent!.Value);
        await _door.Store.SettleAsync(new Settlement
        {
            EntryId = entry.Id,
            Epoch = lease.Epoch,
            State = state,
            Due = due,
            UsedStep = true,
            Stage = AttemptStage.Rcpt,
            Code = 0,
            Reply = reply,
        });
        _door.Schedule.Deferred(ready, due);
    }

    private void Set(string sender, SenderCondition condition)
    {
        var ledger = _door.Ledger;
        lock (ledger.Gate)
        {
            var state = ledger.Senders.Find(sender)!;
            state.Condition = condition;
            ledger.Senders.Improved(state);
        }
        _door.Schedule.Rescan();
    }
}
