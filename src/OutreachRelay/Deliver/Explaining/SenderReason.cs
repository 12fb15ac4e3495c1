using OutreachRelay.Protocols.Mime;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver.Explaining;

/// <summary>Why an entry has the sender that it has.</summary>
public enum SenderChoice
{
    /// <summary>It has none yet.</summary>
    None,

    /// <summary>Its thread, or an earlier mail to its recipient, is the sender's.</summary>
    Bound,

    /// <summary>The sender was the emptiest that could send; or an earlier mail to the recipient, which had not left then, is the sender's.</summary>
    Free,

    /// <summary>The client named it as the author.</summary>
    Named,

    /// <summary>Another sender's mail was given to it.</summary>
    Reassigned,

    /// <summary>It was chosen at acceptance; whether freely is not kept once an attempt was begun.</summary>
    Accepted,
}

/// <param name="Detail">Of a reassignment: when and why; may hold an operator's words.</param>
public readonly record struct SenderReason(SenderChoice Choice, string Detail = "")
{
    public static SenderReason Of(QueueEntry entry, StoredMessage? message, IEnumerable<StoreEvent> events)
    {
        if (entry.Sender is null)
            return new SenderReason(SenderChoice.None);
        if (events.LastOrDefault(static done => done.Kind == StoreEventKind.Reassign) is { } reassigned)
            return new SenderReason(SenderChoice.Reassigned, $"at {WaitText.Of(reassigned.At)} by {reassigned.Who}: {reassigned.Reason}");
        if (message is not null && IsAuthor(message, entry.Sender))
            return new SenderReason(SenderChoice.Named);
        return new SenderReason(entry.Rank switch
        {
            EntryRank.Tried => SenderChoice.Accepted,
            <= EntryRank.FollowUpLow => SenderChoice.Bound,
            _ => SenderChoice.Free,
        });
    }

    private static bool IsAuthor(StoredMessage message, string sender) =>
        HeaderSection.TryRead(message.Content, HeaderLimits.Default, out var header, out _)
        && header.TryFind("From"u8, out var field) && AddressList.Parse(field.Value).FirstMailbox?.Key == sender;
}
