namespace OutreachRelay.FunctionalTests.Running;

/// <summary>A directory of one test, removed with it. Other users may enter it, because Postfix gives up being root.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    // Short, because a Unix socket's path has 107 octets.
    public TemporaryDirectory()
        : this(Directory.CreateTempSubdirectory("relay-"))
    {
    }

    /// <param name="parent">Where it is made, instead of among the temporary files.</param>
    public TemporaryDirectory(string parent)
        : this(Directory.CreateDirectory(System.IO.Path.Combine(parent, "relay-" + Guid.NewGuid().ToString("N")[..8])))
    {
    }

    private TemporaryDirectory(DirectoryInfo directory)
    {
        Path = directory.FullName;
        File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);
    }

    public string Path { get; }

    public string Combine(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
