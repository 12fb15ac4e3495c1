namespace OutreachRelay.FunctionalTests.Store;

/// <summary>
/// A directory as a disk holds it: what was flushed is there for good, and of what was not, anything may be there after a loss of power.
/// Octets are as durable as their file, names as durable as their directory (POSIX.1-2017, fsync).
/// </summary>
/// <param name="root">Its path; it has always been there. Paths beside it are not ours.</param>
internal sealed class SimulatedDisk(string root)
{
    private readonly SimulatedDirectory _root = new();

    /// <summary>Counts the changes; a flush takes those that had happened when it began.</summary>
    public int Now { get; private set; }

    /// <summary>Whether a path lies below the root, or is it.</summary>
    public bool Holds(string path) => path == root || path.StartsWith(root + "/", StringComparison.Ordinal);

    /// <returns>The file or directory of this name, or <see langword="null"/>.</returns>
    public SimulatedNode? Find(string path)
    {
        SimulatedNode? node = _root;
        foreach (var name in path[root.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries))
            node = (node as SimulatedDirectory)?.Find(name);
        return node;
    }

    public SimulatedFile CreateFile(string path) => Add(path, new SimulatedFile());

    public void CreateDirectory(string path) => Add(path, new SimulatedDirectory());

    public void Write(SimulatedFile file, long offset, byte[] octets) => file.Change(new(Now++, offset, octets));

    public void Truncate(SimulatedFile file, long length) => file.Change(new(Now++, length, null));

    public void Remove(string path) => Parent(path).Change(new(Now++, Path.GetFileName(path), null));

    /// <summary>One change, even between directories: until one of them is flushed, both halves are on disk or none, as with a journal.</summary>
    public void Rename(string from, string to)
    {
        var node = Find(from) ?? throw new InvalidDataException($"{from} is renamed and is not there");
        Parent(from).Change(new(Now, Path.GetFileName(from), null));
        Parent(to).Change(new(Now++, Path.GetFileName(to), node));
    }

    /// <summary>Makes the changes durable that had happened at a time.</summary>
    public static void Flush(SimulatedNode node, int at) => node.Flush(at);

    /// <summary>What is left after a loss of power.</summary>
    /// <param name="survivors">Of so many changes to one page, one length or one name that were not flushed: how many are on disk. They are in order.</param>
    /// <returns>Octets by path relative to the root; <see langword="null"/> for a directory.</returns>
    public Dictionary<string, byte[]?> LosePower(Func<int, int> survivors)
    {
        var left = new Dictionary<string, byte[]?>(StringComparer.Ordinal);
        var kept = new Dictionary<int, bool>();
        Collect(_root, "");
        return left;

        void Collect(SimulatedDirectory directory, string prefix)
        {
            foreach (var (name, node) in directory.Survive(Keeps))
            {
                left[prefix + name] = (node as SimulatedFile)?.Survive(survivors);
                if (node is SimulatedDirectory below)
                    Collect(below, prefix + name + "/");
            }
        }

        bool Keeps(int change) => kept.TryGetValue(change, out var keeps) ? keeps : kept[change] = survivors(1) > 0;
    }

    private T Add<T>(string path, T node) where T : SimulatedNode
    {
        Parent(path).Change(new(Now++, Path.GetFileName(path), node));
        return node;
    }

    private SimulatedDirectory Parent(string path) =>
        Find(Path.GetDirectoryName(path)!) as SimulatedDirectory ?? throw new InvalidDataException($"{path} has no directory");
}
