using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.Store;
using OutreachRelay.Store.Sqlite;

namespace OutreachRelay.FunctionalTests.Store;

/// <summary>What the relay has told others, of which a data directory must know after a crash.</summary>
internal sealed class Promises
{
    /// <summary>Messages that were answered with 250, by id.</summary>
    public HashSet<long> Acknowledged { get; } = [];

    /// <summary>Recipients whose mail was sent to an upstream.</summary>
    public HashSet<string> Sent { get; } = new(StringComparer.Ordinal);
}

/// <summary>A data directory as a crash left it, written out, opened by the product's own store, and judged.</summary>
internal sealed class SurvivingData : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public string Data => Path.Combine(Root, "data");

    private string Root => _directory.Combine("left");

    private string Database => Path.Combine(Data, "relay.db");

    /// <summary>Writes out what was left, in place of what was written before.</summary>
    public async Task WriteAsync(IReadOnlyDictionary<string, byte[]?> left)
    {
        if (Directory.Exists(Root))
            Directory.Delete(Root, recursive: true);
        Directory.CreateDirectory(Root);
        foreach (var (name, octets) in left.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            if (octets is null)
                Directory.CreateDirectory(Path.Combine(Root, name));
            else
                await File.WriteAllBytesAsync(Path.Combine(Root, name), octets);
        }
        await KeepMarkAsync();
    }

    /// <summary>Opens the store, as a start of the relay does.</summary>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    public async Task<string?> JudgeAsync(Promises promises)
    {
        try
        {
            await using var store = await SqliteStore.OpenAsync(new() { DataDirectory = Data, InDoubtWait = TimeSpan.FromSeconds(1) }, TimeProvider.System, NullLogger<SqliteStore>.Instance);
            if (store.RestoredAt is not null)
                return "taken for restored from a backup";
        }
        catch (StoreException e)
        {
            return e.Message;
        }
        var entries = new StoredEntries(Data);
        return entries.Damage() ?? Missing(entries, promises) ?? entries.WithoutContent();
    }

    public void Dispose() => _directory.Dispose();

    // A copy of relay.db has another inode, and the mark beside it names the inode; the disk that lost power has the same file as before.
    private async Task KeepMarkAsync()
    {
        var mark = Path.Combine(Data, "relay.mark");
        if (!File.Exists(mark) || !File.Exists(Database) || (await File.ReadAllTextAsync(mark)).Split(' ', 2) is not [_, var marks])
            return;
        var inode = await ChildProcess.RunAsync("stat", ["--format=%i", Database]);
        await File.WriteAllTextAsync(mark, $"{inode.StandardOutput.Trim()} {marks}");
    }

    private static string? Missing(StoredEntries entries, Promises promises)
    {
        var accepted = entries.Accepted();
        if (promises.Acknowledged.FirstOrDefault(id => !accepted.Contains(id)) is not 0 and var lost)
            return $"{QueueId.Format(lost)} was acknowledged and is not there";
        var leased = entries.Leased();
        return promises.Sent.FirstOrDefault(recipient => !leased.Contains(recipient)) is { } unknown
            ? $"the mail for {unknown} was sent, and its entry knows of no lease" : null;
    }
}
