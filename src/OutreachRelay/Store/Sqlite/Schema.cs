using System.Globalization;
using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>
/// The tables, version by version. Times are Unix milliseconds, dates are day numbers, enumerations their numbers; names of clients,
/// directions, senders and upstreams are interned in <c>name</c>, recipients in <c>recipient</c>, so that one person can be erased in one place.
/// </summary>
internal static class Schema
{
    /// <summary>"ORly" in the file's header: the database is ours.</summary>
    internal const int ApplicationId = 0x4F526C79;

    /// <summary>Each brings the schema from the version that is its index to the next. Never change one that was released.</summary>
    internal static readonly IReadOnlyList<string> Migrations = [Version1, Version2, Version3, Version4, Version5, Version6, Version7, Version8];

    // entry: its message's id is id - place. `due` is when it must be looked at: the next attempt, or the end of a running lease.
    // A repetition is found by (recipient, digest) among the recent ids of entry_recipient, which costs no tree of its own.
    // finished: messages without an unfinished entry, in the order in which their content and then their rows are purged.
    private const string Version1 = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE recipient (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE message (
          id INTEGER PRIMARY KEY, entries INTEGER NOT NULL, accepted_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
          length INTEGER NOT NULL, flags INTEGER NOT NULL, reverse_path TEXT, original_id TEXT, received BLOB NOT NULL) STRICT;
        CREATE TABLE content (
          message_id INTEGER PRIMARY KEY, codec INTEGER NOT NULL, key_id INTEGER, file TEXT, data BLOB NOT NULL) STRICT;
        CREATE TABLE entry (
          id INTEGER PRIMARY KEY, place INTEGER NOT NULL, client INTEGER NOT NULL, direction INTEGER NOT NULL,
          recipient_id INTEGER NOT NULL, spelling TEXT,
          sender INTEGER, unit_date INTEGER, state INTEGER NOT NULL, due INTEGER NOT NULL, expires_at INTEGER NOT NULL,
          attempts INTEGER NOT NULL, epoch INTEGER NOT NULL, leases INTEGER NOT NULL, maybe_sent INTEGER NOT NULL, sticky INTEGER NOT NULL,
          upstream INTEGER, digest BLOB) STRICT;
        CREATE INDEX entry_due ON entry (client, direction, due) WHERE state IN (0, 2);
        CREATE INDEX entry_expiry ON entry (expires_at) WHERE state < 10;
        CREATE INDEX entry_state ON entry (state) WHERE state < 10;
        CREATE INDEX entry_recipient ON entry (recipient_id);
        CREATE TABLE attempt (
          entry_id INTEGER NOT NULL, number INTEGER NOT NULL, node INTEGER NOT NULL, upstream INTEGER NOT NULL,
          credential INTEGER NOT NULL, correlation TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER,
          stage INTEGER, code INTEGER, reply TEXT, frozen BLOB,
          PRIMARY KEY (entry_id, number)) STRICT, WITHOUT ROWID;
        CREATE TABLE sent_id (
          value TEXT NOT NULL, entry_id INTEGER NOT NULL, kind INTEGER NOT NULL, PRIMARY KEY (value, entry_id)) STRICT, WITHOUT ROWID;
        CREATE INDEX sent_id_entry ON sent_id (entry_id);
        CREATE TABLE counter (
          date INTEGER NOT NULL, scope INTEGER NOT NULL, name INTEGER NOT NULL, used INTEGER NOT NULL,
          PRIMARY KEY (date, scope, name)) STRICT, WITHOUT ROWID;
        CREATE TABLE assignment (
          client INTEGER NOT NULL, recipient_id INTEGER NOT NULL, sender INTEGER NOT NULL, at INTEGER NOT NULL,
          PRIMARY KEY (client, recipient_id)) STRICT, WITHOUT ROWID;
        CREATE TABLE event (
          id INTEGER PRIMARY KEY, at INTEGER NOT NULL, entry_id INTEGER, kind INTEGER NOT NULL,
          who TEXT NOT NULL, reason TEXT NOT NULL, dedup TEXT) STRICT;
        CREATE INDEX event_entry ON event (entry_id) WHERE entry_id IS NOT NULL;
        CREATE UNIQUE INDEX event_dedup ON event (dedup) WHERE dedup IS NOT NULL;
        CREATE TABLE suppression (
          client INTEGER NOT NULL, recipient_id INTEGER NOT NULL, reason INTEGER NOT NULL, at INTEGER NOT NULL, source TEXT NOT NULL,
          PRIMARY KEY (recipient_id, client)) STRICT, WITHOUT ROWID;
        CREATE TABLE finished (
          at INTEGER NOT NULL, message_id INTEGER NOT NULL, PRIMARY KEY (at, message_id)) STRICT, WITHOUT ROWID;
        """;

    // entry_lane: what a sender sends next is one seek, whatever else waits. Assignments and sent ids go by what they are purged by: a recipient
    // is looked at with all that refers to it, sent ids outlive their entries.
    private const string Version2 = """
        ALTER TABLE entry ADD COLUMN rank INTEGER NOT NULL DEFAULT 5;
        ALTER TABLE entry ADD COLUMN not_before INTEGER;
        ALTER TABLE entry ADD COLUMN unit_used INTEGER NOT NULL DEFAULT 0;
        UPDATE entry SET rank = 0, unit_used = unit_date IS NOT NULL WHERE leases > 0 AND state < 10;
        DROP INDEX entry_due;
        CREATE INDEX entry_lane ON entry (client, direction, sender, rank, due) WHERE state IN (0, 2);
        CREATE TABLE sender (
          name INTEGER PRIMARY KEY, last_sent INTEGER, resumed INTEGER, status INTEGER, since INTEGER, until INTEGER, pauses INTEGER,
          reason TEXT, operator_since INTEGER, operator_until INTEGER, operator_reason TEXT, operator_who TEXT,
          start_date INTEGER, start_outcomes INTEGER, start_bad INTEGER, start_complaints INTEGER,
          last_pause INTEGER, pause_before INTEGER) STRICT;
        ALTER TABLE assignment RENAME TO assignment_1;
        CREATE TABLE assignment (
          recipient_id INTEGER NOT NULL, client INTEGER NOT NULL, sender INTEGER NOT NULL, at INTEGER NOT NULL,
          PRIMARY KEY (recipient_id, client)) STRICT, WITHOUT ROWID;
        INSERT INTO assignment SELECT recipient_id, client, sender, at FROM assignment_1 ORDER BY recipient_id, client;
        DROP TABLE assignment_1;
        DROP INDEX sent_id_entry;
        ALTER TABLE sent_id RENAME TO sent_id_1;
        CREATE TABLE sent_id (
          value TEXT NOT NULL, client INTEGER NOT NULL, entry_id INTEGER NOT NULL, sender INTEGER, PRIMARY KEY (value, client, entry_id)) STRICT,
          WITHOUT ROWID;
        INSERT INTO sent_id SELECT s.value, e.client, e.id, e.sender FROM sent_id_1 s JOIN entry e ON e.id = s.entry_id;
        DROP TABLE sent_id_1;
        CREATE INDEX sent_id_entry ON sent_id (entry_id);
        """;

    // hold: few rows, read by every lease. `domain` is the recipient's.
    private const string Version3 = """
        CREATE TABLE hold (
          id INTEGER PRIMARY KEY, client INTEGER, direction INTEGER, sender INTEGER, upstream INTEGER, domain TEXT,
          since INTEGER NOT NULL, until INTEGER, who TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
        """;

    // preflight: `domain` is the sender's, in full.
    private const string Version4 = """
        CREATE TABLE preflight (
          domain INTEGER NOT NULL, upstream INTEGER NOT NULL, checked_at INTEGER NOT NULL, report TEXT NOT NULL,
          PRIMARY KEY (domain, upstream)) STRICT, WITHOUT ROWID;
        """;

    // attempt_correlation: all attempts of an entry bear one id. entry.outcome is what counts most of what was heard, `counted` what health took of it;
    // of an entry without an outcome its state tells. event_loose: what belongs to no entry (yet), with the ids by which it may be found to.
    private const string Version5 = """
        CREATE INDEX attempt_correlation ON attempt (correlation) WHERE number = 1;
        ALTER TABLE entry ADD COLUMN outcome INTEGER;
        ALTER TABLE entry ADD COLUMN outcome_at INTEGER;
        ALTER TABLE entry ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE event ADD COLUMN occurred_at INTEGER;
        ALTER TABLE event ADD COLUMN code INTEGER;
        ALTER TABLE event ADD COLUMN status TEXT;
        ALTER TABLE event ADD COLUMN cause INTEGER;
        ALTER TABLE event ADD COLUMN provider_id TEXT;
        ALTER TABLE event ADD COLUMN recipient TEXT;
        CREATE INDEX event_loose ON event (id) WHERE entry_id IS NULL;
        """;

    // suppression: nothing was ever written to the first one. `recipient` is a keyed hash, so that who opted out stays so when the person is
    // erased; `address` is for people to read and goes with the person. `client` and `direction` are 0 for all. Looking up is one seek among
    // millions. soft_bounce: those since the last delivery, until they are enough for a quarantine.
    private const string Version6 = """
        DROP TABLE suppression;
        CREATE TABLE suppression (
          recipient BLOB NOT NULL, client INTEGER NOT NULL, direction INTEGER NOT NULL, reason INTEGER NOT NULL, at INTEGER NOT NULL,
          until INTEGER, source TEXT NOT NULL, address TEXT, PRIMARY KEY (recipient, client, direction)) STRICT, WITHOUT ROWID;
        CREATE INDEX suppression_until ON suppression (until) WHERE until IS NOT NULL;
        CREATE TABLE soft_bounce (
          recipient BLOB NOT NULL, client INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (recipient, client, at)) STRICT, WITHOUT ROWID;
        CREATE INDEX soft_bounce_at ON soft_bounce (at);
        """;

    // score, findings: NULL where content was not scored.
    private const string Version7 = """
        ALTER TABLE message ADD COLUMN score REAL;
        ALTER TABLE message ADD COLUMN findings TEXT;
        """;

    // told: until which event a client was told, by the number of a ToldBy. untold: events that were given up, as a stretch of the list after `after`
    // until `last`; `again`: to be tried once more.
    private const string Version8 = """
        CREATE TABLE told (
          client INTEGER NOT NULL, way INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (client, way)) STRICT, WITHOUT ROWID;
        CREATE TABLE untold (
          id INTEGER PRIMARY KEY AUTOINCREMENT, client INTEGER NOT NULL, after INTEGER NOT NULL, last INTEGER NOT NULL, events INTEGER NOT NULL,
          at INTEGER NOT NULL, reason TEXT NOT NULL, again INTEGER NOT NULL DEFAULT 0) STRICT;
        """;

    /// <summary>Brings the database up to date, one transaction a version, so that a kill in between leaves an old or a new schema.</summary>
    /// <exception cref="StoreTooNewException">The schema is newer than the last migration.</exception>
    /// <exception cref="StoreDamagedException">The database belongs to another program.</exception>
    internal static void Migrate(SqliteConnection connection, IReadOnlyList<string> migrations)
    {
        var version = ReadPragma(connection, "user_version");
        if (version > migrations.Count)
        {
            throw new StoreTooNewException(string.Create(CultureInfo.InvariantCulture,
                $"relay.db has schema version {version}, this program knows {migrations.Count}: start the newer program, or restore a backup made before it ran"));
        }
        if (version > 0 && ReadPragma(connection, "application_id") != ApplicationId)
            throw new StoreDamagedException("relay.db is a database of another program: move it away, or set another data_dir");
        for (var next = (int)version; next < migrations.Count; next++)
            Run(connection, migrations[next], next + 1);
    }

    private static void Run(SqliteConnection connection, string migration, int version)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = string.Create(CultureInfo.InvariantCulture,
            $"{migration}; PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {version};");
        command.ExecuteNonQuery();
        transaction.Commit();
    }

    private static long ReadPragma(SqliteConnection connection, string name)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA " + name;
        return (long)command.ExecuteScalar()!;
    }
}
