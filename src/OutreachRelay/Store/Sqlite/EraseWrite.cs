using System.Globalization;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Removes a person from all that is kept. Everything refers to the one row of the recipient, which loses its address.</summary>
/// <remarks>The rows of entries stay, without a recipient, so that counts and the other recipients of their messages are as they were.</remarks>
internal sealed class EraseWrite(EraseRequest request, Action<string> deleteFile) : Write<EraseResult>
{
    /// <summary>Of the addresses that stand for those that were erased (RFC 2606 §2).</summary>
    internal const string Domain = "@erased.invalid";

    private readonly List<string> _files = [];
    private EraseResult _result;

    internal override void Apply(WriteSession session)
    {
        _files.Clear();
        SuppressWrite.Apply(session, request.Suppress);
        session.Suppressions.Hide(request.Suppress.Recipient);
        session.Erasure.EraseLooseEvents(request.Key);
        var (entries, running) = (0, 0);
        foreach (var recipient in session.Erasure.FindRecipients(request.Key))
        {
            var isRunning = 0;
            foreach (var id in session.Erasure.FindEntries(recipient))
            {
                if (!session.Entries.TryReadHead(id, out var entry))
                    continue;
                if (entry.State == EntryState.Leased)
                {
                    isRunning++;
                    continue;
                }
                if (entry.State < EntryState.Relayed)
                    session.End(entry, EntryState.Dropped, request.GiveBack);
                session.Erasure.EraseEntry(id);
                EraseContent(session, entry.MessageId);
                entries++;
            }
            running += isRunning;
            session.Erasure.EraseAssignments(recipient);
            // Until its attempt has ended, the upstream's reply is still to be written beside it.
            if (isRunning == 0)
                session.Erasure.Rename(recipient, string.Create(CultureInfo.InvariantCulture, $"erased-{recipient}{Domain}"));
        }
        _result = new EraseResult(entries, running, IsUnavailable: false);
    }

    internal override void Publish(WriteSession session)
    {
        foreach (var file in _files)
            deleteFile(file);
        Complete(_result);
    }

    internal override void Refuse(StoreHealth health) => Complete(new EraseResult(0, 0, IsUnavailable: true));

    // What others of the message still need is purged an hour after they have ended.
    private void EraseContent(WriteSession session, long messageId)
    {
        if (session.Entries.AnyUnfinished(messageId, session.Messages.CountEntries(messageId)))
            return;
        session.Erasure.EraseMessage(messageId);
        if (session.Messages.DeleteContent(messageId, out var file) && file is not null)
            _files.Add(file);
    }
}
