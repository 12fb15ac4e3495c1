using OutreachRelay.Configuration;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>What lives of an upstream across reloads: its health, its idle sessions, and the entries that wait for one of its workers.</summary>
/// <remarks>All but the session pool belongs to the schedule's lock.</remarks>
public sealed class UpstreamState
{
    private readonly Dictionary<DirectionQueue, Queue<ReadyEntry>> _waiting = [];
    private readonly Queue<DirectionQueue> _turns = [];
    private readonly Stack<TaskCompletionSource<ReadyEntry?>> _idle = [];
    private int _probing;

    public UpstreamState(UpstreamModel model, TimeSpan dwell, TimeProvider time)
    {
        Model = model;
        Sessions = new SessionPool(time);
        Health = new UpstreamHealth(dwell, time.GetUtcNow());
    }

    /// <summary>The model of the last reload.</summary>
    public UpstreamModel Model { get; private set; }

    public UpstreamHealth Health { get; private set; }

    public SessionPool Sessions { get; }

    /// <summary>Workers that run, idle ones included.</summary>
    public int Workers { get; set; }

    /// <summary>The configuration names it no longer: its workers end with what they have.</summary>
    public bool IsGone { get; set; }

    /// <summary>Entries that wait for a worker.</summary>
    public int Waiting { get; private set; }

    /// <summary>Begins a probe; <see langword="false"/> when one is running.</summary>
    public bool StartProbe() => Interlocked.Exchange(ref _probing, 1) == 0;

    public void EndProbe() => Volatile.Write(ref _probing, 0);

    /// <summary>Takes the model of a reload. One that changed starts with a clean slate: a new secret is tried at once.</summary>
    public void Update(UpstreamModel model, TimeSpan dwell, DateTimeOffset now)
    {
        if (model != Model)
            Health = new UpstreamHealth(dwell, now);
        Model = model;
    }

    /// <summary>Hands an entry to an idle worker.</summary>
    public bool TryHandOver(ReadyEntry entry)
    {
        if (!_idle.TryPop(out var worker))
            return false;
        worker.SetResult(entry);
        return true;
    }

    /// <summary>Lets an entry wait; directions take turns, so that a long one does not keep the others waiting.</summary>
    public void Enqueue(ReadyEntry entry)
    {
        if (!_waiting.TryGetValue(entry.Home, out var queue))
            _waiting[entry.Home] = queue = new Queue<ReadyEntry>();
        if (queue.Count == 0)
            _turns.Enqueue(entry.Home);
        queue.Enqueue(entry);
        Waiting++;
    }

    /// <summary>The next entry, or <see langword="null"/> when none waits.</summary>
    public ReadyEntry? Dequeue()
    {
        if (!_turns.TryDequeue(out var direction))
            return null;
        var queue = _waiting[direction];
        var entry = queue.Dequeue();
        Waiting--;
        if (queue.Count > 0)
            _turns.Enqueue(direction);
        else
            _waiting.Remove(direction);
        return entry;
    }

    /// <summary>Registers an idle worker; its task ends with an entry, or with <see langword="null"/> when the worker is to stop.</summary>
    public TaskCompletionSource<ReadyEntry?> AddIdle()
    {
        var worker = new TaskCompletionSource<ReadyEntry?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _idle.Push(worker);
        return worker;
    }

    /// <summary>Sends all idle workers home.</summary>
    public void DismissIdle()
    {
        while (_idle.TryPop(out var worker))
            worker.SetResult(null);
    }
}
