namespace OutreachRelay.Store.Sqlite;

/// <summary>Looks for the message that a submission repeats: on the writer, so that one that is being accepted is found as well. Writes nothing.</summary>
internal sealed class RepetitionWrite(IReadOnlyList<DigestedRecipient> recipients, TimeSpan window) : Write<long?>
{
    private long? _first;

    internal override void Apply(WriteSession session)
    {
        _first = null;
        foreach (var (key, digest) in recipients)
        {
            var repeated = session.FindRepetition(session.People.Find(key), digest.Span, window);
            if (repeated == 0)
            {
                _first = null;
                return;
            }
            _first ??= repeated;
        }
    }

    internal override void Publish(WriteSession session) => Complete(_first);

    internal override void Refuse(StoreHealth health) => Complete(null);
}
