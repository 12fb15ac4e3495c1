using System.Collections.Concurrent;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Unsubscribe;

/// <summary>How a recipient unsubscribes.</summary>
/// <param name="Link">An https URL.</param>
/// <param name="Mailbox">To which they may write instead; <see langword="null"/> for none.</param>
public sealed record UnsubscribeWays(string Link, string? Mailbox = null);

/// <summary>Makes the link to unsubscribe of an entry, and the address.</summary>
public sealed class UnsubscribeLinks(IStore store, TokenRing ring, SuppressionBook suppressions)
{
    // Names come from configurations, so their number is bounded by these.
    private readonly ConcurrentDictionary<string, long> _numbers = [];

    /// <param name="returnPath">The domain at which mail for the sender comes back, or <see langword="null"/>.</param>
    /// <returns><see langword="null"/> where the direction adds no link, or nobody could open it.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot be read.</exception>
    public async ValueTask<UnsubscribeWays?> MakeAsync(RelayModel model, DirectionModel direction, string? returnPath, QueueEntry entry, CancellationToken cancel)
    {
        if (!direction.AddsUnsubscribe || model.Http.LinkBase is not { } start || !Mailbox.TryParse(entry.Recipient, out var recipient, out _))
            return null;
        var token = new UnsubscribeToken(
            suppressions.HashOf(recipient), await NumberOfAsync(entry.Client, cancel),
            direction.UnsubscribesDirection ? await NumberOfAsync(entry.Direction, cancel) : 0, entry.Id);
        var mailbox = direction.AddsUnsubscribeMailbox && returnPath is not null ? UnsubscribeMailbox.Make(token, returnPath, ring.Keys) : null;
        return new UnsubscribeWays($"{start}/u/{token.Encode(ring.Keys)}", mailbox);
    }

    private async ValueTask<long> NumberOfAsync(string name, CancellationToken cancel)
    {
        if (_numbers.TryGetValue(name, out var known))
            return known;
        // The entry refers to it, so it is there.
        var number = await store.FindNameAsync(name, cancel) ?? throw new StoreDamagedException("a name is missing in relay.db");
        return _numbers[name] = number;
    }
}
