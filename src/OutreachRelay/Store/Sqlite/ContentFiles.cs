using System.Globalization;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Originals too large for a row: files below <c>content/</c>, named by the message's id, flushed before their row is written.</summary>
/// <remarks>Its methods block; they run on a thread of their own.</remarks>
internal sealed class ContentFiles(string dataDirectory)
{
    internal string ContentDirectory { get; } = Path.Combine(dataDirectory, "content");

    internal string IncomingDirectory { get; } = Path.Combine(dataDirectory, "incoming");

    internal string FullPath(string name) => Path.Combine(ContentDirectory, name);

    /// <summary>Flushes a file of the incoming directory and moves it to its place.</summary>
    /// <returns>Its name, relative to <see cref="ContentDirectory"/>.</returns>
    internal string TakeOver(string incoming, long messageId)
    {
        var name = Name(messageId);
        var path = FullPath(name);
        var directory = Path.GetDirectoryName(path)!;
        using (var file = File.OpenHandle(incoming, FileMode.Open, FileAccess.ReadWrite))
            RandomAccess.FlushToDisk(file);
        if (!Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory);
            DirectoryFlush.Flush(ContentDirectory);
        }
        File.Move(incoming, path);
        try
        {
            DirectoryFlush.Flush(directory);
        }
        catch
        {
            File.Move(path, incoming);
            throw;
        }
        return name;
    }

    /// <summary>Undoes <see cref="TakeOver"/>, so that the caller can try again with the same file.</summary>
    internal bool GiveBack(string name, string incoming)
    {
        File.Move(FullPath(name), incoming);
        return true;
    }

    internal bool Delete(string name)
    {
        File.Delete(FullPath(name));
        return true;
    }

    /// <summary>Removes what a process that died left in the incoming directory.</summary>
    internal void ClearIncoming()
    {
        foreach (var file in Directory.EnumerateFiles(IncomingDirectory))
            File.Delete(file);
    }

    /// <summary>Files of messages up to <paramref name="last"/>; later ones may still be waiting for their row.</summary>
    internal IEnumerable<(string Name, long MessageId)> Enumerate(long last)
    {
        foreach (var path in Directory.EnumerateFiles(ContentDirectory, "*", SearchOption.AllDirectories))
        {
            if (QueueId.TryParse(Path.GetFileName(path), out var id) && id <= last)
                yield return (Path.GetRelativePath(ContentDirectory, path), id);
        }
    }

    // 256 directories; the low bits of the milliseconds spread evenly.
    private static string Name(long messageId) =>
        Path.Combine((EntryIds.Milliseconds(messageId) & 0xFF).ToString("x2", CultureInfo.InvariantCulture), QueueId.Format(messageId));
}
