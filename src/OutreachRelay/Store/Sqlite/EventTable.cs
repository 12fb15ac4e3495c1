using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>What was heard of mails, on the writer.</summary>
internal sealed class EventTable(SqliteConnection connection) : IDisposable
{
    /// <summary>Events that belong to no entry and are kept all the same. Another relay may share the provider's account, or somebody may make ids up.</summary>
    internal const int MostLoose = 10_000;

    private const int MostText = 512;

    private readonly Statement _known = new(connection, "SELECT entry_id FROM event WHERE dedup = ?");

    // number = 1: what the index has.
    private readonly Statement _byCorrelation = new(connection,
        "SELECT entry_id FROM attempt WHERE correlation = ? AND number = 1 ORDER BY entry_id DESC LIMIT 1");

    private readonly Statement _byProviderId = new(connection, "SELECT DISTINCT entry_id FROM sent_id WHERE value = ? LIMIT 2");
    private readonly Statement _byMessageId = new(connection, """
        SELECT DISTINCT s.entry_id FROM sent_id s JOIN entry e ON e.id = s.entry_id JOIN recipient r ON r.id = e.recipient_id
        WHERE s.value = ? AND r.key = ? LIMIT 2
        """);

    private readonly Statement _insert = new(connection, """
        INSERT INTO event (at, entry_id, kind, who, reason, dedup, occurred_at, code, status, cause, provider_id, recipient)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement _countLoose = new(connection, "SELECT count(*) FROM event INDEXED BY event_loose WHERE entry_id IS NULL");
    private readonly Statement _loose = new(connection, """
        SELECT id, kind, occurred_at, who, reason, code, status, cause, provider_id, recipient FROM event INDEXED BY event_loose
        WHERE entry_id IS NULL AND id > ? AND provider_id IS NOT NULL ORDER BY id LIMIT ?
        """);

    // It goes to the end of the list: whoever follows a client's events has passed the place where it belonged to nobody.
    private readonly Statement _attach = new(connection,
        "UPDATE event SET id = (SELECT max(id) + 1 FROM event), entry_id = ?, provider_id = NULL, recipient = NULL WHERE id = ?");

    private readonly Statement _notice = new(connection, "INSERT INTO event (at, entry_id, kind, who, reason, dedup) VALUES (?, ?, ?, 'relay', ?, ?)");

    // The last id stays, or it would be given again: whoever follows the list goes by ids.
    private readonly Statement _dropLoose = new(connection, """
        DELETE FROM event WHERE id < (SELECT max(id) FROM event) AND id IN
          (SELECT id FROM event INDEXED BY event_loose WHERE entry_id IS NULL AND at < iif(kind = 31, ?, ?) ORDER BY id LIMIT ?)
        """);

    // -1: to be counted.
    private long _looseCount = -1;
    private long _lookedAt;

    /// <summary>The key under which an event is known: of one length, whatever its source made it of.</summary>
    internal static string KeyOf(OutcomeEvent heard)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{heard.Upstream}\0{heard.DedupKey}"), hash);
        return Convert.ToBase64String(hash[..16]);
    }

    /// <param name="entryId">The entry to which it belongs, or 0.</param>
    internal bool IsKnown(string key, out long entryId)
    {
        using var select = _known.Execute();
        select.Bind(1, key);
        var known = select.Step();
        entryId = known ? select.Int64(0) : 0;
        return known;
    }

    /// <summary>The entry that an event is about, as it says itself, by our id, else by the provider's, else by Message-ID and recipient together; 0 when there is not exactly one.</summary>
    internal long FindEntry(OutcomeEvent heard, string? recipientKey)
    {
        if (heard.EntryId > 0)
            return heard.EntryId;
        if (heard.Correlation is { Length: > 0 } correlation)
        {
            using var select = _byCorrelation.Execute();
            select.Bind(1, correlation);
            if (select.Step())
                return select.Int64(0);
        }
        if (heard.ProviderId is { Length: > 0 } id && FindByProviderId(id) is > 0 and var found)
            return found;
        return heard.MessageId is { Length: > 0 } message && recipientKey is not null ? FindOne(_byMessageId, message, recipientKey) : 0;
    }

    internal long FindByProviderId(string id) => FindOne(_byProviderId, id, null);

    /// <param name="entryId">0: none; then it is kept with the ids by which one may be found, unless too many are.</param>
    /// <returns>Whether it was written.</returns>
    internal bool TryAdd(OutcomeEvent heard, string key, long entryId, long now)
    {
        var isLoose = entryId == 0;
        if (isLoose && CountLoose() >= MostLoose)
            return false;
        using var insert = _insert.Execute();
        insert.Bind(1, now);
        insert.Bind(2, isLoose ? null : entryId);
        insert.Bind(3, (int)heard.Kind);
        insert.Bind(4, heard.Upstream ?? StoreEvent.Mail);
        insert.Bind(5, Cut(heard.Reason, OutcomeEvent.MaxReason));
        insert.Bind(6, key);
        insert.Bind(7, heard.Time.ToUnixTimeMilliseconds());
        insert.Bind(8, heard.Code);
        insert.Bind(9, heard.Status.Length == 0 ? null : Cut(heard.Status, MostText));
        insert.Bind(10, (int)heard.Cause);
        insert.Bind(11, isLoose && heard.ProviderId is { Length: <= MostText } id ? id : null);
        insert.Bind(12, isLoose && heard.Recipient is { Length: <= MostText } recipient ? recipient : null);
        insert.Run();
        if (isLoose)
            _looseCount++;
        return true;
    }

    /// <summary>The next events that belong to no entry and have a provider's id, going round.</summary>
    internal List<(long Id, OutcomeEvent Heard)> NextLoose(int limit)
    {
        var found = new List<(long, OutcomeEvent)>();
        using var select = _loose.Execute();
        select.Bind(1, _lookedAt);
        select.Bind(2, limit);
        while (select.Step())
            found.Add((select.Int64(0), ReadLoose(select)));
        _lookedAt = found.Count < limit ? 0 : found[^1].Item1;
        return found;
    }

    /// <summary>Whether a notification about an entry was queued.</summary>
    internal bool IsNotified(long entryId) => IsKnown(NoticeKey(entryId), out _);

    /// <summary>Notes that a notification about an entry is queued.</summary>
    internal void AddNotice(long entryId, long now, string reason)
    {
        using var insert = _notice.Execute();
        insert.Bind(1, now);
        insert.Bind(2, entryId);
        insert.Bind(3, (int)StoreEventKind.Notify);
        insert.Bind(4, reason);
        insert.Bind(5, NoticeKey(entryId));
        insert.Run();
    }

    /// <summary>Notes to which entry an event belongs; its id is a new one.</summary>
    internal void Attach(long id, long entryId)
    {
        using var update = _attach.Execute();
        update.Bind(1, entryId);
        update.Bind(2, id);
        update.Run();
        _looseCount = -1;
    }

    /// <summary>Removes events without an entry that were recorded before a time.</summary>
    internal int DropLoose(long unknownBefore, long othersBefore, int limit)
    {
        using var delete = _dropLoose.Execute();
        delete.Bind(1, unknownBefore);
        delete.Bind(2, othersBefore);
        delete.Bind(3, limit);
        _looseCount = -1;
        return delete.Run();
    }

    /// <summary>What was counted in the transaction is not so.</summary>
    internal void Rollback() => _looseCount = -1;

    public void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<Statement>)
            [_known, _byCorrelation, _byProviderId, _byMessageId, _insert, _countLoose, _loose, _attach, _notice, _dropLoose])
            statement.Dispose();
    }

    private long CountLoose()
    {
        if (_looseCount >= 0)
            return _looseCount;
        using var select = _countLoose.Execute();
        select.Step();
        return _looseCount = select.Int64(0);
    }

    // No key of KeyOf has a colon.
    private static string NoticeKey(long entryId) => string.Create(CultureInfo.InvariantCulture, $"dsn:{entryId}");

    // Of several, none is certain.
    private static long FindOne(Statement statement, string value, string? second)
    {
        using var select = statement.Execute();
        select.Bind(1, value);
        if (second is not null)
            select.Bind(2, second);
        if (!select.Step())
            return 0;
        var found = select.Int64(0);
        return select.Step() ? 0 : found;
    }

    private static OutcomeEvent ReadLoose(Execution row) => new()
    {
        Kind = (OutcomeKind)row.Int32(1),
        Time = EntryReader.Time(row.Int64(2)),
        Upstream = row.Text(3) is var who && who == StoreEvent.Mail ? null : who,
        DedupKey = "",
        Reason = row.Text(4)!,
        Code = row.Int32(5),
        Status = row.Text(6) ?? "",
        Cause = (OutcomeCause)row.Int32(7),
        ProviderId = row.Text(8),
        Recipient = row.Text(9),
    };

    // What is read back ends at a NUL.
    private static string Cut(string text, int most)
    {
        if (text.Length > most)
            text = text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];
        return text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\ufffd') : text;
    }
}
