using System.Security.Cryptography;
using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Outcome.Unsubscribe;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver.Rendering;

/// <summary>Decides, once per queue entry, everything about its rendering that is a choice.</summary>
public static class RenderingFreezer
{
    /// <summary>Freezes the rendering of one entry: pure, equal arguments give equal results.</summary>
    /// <param name="recipient">The entry's recipient, <c>local-part@domain</c>.</param>
    /// <param name="sender">Who it is sent as; <see langword="null"/> for a message that is not rotated.</param>
    /// <param name="domain">What is known of the sender's domain; its return path, where there is one, carries the token, so that a bounce tells its entry; its keys sign.</param>
    /// <param name="hostname">Our own name, for identifiers of messages without a sender.</param>
    /// <param name="now">The first lease.</param>
    /// <param name="token">Opaque and unique to the entry: 1 to 62 letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="keys">Sign the return path.</param>
    /// <param name="unsubscribe">How the recipient unsubscribes; added unless the client's own field says where, or the message is a notification.</param>
    public static FrozenRendering Freeze(
        StoredMessage original, string recipient, DirectionModel direction, SenderModel? sender, DomainModel? domain, string hostname, DateTimeOffset now, string token,
        TokenKeys keys, UnsubscribeWays? unsubscribe = null)
    {
        // Whole seconds: more cannot be written in a Date field or in a signature's t= tag.
        var second = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        var fields = OriginalFields.Read(original);
        var isNotification = original.ReversePath is null;
        if (fields.HasUnsubscribe || isNotification)
            unsubscribe = null;
        var frozen = new FrozenRendering
        {
            Recipient = recipient,
            ReversePath = ReversePath(original, sender, domain, token, keys),
            MessageId = !fields.HasMessageId || (sender is not null && direction.RewriteMessageId && !isNotification) ? MessageId(now, token, sender?.Domain ?? hostname) : null,
            Date = fields.HasDate ? null : second,
            Token = token,
            SignedAt = second,
            Selectors = Signing.Selectors(domain),
            Hostname = hostname,
            UnsubscribeLink = unsubscribe?.Link,
            UnsubscribeMailbox = unsubscribe?.Mailbox,
        };
        if (sender is null)
            return frozen;
        // Its author is the sender already. The rest is as whoever notifies wrote it; only a name that poses as an address is not kept.
        if (isNotification)
            return frozen with { From = sender.Address, FromDisplayName = KeptName(fields.Author, sender) };
        var (replyTo, removeReplyTo) = ReplyToRule.Decide(direction.ReplyTo, fields.Author, fields.ReplyTo, original.NeedsSmtpUtf8);
        return frozen with
        {
            From = sender.Address,
            FromDisplayName = direction.KeepDisplayName ? KeptName(fields.Author, sender) : DisplayName.Clean(sender.DisplayName),
            ReplyTo = replyTo,
            RemoveReplyTo = removeReplyTo,
        };
    }

    // RFC 5321 §4.5.5: a null reverse-path stays null, or a notification could be answered by another.
    private static string ReversePath(StoredMessage original, SenderModel? sender, DomainModel? domain, string token, TokenKeys keys)
    {
        if (original.ReversePath is null || sender is null)
            return original.ReversePath ?? "";
        return domain?.ReturnPath is { } returnPath ? ReturnPath.Make(token, returnPath, keys) : AddressWriter.ToAddress(sender.Address);
    }

    // The token opens links and names bounces, the Message-ID is quoted by whoever answers: so only a hash of the token is in it.
    private static string MessageId(DateTimeOffset now, string token, string domain)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        return $"{EntryToken.Make(now, hash[..16])}@{domain}";
    }

    // A name that could not be read as it was meant is dropped; one that poses as an address is replaced; without an author there was no name to keep.
    private static string KeptName(AddressList? author, SenderModel sender)
    {
        var name = author is null ? null : DisplayName.Clean(author.Addresses.FirstOrDefault()?.DisplayName ?? "");
        if (name is null || DisplayName.ContainsAddress(name))
            return DisplayName.Clean(sender.DisplayName);
        return author!.IsValid ? name : "";
    }
}

/// <summary>The fields of an original that decisions look at.</summary>
internal readonly ref struct OriginalFields
{
    public AddressList? Author { get; private init; }
    public AddressList? ReplyTo { get; private init; }
    public bool HasMessageId { get; private init; }
    public bool HasDate { get; private init; }
    public bool HasUnsubscribe { get; private init; }

    public static OriginalFields Read(StoredMessage original)
    {
        AddressList? author = null;
        AddressList? replyTo = null;
        var hasMessageId = false;
        var hasDate = false;
        var hasUnsubscribe = false;
        foreach (var field in MessageRenderer.ReadHeader(original))
        {
            if (field.Is("From"u8) && !field.IsBlank)
                author ??= AddressList.Parse(field.Value);
            else if (field.Is("Reply-To"u8) && !field.IsBlank)
                replyTo ??= AddressList.Parse(field.Value);
            else if (field.Is("Message-ID"u8))
                hasMessageId |= !field.IsBlank;
            else if (field.Is("Date"u8))
                hasDate |= !field.IsBlank;
            else if (field.Is("List-Unsubscribe"u8))
                hasUnsubscribe |= !field.IsBlank;
        }
        return new OriginalFields { Author = author, ReplyTo = replyTo, HasMessageId = hasMessageId, HasDate = hasDate, HasUnsubscribe = hasUnsubscribe };
    }
}
