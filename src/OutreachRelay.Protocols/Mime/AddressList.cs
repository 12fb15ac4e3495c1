using System.Collections.Immutable;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Mime;

/// <summary>The value of <c>From</c>, <c>Sender</c>, <c>Reply-To</c>, <c>To</c> or <c>Cc</c> (RFC 5322 §3.4), the obsolete forms of §4.4 included.</summary>
/// <param name="Addresses">Everything that could be read, in order.</param>
/// <param name="Error">The first fault; a value with one may be worth reading, but not worth trusting.</param>
public sealed record AddressList(ImmutableArray<Address> Addresses, AddressError Error)
{
    public const int DefaultMaxAddresses = 1_000;

    public bool IsValid => Error.Fault == AddressFault.None;

    /// <summary>The first address that mail can be sent to, members of groups included.</summary>
    public Mailbox? FirstMailbox => Mailboxes().FirstOrDefault();

    /// <summary>Reads a value in time linear to its length, whatever it holds.</summary>
    /// <param name="value">The octets after the colon, folding included.</param>
    /// <param name="maxAddresses">Elements looked at, well-formed or not; groups count as one more.</param>
    public static AddressList Parse(ReadOnlySpan<byte> value, int maxAddresses = DefaultMaxAddresses) => new AddressParser(value, maxAddresses).Parse();

    /// <summary>Every address that mail can be sent to, in order, members of groups included.</summary>
    public IEnumerable<Mailbox> Mailboxes()
    {
        foreach (var address in Addresses)
        {
            if (address.Mailbox is { } mailbox)
                yield return mailbox;
            foreach (var member in address.Members)
            {
                if (member.Mailbox is { } inner)
                    yield return inner;
            }
        }
    }
}
