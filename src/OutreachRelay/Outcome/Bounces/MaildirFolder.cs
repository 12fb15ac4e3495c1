namespace OutreachRelay.Outcome.Bounces;

/// <summary>A Maildir (cr.yp.to/proto/maildir.html) from which new mail is taken, file by file. What cannot be moved is remembered, so that it is not new for ever.</summary>
/// <remarks>Names, not contents, are what is changed: each change is one rename. Its methods block. Not thread-safe.</remarks>
internal sealed class MaildirFolder(string path)
{
    // At once; the rest is found when these are gone.
    private const int MostNames = 1000;

    // Of files that can be neither read nor moved. With more of them nothing is looked at until somebody has seen to it.
    private const int MostStuck = 10_000;

    private readonly Dictionary<string, Stuck> _stuck = [];
    private int _pass;

    public string Path { get; } = path;

    /// <summary>Where mail lies that nobody has seen.</summary>
    public string New { get; } = System.IO.Path.Combine(path, "new");

    private string Unknown => System.IO.Path.Combine(Path, ".unknown");

    /// <summary>Begins another pass: what could not be read is new once more, what could not be moved is moved now if it can be.</summary>
    /// <returns>How many mails are stuck.</returns>
    public int BeginPass()
    {
        _pass++;
        foreach (var (name, stuck) in _stuck.ToArray())
        {
            if (!File.Exists(In(name)) || (stuck.Target is { } target && TryMove(name, target) is null))
                _stuck.Remove(name);
        }
        return _stuck.Count;
    }

    /// <summary>Names of new mails, some of them at a time; none when all were dealt with in this pass.</summary>
    public List<string> FindNew() => _stuck.Count >= MostStuck
        ? []
        : [.. Directory.EnumerateFiles(New).Select(static file => System.IO.Path.GetFileName(file)).Where(IsNew).Take(MostNames)];

    /// <summary>Reads a mail.</summary>
    /// <param name="most">Octets that are read of it.</param>
    /// <returns>
    /// The mail, or why it cannot be read at the moment. Empty and without an obstacle is what is no file with something in it; a link is none: it leads out of the folder.
    /// </returns>
    public (ReadOnlyMemory<byte> Content, string? Obstacle) Read(string name, int most)
    {
        try
        {
            var file = new FileInfo(In(name));
            // A pipe or a device has no length. It is not opened, because that could wait for ever.
            if (file is not { Exists: true, LinkTarget: null, Length: > 0 and var length })
                return (default, null);
            using var handle = File.OpenHandle(file.FullName);
            var content = new byte[Math.Min(length, most)];
            var read = 0;
            while (read < content.Length && RandomAccess.Read(handle, content.AsSpan(read), read) is > 0 and var more)
                read += more;
            return (content.AsMemory(0, read), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (default, e.Message);
        }
    }

    /// <summary>It was dealt with: it goes to <c>cur</c>, seen.</summary>
    /// <returns>Why it stays; <see langword="null"/> when it does not.</returns>
    public string? MarkSeen(string name) => Move(name, System.IO.Path.Combine(Path, "cur", BaseOf(name) + ":2,S"));

    /// <summary>Somebody should look at it: it goes to the sub-folder <c>.unknown</c> (Maildir++), new there.</summary>
    /// <returns>As <see cref="MarkSeen"/>.</returns>
    public string? SetAside(string name) => Move(name, System.IO.Path.Combine(Unknown, "new", BaseOf(name)));

    /// <summary>It cannot be read at the moment: it stays, and is new again in the next pass.</summary>
    /// <returns>Whether that is new.</returns>
    public bool Leave(string name)
    {
        var isNew = !_stuck.ContainsKey(name);
        _stuck[name] = new Stuck(null, _pass);
        return isNew;
    }

    private bool IsNew(string name) => name[0] != '.' && (!_stuck.TryGetValue(name, out var stuck) || (stuck.Target is null && stuck.Pass != _pass));

    private string? Move(string name, string target)
    {
        if (TryMove(name, target) is not { } obstacle)
        {
            _stuck.Remove(name);
            return null;
        }
        _stuck[name] = new Stuck(target, _pass);
        return obstacle;
    }

    // Names of a Maildir are unique. One that is not stays, for another mail has it.
    private string? TryMove(string name, string target)
    {
        try
        {
            if (target.StartsWith(Unknown, StringComparison.Ordinal))
                CreateUnknown();
            else
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Move(In(name), target, overwrite: false);
            return null;
        }
        catch (FileNotFoundException)
        {
            return null; // somebody else has moved it
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    // A folder of Maildir++, so that mail servers show it.
    private void CreateUnknown()
    {
        foreach (var part in (ReadOnlySpan<string>)["tmp", "new", "cur"])
            Directory.CreateDirectory(System.IO.Path.Combine(Unknown, part));
        File.OpenHandle(System.IO.Path.Combine(Unknown, "maildirfolder"), FileMode.OpenOrCreate, FileAccess.Write).Dispose();
    }

    private string In(string name) => System.IO.Path.Combine(New, name);

    // Flags stand behind the colon; mail that is new has none.
    private static string BaseOf(string name) => name.Split(':')[0] is { Length: > 0 } plain ? plain : name;

    /// <param name="Target">Where it is to go; <see langword="null"/> when it could not be read yet.</param>
    /// <param name="Pass">In which it was looked at last.</param>
    private readonly record struct Stuck(string? Target, int Pass);
}
