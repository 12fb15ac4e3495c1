using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Deliver.Rendering;

/// <summary>What becomes of <c>Reply-To</c> when the author is replaced.</summary>
internal static class ReplyToRule
{
    // More authors than this are no authors but a mistake.
    private const int MaxAuthors = 10;

    /// <param name="author">The original's <c>From</c>, or <see langword="null"/>.</param>
    /// <param name="replyTo">The original's <c>Reply-To</c>; <see langword="null"/> when it is missing or blank.</param>
    /// <returns>The value to write, or <see langword="null"/>; and whether what is there goes without replacement.</returns>
    public static (string? ReplyTo, bool Remove) Decide(ReplyToModel rule, AddressList? author, AddressList? replyTo, bool mayUseUtf8)
    {
        switch (rule.Mode)
        {
            case ReplyToMode.OriginalFrom when replyTo is null:
                return (ToValue(author, mayUseUtf8), false);
            case ReplyToMode.Sender:
                return (null, replyTo is not null && NamesAuthor(replyTo, author));
            case ReplyToMode.Address when replyTo is null || NamesAuthor(replyTo, author):
                return (AddressWriter.ToAddress(rule.Address!), false);
            default:
                return (null, false);
        }
    }

    private static string? ToValue(AddressList? author, bool mayUseUtf8)
    {
        var addresses = new List<Address>();
        foreach (var address in author?.Addresses ?? [])
        {
            foreach (var entry in address.IsGroup ? address.Members : [address])
            {
                if (entry.Mailbox is { } mailbox && (mayUseUtf8 || !mailbox.NeedsUtf8) && addresses.Count < MaxAuthors)
                    addresses.Add(entry);
            }
        }
        return addresses.Count == 0 ? null : AddressWriter.ToValue(addresses, "Reply-To: ".Length);
    }

    private static bool NamesAuthor(AddressList replyTo, AddressList? author)
    {
        var authors = author?.Mailboxes().Take(MaxAuthors).Select(mailbox => mailbox.Key).ToArray() ?? [];
        return replyTo.Mailboxes().Any(mailbox => authors.Contains(mailbox.Key));
    }
}
