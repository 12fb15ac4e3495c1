namespace OutreachRelay.FunctionalTests.Store;

/// <summary>A file or a directory of a <see cref="SimulatedDisk"/>, whatever its names are.</summary>
internal abstract class SimulatedNode
{
    /// <summary>Makes durable what had happened before a time.</summary>
    public abstract void Flush(int at);
}

/// <summary>A name given to a node, or taken away.</summary>
internal sealed record NameChange(int Time, string Name, SimulatedNode? Node);

internal sealed class SimulatedDirectory : SimulatedNode
{
    private readonly Dictionary<string, SimulatedNode> _durable = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SimulatedNode> _now = new(StringComparer.Ordinal);
    private readonly List<NameChange> _pending = [];

    public SimulatedNode? Find(string name) => _now.GetValueOrDefault(name);

    public void Change(NameChange change)
    {
        Apply(change, _now);
        _pending.Add(change);
    }

    public override void Flush(int at)
    {
        foreach (var change in _pending.Where(change => change.Time < at))
            Apply(change, _durable);
        _pending.RemoveAll(change => change.Time < at);
    }

    /// <param name="keeps">Whether a change that was not flushed is on disk.</param>
    public Dictionary<string, SimulatedNode> Survive(Func<int, bool> keeps)
    {
        var names = new Dictionary<string, SimulatedNode>(_durable, StringComparer.Ordinal);
        foreach (var change in _pending.Where(change => keeps(change.Time)))
            Apply(change, names);
        return names;
    }

    private static void Apply(NameChange change, Dictionary<string, SimulatedNode> names)
    {
        if (change.Node is null)
            names.Remove(change.Name);
        else
            names[change.Name] = change.Node;
    }
}

/// <summary>Octets written at an offset; without octets, the file was cut or stretched to this length.</summary>
internal sealed record FileChange(int Time, long Offset, byte[]? Octets)
{
    public long LengthAfter(long length) => Octets is null ? Offset : Math.Max(length, Offset + Octets.Length);
}

internal sealed class SimulatedFile : SimulatedNode
{
    private const int PageSize = 4096;

    private readonly List<FileChange> _pending = [];
    private byte[] _durable = [];
    private long _length;

    public void Change(FileChange change) => _pending.Add(change);

    public override void Flush(int at)
    {
        foreach (var change in _pending.Where(change => change.Time < at))
        {
            var length = change.LengthAfter(_length);
            if (length > _durable.Length)
                Array.Resize(ref _durable, (int)Math.Max(length, 2L * _durable.Length));
            change.Octets?.CopyTo(_durable, change.Offset);
            if (length < _length)
                Array.Clear(_durable, (int)length, (int)(_length - length));
            _length = length;
        }
        _pending.RemoveAll(change => change.Time < at);
    }

    /// <summary>Each page, and the length, as it was after some of the changes that were not flushed.</summary>
    public byte[] Survive(Func<int, int> survivors)
    {
        var changes = survivors(_pending.Count);
        var octets = new byte[_pending.Take(changes).Aggregate(_length, (length, change) => change.LengthAfter(length))];
        _durable.AsSpan(0, (int)Math.Min(_length, octets.Length)).CopyTo(octets);
        var pages = new Dictionary<long, int>();
        for (var i = 0; i < _pending.Count; i++)
        {
            var (_, offset, written) = _pending[i];
            if (written is not null)
                Write(octets, offset, written, page => i < PageChanges(page));
            else if (i < changes && offset < octets.Length)
                Array.Clear(octets, (int)offset, (int)(octets.Length - offset));
        }
        return octets;

        int PageChanges(long page) => pages.TryGetValue(page, out var known) ? known : pages[page] = survivors(_pending.Count);
    }

    private static void Write(byte[] octets, long offset, byte[] written, Func<long, bool> isOnDisk)
    {
        for (var at = 0; at < written.Length && offset + at < octets.Length;)
        {
            var page = (offset + at) / PageSize;
            var until = (int)Math.Min(Math.Min((page + 1) * PageSize, octets.Length) - offset, written.Length);
            if (isOnDisk(page))
                written.AsSpan(at, until - at).CopyTo(octets.AsSpan((int)(offset + at)));
            at = until;
        }
    }
}
