namespace OutreachRelay.FunctionalTests.Running;

/// <summary>A directory of one test, removed with it. Other users may enter it, because Postfix gives up being root.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public TemporaryDirectory()
    {
        // Short, because a Unix socket's path has 107 octets.
        Path = Directory.CreateTempSubdirectory("relay-").FullName;
        File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);
    }

    public string Path { get; }

    public string Combine(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
