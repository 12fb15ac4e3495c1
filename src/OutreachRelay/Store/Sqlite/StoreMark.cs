using System.Globalization;
using System.Security.Cryptography;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Tells a database that goes on where it stopped from one that was restored from a backup, or moved.</summary>
/// <remarks>
/// <para>
/// The database holds a random number, its mark, and the file <c>relay.mark</c> beside it holds the same and the inode of <c>relay.db</c>. Each
/// start and each stop in order changes the mark, so a backup has an old one even where it is written over the file it was taken of.
/// </para>
/// <para>
/// A change names both marks in the file, then commits the new one, then names that alone: a kill in between leaves a mark that is known.
/// What cannot be told is a file system that was set back as a whole, the file with it.
/// </para>
/// </remarks>
internal sealed class StoreMark(string directory)
{
    private readonly string _path = Path.Combine(directory, "relay.mark");
    private readonly string _database = Path.Combine(directory, "relay.db");

    /// <summary>A mark that no database has.</summary>
    internal static long New()
    {
        Span<byte> octets = stackalloc byte[sizeof(long)];
        RandomNumberGenerator.Fill(octets);
        return (BitConverter.ToInt64(octets) & long.MaxValue) | 1;
    }

    /// <summary>Whether the file knows a database with this mark at this place.</summary>
    /// <param name="mark">0 for a database that has none yet: it is known where no file says otherwise.</param>
    internal bool Knows(long mark)
    {
        if (!File.Exists(_path))
            return mark == 0;
        var words = File.ReadAllText(_path).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return words.Length is 2 or 3
            && words[0] == FileNumber.Of(_database).ToString(CultureInfo.InvariantCulture)
            && words[1..].Contains(mark.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Names the marks that the database may have from now on; flushed to disk.</summary>
    internal void Write(params ReadOnlySpan<long> marks)
    {
        var text = FileNumber.Of(_database).ToString(CultureInfo.InvariantCulture);
        foreach (var mark in marks)
            text += " " + mark.ToString(CultureInfo.InvariantCulture);
        using (var file = new FileStream(_path + ".new", FileMode.Create, FileAccess.Write))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(text + "\n"));
            file.Flush(flushToDisk: true);
        }
        File.Move(_path + ".new", _path, overwrite: true);
        DirectoryFlush.Flush(directory);
    }
}

/// <summary>Changes the database's mark.</summary>
internal sealed class MarkWrite(long mark) : Write<bool>
{
    internal override void Apply(WriteSession session) => session.WriteMeta(MetaKeys.Mark, mark);

    internal override void Publish(WriteSession session) => Complete(true);

    internal override void Refuse(StoreHealth health) => Complete(false);
}
