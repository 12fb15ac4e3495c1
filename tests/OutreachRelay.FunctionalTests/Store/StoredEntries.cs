using System.Globalization;
using Microsoft.Data.Sqlite;
using OutreachRelay.Store;

namespace OutreachRelay.FunctionalTests.Store;

/// <summary>Reads a data directory past the product: its database may be open in a relay.</summary>
internal sealed class StoredEntries(string dataDirectory)
{
    /// <returns>The first thing that SQLite finds wrong, or <see langword="null"/>.</returns>
    public string? Damage() => Texts("PRAGMA integrity_check").Find(row => row != "ok");

    /// <summary>Ids of messages that have an entry.</summary>
    public HashSet<long> Accepted() => [.. Rows("SELECT m.id FROM message m JOIN entry e ON e.id = m.id").Select(row => (long)row[0])];

    /// <summary>Recipients of entries that were leased once.</summary>
    public HashSet<string> Leased() => Recipients("leases + attempts > 0");

    /// <summary>Recipients whose mail may have been taken by an upstream that did not say so.</summary>
    public HashSet<string> EverInDoubt() => Recipients("maybe_sent = 1");

    /// <summary>Recipients whose mail is still to be sent.</summary>
    public HashSet<string> Unfinished() => Recipients("state < 10");

    /// <returns>A message that is still to be sent and whose content is not there in full, or <see langword="null"/>.</returns>
    public string? WithoutContent()
    {
        var unfinished = Rows("""
            SELECT m.id, m.length, c.file, length(c.data) FROM message m LEFT JOIN content c ON c.message_id = m.id
            WHERE EXISTS (SELECT 1 FROM entry e WHERE e.id - e.place = m.id AND e.state < 10)
            """);
        foreach (var row in unfinished)
        {
            var length = row[2] is string file ? LengthOf(Path.Combine(dataDirectory, "content", file)) : row[3] as long?;
            if (length != (long)row[1])
                return string.Create(CultureInfo.InvariantCulture, $"{QueueId.Format((long)row[0])} has {length} octets of {row[1]}");
        }
        return null;
    }

    private static long? LengthOf(string path) => File.Exists(path) ? new FileInfo(path).Length : null;

    private HashSet<string> Recipients(string condition) =>
        [.. Texts($"SELECT r.key FROM entry e JOIN recipient r ON r.id = e.recipient_id WHERE e.{condition}")];

    private List<string> Texts(string query) => [.. Rows(query).Select(row => (string)row[0])];

    private List<object[]> Rows(string query)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(dataDirectory, "relay.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = query;
        using var reader = command.ExecuteReader();
        var rows = new List<object[]>();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }
        return rows;
    }
}
