using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Unsubscribe;

/// <summary>What a link offers to its holder: to get no more mail of a client, or of one direction.</summary>
/// <param name="ClientName">The client as recipients know it.</param>
public sealed record OptOutOffer(UnsubscribeToken Token, SuppressionScope Scope, string ClientName);

/// <summary>Recipients' links: what they offer, and taking them at their word.</summary>
public sealed class OptOuts(IStore store, TokenRing ring, SuppressionBook suppressions, RelayState relay, TimeProvider time)
{
    private const string ByLink = "unsubscribe link";
    private const string ByMail = "unsubscribe mail";

    /// <summary>What a token offers; <see langword="null"/> for one that is not ours. Client and direction need not be configured any more.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be read.</exception>
    public async ValueTask<OptOutOffer?> ReadAsync(string token, CancellationToken cancel)
    {
        return UnsubscribeToken.TryDecode(token, ring.Keys, out var read) ? await ReadAsync(read, cancel) : null;
    }

    /// <summary>Takes a mail to an address to unsubscribe for what it is, whoever wrote it and whatever it says.</summary>
    /// <returns>Whether it is on disk; <see langword="null"/> when the token is about nobody's mail.</returns>
    public async ValueTask<bool?> TakeMailAsync(UnsubscribeToken token)
    {
        try
        {
            return await ReadAsync(token, CancellationToken.None) is { } offer ? await AcceptAsync(offer, ByMail) : null;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private async ValueTask<OptOutOffer?> ReadAsync(UnsubscribeToken read, CancellationToken cancel)
    {
        if (await store.ReadNameAsync(read.Client, cancel) is not { } client)
            return null;
        var direction = read.Direction == 0 ? null : await store.ReadNameAsync(read.Direction, cancel);
        // A direction that the store does not know must not become the whole client.
        return read.Direction != 0 && direction is null
            ? null
            : new OptOutOffer(read, new SuppressionScope(client, direction), relay.Model.Clients.GetValueOrDefault(client)?.DisplayName ?? client);
    }

    /// <summary>Suppresses the recipient for what the link offers. Doing it again changes nothing.</summary>
    /// <returns>Whether it is on disk.</returns>
    public ValueTask<bool> AcceptAsync(OptOutOffer offer) => AcceptAsync(offer, ByLink);

    private async ValueTask<bool> AcceptAsync(OptOutOffer offer, string source)
    {
        var request = new SuppressRequest(offer.Token.Recipient, offer.Scope, SuppressionReason.OptOut, time.GetUtcNow(), source) { EntryId = offer.Token.Entry };
        return (await suppressions.SuppressAsync([request]))[0] != SuppressOutcome.Unavailable;
    }
}
