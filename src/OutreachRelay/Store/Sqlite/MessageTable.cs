using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Messages and their content, on the writer.</summary>
internal sealed class MessageTable(SqliteConnection connection) : IDisposable
{
    internal const int NeedsSmtpUtf8 = 1;
    internal const int Has8Bit = 2;
    internal const int KeepsAuthor = 4;

    private readonly Statement _insert = new(connection, """
        INSERT INTO message (id, entries, accepted_at, received_at, length, flags, reverse_path, original_id, received, score, findings)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement _insertContent = new(connection, "INSERT INTO content (message_id, codec, file, data) VALUES (?, 0, ?, ?)");
    private readonly Statement _exists = new(connection, "SELECT entries FROM message WHERE id = ?");
    private readonly Statement _contentFile = new(connection, "SELECT file FROM content WHERE message_id = ?");
    private readonly Statement _deleteContent = new(connection, "DELETE FROM content WHERE message_id = ?");
    private readonly Statement _delete = new(connection, "DELETE FROM message WHERE id = ?");

    internal void Insert(long id, AcceptRequest request, int entries, long now, ReadOnlySpan<byte> received)
    {
        using var insert = _insert.Execute();
        insert.Bind(1, id);
        insert.Bind(2, entries);
        insert.Bind(3, now);
        insert.Bind(4, request.ReceivedAt.ToUnixTimeMilliseconds());
        insert.Bind(5, request.Length);
        insert.Bind(6, (request.NeedsSmtpUtf8 ? NeedsSmtpUtf8 : 0) | (request.Has8Bit ? Has8Bit : 0) | (request.KeepsAuthor ? KeepsAuthor : 0));
        insert.Bind(7, request.ReversePath);
        insert.Bind(8, request.OriginalMessageId);
        insert.Bind(9, received);
        insert.Bind(10, request.Score?.Score);
        insert.Bind(11, request.Score?.Findings);
        insert.Run();
    }

    /// <param name="file">Relative to the content directory, or <see langword="null"/>.</param>
    internal void InsertContent(long id, string? file, ReadOnlySpan<byte> data)
    {
        using var insert = _insertContent.Execute();
        insert.Bind(1, id);
        insert.Bind(2, file);
        insert.Bind(3, data);
        insert.Run();
    }

    /// <returns>How many entries the message was accepted with; 0 when there is no such message.</returns>
    internal int CountEntries(long id)
    {
        using var select = _exists.Execute();
        select.Bind(1, id);
        return select.Step() ? select.Int32(0) : 0;
    }

    /// <summary>Removes the content.</summary>
    /// <param name="file">The file that held it and is now without a row, relative to the content directory.</param>
    /// <returns>Whether there was any.</returns>
    internal bool DeleteContent(long id, out string? file)
    {
        using (var select = _contentFile.Execute())
        {
            select.Bind(1, id);
            file = null;
            if (!select.Step())
                return false;
            file = select.Text(0);
        }
        using var delete = _deleteContent.Execute();
        delete.Bind(1, id);
        delete.Run();
        return true;
    }

    internal void Delete(long id)
    {
        using var delete = _delete.Execute();
        delete.Bind(1, id);
        delete.Run();
    }

    public void Dispose()
    {
        _insert.Dispose();
        _insertContent.Dispose();
        _exists.Dispose();
        _contentFile.Dispose();
        _deleteContent.Dispose();
        _delete.Dispose();
    }
}
