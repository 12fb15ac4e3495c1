using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>What lives of an upstream across reloads: its health, its idle sessions, and the entries that wait for one of its workers.</summary>
/// <remarks>All but the session pool, the resting credentials and what is known of the host's extensions belongs to the schedule's lock.</remarks>
public sealed class UpstreamState
{
    private readonly Stack<TaskCompletionSource<ReadyEntry?>> _idle = [];
    private volatile Offer? _offer;
    private int _probing;

    // A timestamp; 0: none yet of this model.
    private long _lastLogin;

    public UpstreamState(UpstreamModel model, TimeSpan dwell, DateTimeOffset now, TimeProvider time)
    {
        Model = model;
        Rate = new RateBucket(model.Rate, now);
        Concurrency = new Concurrency(model.MaxConnections);
        Sessions = new SessionPool(time);
        Resting = new RestingCredentials(time);
        Slowness = new Slowness(time);
        Health = new UpstreamHealth(dwell, now);
    }

    /// <summary>The model of the last reload.</summary>
    public UpstreamModel Model { get; private set; }

    public UpstreamHealth Health { get; private set; }

    public SessionPool Sessions { get; }

    public RestingCredentials Resting { get; }

    public RefusedParameters RefusedParameters { get; } = new();

    /// <summary>The senders that are refused there.</summary>
    public SenderRests Refused { get; } = new();

    /// <summary>Until when it gets nothing because it found that too much, on the clock that is never stepped; <see langword="null"/> when it does not rest.</summary>
    public DateTimeOffset? RestsUntil { get; set; }

    /// <summary>How long probes took, from connecting to the answer to EHLO or AUTH.</summary>
    public ResponseTimes ProbeTimes { get; } = new();

    public Slowness Slowness { get; }

    /// <summary>When a worker got an entry last.</summary>
    public DateTimeOffset LastBegun { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>All its workers wait for it, and have for a while.</summary>
    public bool IsStalled { get; set; }

    /// <summary>Whether it keeps mail waiting: others of its tier go before it.</summary>
    public bool IsSlow => IsStalled || Slowness.IsSlow;

    public RateBucket Rate { get; }

    public Concurrency Concurrency { get; }

    /// <summary>Workers that have an entry.</summary>
    public int Busy => Workers - _idle.Count;

    /// <summary>Goes off when the rate lets the next entry through, or the rest is over.</summary>
    public ITimer? Alarm { get; set; }

    /// <summary>Workers that run, idle ones included.</summary>
    public int Workers { get; set; }

    /// <summary>The configuration names it no longer: its workers end with what they have.</summary>
    public bool IsGone { get; set; }

    /// <summary>Entries that wait for a worker.</summary>
    public FairQueue Waiting { get; } = new();

    /// <summary>Whether the last session or probe found no SMTPUTF8 (RFC 6531). An upstream that was not seen yet may have it, unless its preset knows better.</summary>
    public bool LacksSmtpUtf8
    {
        get
        {
            var model = Model;
            return !(_offer is { } offer && ReferenceEquals(offer.Model, model) ? offer.SmtpUtf8 : model.Preset?.SmtpUtf8 ?? true);
        }
    }

    /// <summary>Notes what a session or probe of this model was offered.</summary>
    public void Note(UpstreamModel model, SmtpCapabilities capabilities) => _offer = new Offer(model, capabilities.SmtpUtf8);

    /// <summary>Notes that somebody logs in, so that probes need not.</summary>
    public void NoteLogin(TimeProvider time) => Volatile.Write(ref _lastLogin, time.GetTimestamp());

    /// <summary>Whether nobody has logged in for a time.</summary>
    public bool IsLoginOlderThan(TimeSpan age, TimeProvider time) =>
        Volatile.Read(ref _lastLogin) is 0 || time.GetElapsedTime(Volatile.Read(ref _lastLogin)) >= age;

    /// <summary>Begins a probe; <see langword="false"/> when one is running.</summary>
    public bool StartProbe() => Interlocked.Exchange(ref _probing, 1) == 0;

    public void EndProbe() => Volatile.Write(ref _probing, 0);

    /// <summary>Takes the model of a reload. One that changed starts with a clean slate: a new secret is tried at once.</summary>
    public void Update(UpstreamModel model, TimeSpan dwell, DateTimeOffset now)
    {
        var isSame = IsSame(model, Model);
        if (!isSame)
        {
            (Health, RestsUntil) = (new UpstreamHealth(dwell, now), null);
            Volatile.Write(ref _lastLogin, 0);
            Slowness.Forget();
        }
        Rate.Change(model.Rate, now);
        Concurrency.Change(model.MaxConnections);
        Sessions.Bound(Concurrency.Limit);
        _offer = isSame && _offer is { } offer && ReferenceEquals(offer.Model, Model) ? offer with { Model = model } : null;
        Model = model;
    }

    // Two models of one file are equal in all but the identity of their lists.
    private static bool IsSame(UpstreamModel a, UpstreamModel b) =>
        a with { DomainCredentials = [], Credential = null, AddedFields = [], SendingAddresses = [] }
            == b with { DomainCredentials = [], Credential = null, AddedFields = [], SendingAddresses = [] }
        && a.AddedFields.SequenceEqual(b.AddedFields)
        && IsSame(a.Credential, b.Credential)
        && a.DomainCredentials.Length == b.DomainCredentials.Length
        && a.DomainCredentials.Zip(b.DomainCredentials).All(pair => IsSame(pair.First, pair.Second));

    private static bool IsSame(CredentialModel? a, CredentialModel? b) =>
        a?.Id == b?.Id && a?.Username == b?.Username && a?.Password == b?.Password && (a?.Domains ?? []).SequenceEqual(b?.Domains ?? []);

    /// <summary>Hands an entry to an idle worker.</summary>
    public bool TryHandOver(ReadyEntry entry)
    {
        if (!_idle.TryPop(out var worker))
            return false;
        worker.SetResult(entry);
        return true;
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

    // What another model was offered, be it by a session that is older than a reload, tells nothing of this one.
    private sealed record Offer(UpstreamModel Model, bool SmtpUtf8);
}
