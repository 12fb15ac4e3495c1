using System.Collections.Immutable;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

/// <summary>Where the stores of one implementation live during a test, which ends with it.</summary>
public abstract class StoreHarness : IDisposable
{
    /// <summary>Opens the test's store; a second time: the same data.</summary>
    public abstract Task<IStore> OpenAsync(TimeProvider time);

    /// <summary>Writes a file where large messages arrive.</summary>
    public abstract string WriteIncoming(byte[] content);

    public abstract void Dispose();
}

/// <summary>What every implementation of <see cref="IStore"/> is tested with: a fresh store, a clock, and short ways to ask.</summary>
public abstract class StoreContract(StoreHarness harness) : IAsyncLifetime
{
    protected static readonly DateOnly Today = new(2026, 3, 2);

    protected FakeTime Time { get; } = new();

    protected IStore Store { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Store = await harness.OpenAsync(Time);

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        harness.Dispose();
        GC.SuppressFinalize(this);
    }

    protected async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = await harness.OpenAsync(Time);
    }

    /// <summary>Writes a file where large messages arrive.</summary>
    protected string WriteIncoming(byte[] content) => harness.WriteIncoming(content);

    /// <summary>Lets days pass without each second's timers.</summary>
    protected void Pass(TimeSpan time) => Time.Set(Time.GetUtcNow() + time);

    protected static CounterKey Key(string name, CounterScope scope = CounterScope.Sender) => new(scope, name, Today);

    protected static CounterClaim Claim(string name, long limit = long.MaxValue, long expected = long.MaxValue) => new(Key(name), limit, expected);

    protected SenderCandidate Candidate(string sender, params CounterClaim[] claims) =>
        new(sender, Today, Time.GetUtcNow(), claims is [] ? [Claim(sender)] : [.. claims]);

    protected static EntryDraft Draft(string recipient, byte digest = 0, bool sticky = false, string? known = null)
    {
        var octets = new byte[16];
        octets[^1] = digest;
        return new EntryDraft(recipient, recipient.ToLowerInvariant(), digest == 0 ? default : octets, sticky, known);
    }

    protected EntryGroup Group(SenderCandidate[] candidates, params EntryDraft[] drafts) => new([.. candidates], [.. drafts], Time.GetUtcNow());

    protected AcceptRequest Request(params EntryGroup[] groups) => new()
    {
        Client = "crm",
        Direction = "sales",
        ReversePath = "crm@client.example",
        ReceivedAt = Time.GetUtcNow(),
        ExpiresAt = Time.GetUtcNow().AddDays(3),
        Received = id => System.Text.Encoding.ASCII.GetBytes($"Received: by relay id {QueueId.Format(id)}\r\n"),
        Content = "Subject: hello\r\n\r\nhello\r\n"u8.ToArray(),
        Length = 25,
        NeedsSmtpUtf8 = false,
        Has8Bit = false,
        OriginalMessageId = "1@client.example",
        DuplicateWindow = TimeSpan.FromHours(1),
        Groups = [.. groups],
    };

    /// <summary>Accepts one entry for a sender of unlimited budget.</summary>
    protected async Task<QueueEntry> AcceptOneAsync(string recipient = "jane@example.com", string sender = "a@s.example") =>
        (await AcceptAsync(Request(Group([Candidate(sender)], Draft(recipient))))).Entries[0];

    protected async Task<AcceptResult.Accepted> AcceptAsync(AcceptRequest request) =>
        Assert.IsType<AcceptResult.Accepted>(await Store.AcceptAsync(request));

    protected ValueTask<LeaseResult> LeaseAsync(long id, int epoch, byte[]? frozen = null) => Store.LeaseAsync(
        new LeaseRequest(id, epoch, "sendgrid", "key1", "corr" + epoch, frozen ?? "frozen"u8.ToArray(), TimeSpan.FromMinutes(10)));

    protected ValueTask<SettleResult> SettleAsync(long id, int epoch, EntryState state, params CounterKey[] giveBack) =>
        Store.SettleAsync(new Settlement
        {
            EntryId = id,
            Epoch = epoch,
            State = state,
            Due = Time.GetUtcNow().AddMinutes(5),
            UsedStep = state == EntryState.Queued,
            Stage = AttemptStage.FinalDot,
            Code = 250,
            Reply = "2.0.0 ok",
            SentMessageId = state == EntryState.Relayed ? $"{id}@s.example" : null,
            GiveBack = [.. giveBack],
        });

    protected async Task<ActionOutcome> ApplyAsync(EntryActionKind kind, long id, params SenderCandidate[] candidates) =>
        (await Store.ApplyAsync(new EntryAction(kind, [id], "alice", "a test", GiveBack)
        {
            Candidates = [.. candidates],
            ExpiresAt = Time.GetUtcNow().AddDays(3),
        }))[0].Outcome;

    protected static ImmutableArray<CounterKey> GiveBack(QueueEntry entry) => [Key(entry.Sender!)];

    protected async Task<QueueEntry> ReadAsync(long id) => (await Store.LoadAsync(id, CancellationToken.None))!.Entry;

    protected async Task<long> UsedAsync(string name)
    {
        var counters = await Store.ReadCountersAsync(Today, CancellationToken.None);
        return counters.SingleOrDefault(counter => counter.Key == Key(name)).Used;
    }

    /// <summary>Brings a new entry into a state by the ways there are.</summary>
    protected async Task<QueueEntry> MakeAsync(EntryState state, string recipient = "jane@example.com")
    {
        var entry = await AcceptOneAsync(recipient);
        if (state == EntryState.Held)
            await ApplyAsync(EntryActionKind.Hold, entry.Id);
        else if (state == EntryState.Dropped)
            await ApplyAsync(EntryActionKind.Drop, entry.Id);
        else if (state != EntryState.Queued)
        {
            await LeaseAsync(entry.Id, 0);
            if (state != EntryState.Leased)
                await SettleAsync(entry.Id, 1, state);
        }
        return await ReadAsync(entry.Id);
    }
}
