using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;
using OutreachRelay.Outcome.Events;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Suppression;

/// <summary>Who is not mailed: the one entrance for all that suppresses, and the one place that is asked.</summary>
/// <remarks>
/// A filter in memory answers for those who were never suppressed; for the others, and until it is filled, the store is asked. A recipient is in the
/// filter before the write that suppresses it is on its way, so whoever was told that it is suppressed finds it so.
/// </remarks>
public sealed partial class SuppressionBook(IStore store, SuppressionKey key, RelayState relay, TimeProvider time, ILogger<SuppressionBook> logger)
{
    private const int LoadPage = 10_000;
    private const int MostSource = 200;

    // How long filling the filter rests after it failed.
    private static readonly TimeSpan LoadRest = TimeSpan.FromSeconds(5);

    private readonly RecipientFilter _filter = new();
    private volatile bool _isLoaded;

    /// <summary>Whether the filter answers; until then every question is the store's.</summary>
    public bool IsLoaded => _isLoaded;

    /// <summary>The recipient's hash.</summary>
    public RecipientHash HashOf(Mailbox recipient) => key.Of(recipient);

    /// <summary>Fills the filter from the store; a failing store is asked again and again.</summary>
    public async Task LoadAsync(CancellationToken cancel)
    {
        while (!_isLoaded && !cancel.IsCancellationRequested)
        {
            try
            {
                await FillAsync(cancel);
            }
            catch (Exception e) when (e is StoreException)
            {
                Log.NotLoaded(logger, e);
                await Task.Delay(LoadRest, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Whether a recipient may be suppressed: no I/O, no waiting. What it denies is true.</summary>
    public bool MayBeSuppressed(RecipientHash recipient) => !_isLoaded || _filter.MayContain(recipient);

    /// <summary>Why a client's direction must not mail a recipient now, or <see langword="null"/>.</summary>
    /// <param name="direction"><see langword="null"/> when it is not known yet.</param>
    /// <exception cref="StoreUnavailableException">The store had to be asked and cannot be read.</exception>
    public ValueTask<SuppressionRecord?> FindAsync(string client, string? direction, Mailbox recipient, CancellationToken cancel)
    {
        var hash = key.Of(recipient);
        return MayBeSuppressed(hash) ? store.FindSuppressionAsync(hash, client, direction, cancel) : default;
    }

    /// <summary>Why an entry must not be sent now, or <see langword="null"/>.</summary>
    /// <inheritdoc cref="FindAsync(string, string?, Mailbox, CancellationToken)"/>
    public ValueTask<SuppressionRecord?> FindAsync(QueueEntry entry, CancellationToken cancel) =>
        Mailbox.TryParse(entry.Recipient, out var recipient, out _) ? FindAsync(entry.Client, entry.Direction, recipient, cancel) : default;

    /// <summary>Suppresses a recipient, or with <see cref="SuppressionReason.SoftBounce"/> counts towards its quarantine. When it returns, that is on disk.</summary>
    /// <param name="client"><see langword="null"/> for all clients.</param>
    /// <param name="source">Where it comes from, such as <c>sendgrid webhook</c>; at most 200 characters are kept.</param>
    /// <param name="at">When it happened.</param>
    public async ValueTask<SuppressOutcome> SuppressAsync(
        string? client, Mailbox recipient, SuppressionReason reason, string source, DateTimeOffset at)
    {
        if (Request(client, recipient, reason, source, at) is not { } request)
            return SuppressOutcome.Existing;
        return (await SuppressAsync([request]))[0];
    }

    /// <summary>Suppresses recipients in one write.</summary>
    /// <param name="requests">At most 1,000.</param>
    public async ValueTask<IReadOnlyList<SuppressOutcome>> SuppressAsync(IReadOnlyList<SuppressRequest> requests)
    {
        foreach (var request in requests)
            _filter.Add(request.Recipient);
        var outcomes = await store.SuppressAsync(requests);
        for (var i = 0; i < outcomes.Length; i++)
            SuppressionMetrics.Suppressed(requests[i].Reason, outcomes[i]);
        return outcomes;
    }

    /// <summary>What is to be written where a recipient is suppressed together with something else; it counts as suppressed in memory from now on.</summary>
    /// <returns><see langword="null"/> when soft bounces are not counted.</returns>
    public SuppressRequest? Request(string? client, Mailbox recipient, SuppressionReason reason, string source, DateTimeOffset at)
    {
        var rule = reason == SuppressionReason.SoftBounce ? relay.Model.Policy.SoftBounces : null;
        if (reason == SuppressionReason.SoftBounce && rule is null)
            return null;
        var hash = key.Of(recipient);
        _filter.Add(hash);
        return new SuppressRequest(hash, new SuppressionScope(client), reason, at, VisibleText.Escape(source, MostSource))
        {
            Address = SuppressionKey.Normalize(recipient),
            Rule = rule,
        };
    }

    /// <summary>Suppresses whom news of a mail tell of.</summary>
    /// <returns>Whether that is on disk.</returns>
    public async Task<bool> TakeAsync(SuppressCall call) =>
        !Mailbox.TryParse(call.Recipient, out var recipient, out _)
        || await SuppressAsync(call.Client, recipient, call.Reason, call.Source, call.Time) != SuppressOutcome.Unavailable;

    /// <summary>Ends a suppression of exactly this scope.</summary>
    /// <param name="evenIfAsked">Whether also one that the recipient asked for.</param>
    public ValueTask<UnsuppressOutcome> EndAsync(RecipientHash recipient, SuppressionScope scope, bool evenIfAsked) =>
        store.UnsuppressAsync(recipient, scope, evenIfAsked);

    /// <summary>Removes a person from all that the store keeps. Only the hash stays, under which nobody mails the person again.</summary>
    /// <param name="giveBack">The counters to which the unit of an entry that is dropped returns.</param>
    public ValueTask<EraseResult> EraseAsync(Mailbox person, string who, Func<QueueEntry, ImmutableArray<CounterKey>> giveBack)
    {
        var hash = key.Of(person);
        _filter.Add(hash);
        var suppress = new SuppressRequest(hash, SuppressionScope.Global, SuppressionReason.Erasure, time.GetUtcNow(), VisibleText.Escape(who, MostSource));
        return store.EraseAsync(new EraseRequest(SuppressionKey.Normalize(person), suppress, who, giveBack));
    }

    // Hashes are evenly spread, so the first page tells how many there are.
    private async Task FillAsync(CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var count = 0L;
        for (var after = default(RecipientHash); ;)
        {
            var page = await store.ReadSuppressedAsync(after, LoadPage, cancel);
            if (count == 0)
                _filter.Reserve(page.Length < LoadPage ? page.Length : (long)(1.25 * LoadPage * ((double)UInt128.MaxValue / (double)page[^1].Value)));
            foreach (var recipient in page)
                _filter.Add(recipient);
            count += page.Length;
            if (page.Length < LoadPage)
                break;
            after = page[^1];
        }
        _isLoaded = true;
        Log.Loaded(logger, count, _filter.Size, time.GetElapsedTime(started).TotalSeconds);
    }

    private static partial class Log
    {
        [LoggerMessage(5100, LogLevel.Information, "{Count} suppressions are known in memory, {Octets} octets, after {Seconds:0.0} s")]
        public static partial void Loaded(ILogger logger, long count, long octets, double seconds);

        [LoggerMessage(5101, LogLevel.Error, "Suppressions could not be read into memory; each recipient is looked up on disk, and reading is tried again")]
        public static partial void NotLoaded(ILogger logger, Exception e);
    }
}
