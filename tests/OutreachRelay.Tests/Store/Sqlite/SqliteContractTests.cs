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

public sealed class SqliteAcceptTests : AcceptContract
{
    private readonly DataDirectory _directory = new();

    protected override async Task<IStore> OpenAsync() => await _directory.OpenAsync(Time);

    protected override Task<string> WriteIncomingAsync(byte[] content) => Task.FromResult(_directory.Write(content));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}

public sealed class SqliteBudgetTests : BudgetContract
{
    private readonly DataDirectory _directory = new();

    protected override async Task<IStore> OpenAsync() => await _directory.OpenAsync(Time);

    protected override Task<string> WriteIncomingAsync(byte[] content) => Task.FromResult(_directory.Write(content));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}

public sealed class SqliteLeaseTests : LeaseContract
{
    private readonly DataDirectory _directory = new();

    protected override async Task<IStore> OpenAsync() => await _directory.OpenAsync(Time);

    protected override Task<string> WriteIncomingAsync(byte[] content) => Task.FromResult(_directory.Write(content));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}

public sealed class SqliteReadTests : ReadContract
{
    private readonly DataDirectory _directory = new();

    protected override async Task<IStore> OpenAsync() => await _directory.OpenAsync(Time);

    protected override Task<string> WriteIncomingAsync(byte[] content) => Task.FromResult(_directory.Write(content));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}

public sealed class SqliteLaneTests : LaneContract
{
    private readonly DataDirectory _directory = new();

    protected override async Task<IStore> OpenAsync() => await _directory.OpenAsync(Time);

    protected override Task<string> WriteIncomingAsync(byte[] content) => Task.FromResult(_directory.Write(content));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}

public sealed class SqliteActionTests : ActionContract
{
    private readonly DataDirectory _directory = new();

    protected override async Task<IStore> OpenAsync() => await _directory.OpenAsync(Time);

    protected override Task<string> WriteIncomingAsync(byte[] content) => Task.FromResult(_directory.Write(content));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}

public sealed class SqliteSweepTests : SweepContract
{
    private readonly DataDirectory _directory = new();

    protected override async Task<IStore> OpenAsync() => await _directory.OpenAsync(Time);

    protected override Task<string> WriteIncomingAsync(byte[] content) => Task.FromResult(_directory.Write(content));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}
