using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Store;
using OutreachRelay.Store.Sqlite;

namespace OutreachRelay.Tests.Store.Sqlite;

/// <summary>A data directory that is gone with its test.</summary>
internal sealed class DataDirectory : IDisposable
{
    // Where a test is about arithmetic and not about disks, memory is disk enough.
    private const string Memory = "/dev/shm";

    internal DataDirectory(bool inMemory = false) => Path = inMemory && Directory.Exists(Memory)
        ? Directory.CreateDirectory(System.IO.Path.Combine(Memory, "outreach-store-" + Guid.NewGuid().ToString("n"))).FullName
        : Directory.CreateTempSubdirectory("outreach-store-").FullName;

    internal string Path { get; }

    internal SqliteStoreOptions Options => new() { DataDirectory = Path };

    internal Task<SqliteStore> OpenAsync(TimeProvider time, SqliteStoreOptions? options = null) =>
        SqliteStore.OpenAsync(options ?? Options, time, NullLogger<SqliteStore>.Instance);

    internal string Write(byte[] content)
    {
        var file = System.IO.Path.Combine(Path, "incoming", System.IO.Path.GetRandomFileName());
        File.WriteAllBytes(file, content);
        return file;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>Stores in a directory of the test's own.</summary>
internal sealed class SqliteHarness : StoreHarness
{
    internal DataDirectory Directory { get; } = new();

    /// <summary>Changes the options with which a store is opened.</summary>
    internal Func<SqliteStoreOptions, SqliteStoreOptions> Configure { get; set; } = static options => options;

    public override async Task<IStore> OpenAsync(TimeProvider time) => await Directory.OpenAsync(time, Configure(Directory.Options));

    public override string WriteIncoming(byte[] content) => Directory.Write(content);

    public override void Dispose() => Directory.Dispose();
}

public sealed class SqliteAcceptTests() : AcceptContract(new SqliteHarness());

public sealed class SqliteBudgetTests() : BudgetContract(new SqliteHarness());

public sealed class SqliteLeaseTests() : LeaseContract(new SqliteHarness());

public sealed class SqliteReadTests() : ReadContract(new SqliteHarness());

public sealed class SqliteLaneTests() : LaneContract(new SqliteHarness());

public sealed class SqliteActionTests() : ActionContract(new SqliteHarness());

public sealed class SqliteHoldTests() : HoldContract(new SqliteHarness());

public sealed class SqliteSuppressionTests() : SuppressionContract(new SqliteHarness());

public sealed class SqliteErasureTests() : ErasureContract(new SqliteHarness());

public sealed class SqliteSweepTests() : SweepContract(new SqliteHarness());

public sealed class SqlitePreflightTests() : PreflightContract(new SqliteHarness());

public sealed class SqliteEventTests() : EventContract(new SqliteHarness());

public sealed class SqliteToldTests() : ToldContract(new SqliteHarness());
