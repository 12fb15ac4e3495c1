using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Receive;

namespace OutreachRelay.Tests.Receive;

public sealed class ContentSpoolTests : IDisposable
{
    private readonly DirectoryInfo _incoming = Directory.CreateTempSubdirectory("incoming-");

    public void Dispose() => _incoming.Delete(recursive: true);

    [Fact]
    public void Complete_AnyChunks_GivesWhatWasWritten() =>
        Prop.ForAll(Gen.Choose(1, 90_000).ArrayOf(6).ToArbitrary(), sizes => IsKeptAsync(sizes).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    [Theory]
    [InlineData(ContentSpool.MemoryLimit - 1, false)]
    [InlineData(ContentSpool.MemoryLimit, false)]
    [InlineData(ContentSpool.MemoryLimit + 1, true)]
    public async Task Complete_AtTheLimit_IsAFileOnlyBeyondIt(int length, bool isFile)
    {
        using var spool = new ContentSpool(_incoming.FullName);
        await spool.WriteAsync(new byte[length]);

        var content = await spool.CompleteAsync(1000, CancellationToken.None);

        Assert.Equal((isFile, length), (content!.File is not null, content.Length));
        Assert.Equal(isFile ? 1000 : length, content.Memory.Length);
    }

    [Theory]
    [InlineData(400_000, 400_000)]
    [InlineData(500_000, 500_000)]
    [InlineData(500_001, 500_000)]
    [InlineData(2_000_000, 500_000)]
    public async Task Complete_WithALimit_GivesTheBeginning(int length, int kept)
    {
        var written = new byte[length];
        new Random(1).NextBytes(written);
        using var spool = new ContentSpool(_incoming.FullName) { Limit = 500_000 };
        foreach (var chunk in written.Chunk(60_000))
        {
            await spool.WriteAsync(chunk);
            Assert.InRange(spool.GetMemory().Length, 1, 2 * ContentSpool.MemoryLimit);
        }

        var content = await spool.CompleteAsync(length, CancellationToken.None);

        Assert.Equal((kept, length), (content!.Length, spool.Length));
        Assert.Equal(written[..kept], content.Memory.ToArray());
        Assert.Equal(SHA256.HashData(written.AsSpan(0, kept)), content.Hash.ToArray());
        Assert.Equal(kept, new FileInfo(content.File!).Length);
    }

    [Fact]
    public async Task Dispose_FileNotTakenOver_DeletesIt()
    {
        using (var spool = await SpilledAsync())
            Assert.Single(_incoming.GetFiles());
        Assert.Empty(_incoming.GetFiles());
    }

    [Fact]
    public async Task Dispose_FileTakenOver_LeavesIt()
    {
        using (var spool = await SpilledAsync())
        {
            await spool.CompleteAsync(1000, CancellationToken.None);
            spool.FilePath = null;
        }
        Assert.Single(_incoming.GetFiles());
    }

    [Fact]
    public async Task R31_DirectoryGone_IsAFailureAndNoException()
    {
        using var spool = await SpilledAsync();
        _incoming.Delete(recursive: true);
        spool.Dispose();
        using var next = await SpilledAsync();

        Assert.IsType<DirectoryNotFoundException>(next.Failure);
        Assert.Null(await next.CompleteAsync(1000, CancellationToken.None));
        _incoming.Create();
    }

    [Fact]
    public async Task R31_AfterAFailure_MemoryStaysBounded()
    {
        using var spool = new ContentSpool(Path.Combine(_incoming.FullName, "missing"));
        for (var i = 0; i < 100; i++)
            await spool.WriteAsync(new byte[64 * 1024]);

        Assert.InRange(spool.GetMemory().Length, 1, 1024 * 1024);
        Assert.Equal(100 * 64 * 1024, spool.Length);
    }

    private async Task<ContentSpool> SpilledAsync()
    {
        var spool = new ContentSpool(_incoming.FullName);
        await spool.WriteAsync(new byte[ContentSpool.MemoryLimit + 1]);
        return spool;
    }

    private async Task<bool> IsKeptAsync(int[] sizes)
    {
        var written = new byte[sizes.Sum()];
        new Random(sizes[0]).NextBytes(written);
        using var spool = new ContentSpool(_incoming.FullName);
        var at = 0;
        foreach (var size in sizes)
        {
            await spool.WriteAsync(written[at..(at + size)]);
            at += size;
        }
        var content = (await spool.CompleteAsync(written.Length, CancellationToken.None))!;
        var kept = content.File is { } file ? await File.ReadAllBytesAsync(file) : content.Memory.ToArray();
        return kept.AsSpan().SequenceEqual(written)
            && content.Memory.Span.SequenceEqual(written)
            && content.Hash.Span.SequenceEqual(SHA256.HashData(written))
            && content.Has8Bit == !System.Text.Ascii.IsValid(written);
    }
}
