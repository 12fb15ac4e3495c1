using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Outcome.Unsubscribe;
using OutreachRelay.Store;

namespace OutreachRelay.Tests;

/// <summary>Suppression and opt-outs put together as the relay does.</summary>
internal sealed class SuppressionParts
{
    public SuppressionParts(IStore store, RelayState relay, TimeProvider time)
    {
        Book = new SuppressionBook(store, Key, relay, time, NullLogger<SuppressionBook>.Instance);
        Ring = new TokenRing(relay, NullLogger<TokenRing>.Instance);
        Links = new UnsubscribeLinks(store, Ring, Book);
        OptOuts = new OptOuts(store, Ring, Book, relay, time);
    }

    public static SuppressionKey Key { get; } = new("0123456789abcdef0123456789abcdef"u8);

    public SuppressionBook Book { get; }
    public TokenRing Ring { get; }
    public UnsubscribeLinks Links { get; }
    public OptOuts OptOuts { get; }

    public static RecipientHash Hash(string address) => Key.Of(Models.Mailbox(address));
}
