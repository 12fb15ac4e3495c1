namespace OutreachRelay.Store;

/// <summary>Files that hold a secret of the relay's own making.</summary>
internal static class KeyFile
{
    /// <summary>Writes a new file, readable by its owner only. When it returns, octets and name outlast a power failure.</summary>
    /// <exception cref="IOException">It is there already, or cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory is not ours to write in.</exception>
    public static void Create(string path, ReadOnlySpan<byte> octets)
    {
        var temporary = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(temporary, options))
        {
            file.Write(octets);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path);
        DirectoryFlush.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
