using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Deliver.Rendering;

public sealed class BodyHashesTests : IDisposable
{
    private const string Head = "From: a@x.example\r\nSubject: x\r\n\r\n";

    private readonly string _directory = Directory.CreateTempSubdirectory("outreach-bodies-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task OfAsync_BodyInAFile_IsHashedAsInMemory()
    {
        var body = string.Concat(Enumerable.Repeat("one  line \t of it \r\n", 30_000));

        Assert.Equal(Digest(await new BodyHashes().OfAsync(Samples.Message(Head + body), default)), Digest(await new BodyHashes().OfAsync(InFile(body), default)));
        Assert.Equal(Expected(body), Digest(await new BodyHashes().OfAsync(InFile(body), default)));
    }

    [Fact]
    public async Task OfAsync_SameMessageForManyRecipients_ReadsItsFileOnce()
    {
        var (hashes, message) = (new BodyHashes(), InFile("hello\r\n"));

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => hashes.OfAsync(message, default).AsTask()));
        File.Delete(message.ContentFile!);

        Assert.Equal(Expected("hello\r\n"), Digest(await hashes.OfAsync(message, default)));
    }

    [Fact]
    public async Task OfAsync_FileIsMissing_FailsUntilItIsBack()
    {
        var (hashes, message) = (new BodyHashes(), InFile("hello\r\n"));
        var content = File.ReadAllBytes(message.ContentFile!);
        File.Delete(message.ContentFile!);
        await Assert.ThrowsAnyAsync<IOException>(async () => await hashes.OfAsync(message, default));

        File.WriteAllBytes(message.ContentFile!, content);

        Assert.Equal(Expected("hello\r\n"), Digest(await hashes.OfAsync(message, default)));
    }

    [Fact]
    public async Task OfAsync_MoreMessagesThanAreKept_AreAllRight()
    {
        var hashes = new BodyHashes();
        for (var id = 0; id < 5_000; id++)
            await hashes.OfAsync(Samples.Message(Head + "hello\r\n") with { Id = id }, default);

        Assert.Equal(Expected("other\r\n"), Digest(await hashes.OfAsync(Samples.Message(Head + "other\r\n") with { Id = 0 }, default)));
    }

    private StoredMessage InFile(string body)
    {
        var path = Path.Combine(_directory, "content");
        File.WriteAllText(path, Head + body);
        return Samples.Message(Head) with { ContentFile = path, Length = Head.Length + body.Length };
    }

    private static string Digest(DkimBodyHash hash) => Convert.ToBase64String(hash.Digest.Span);

    private static string Expected(string body)
    {
        using var hasher = new DkimBodyHasher(DkimCanonicalization.Relaxed);
        hasher.Append(System.Text.Encoding.ASCII.GetBytes(body));
        return Digest(hasher.Complete());
    }
}
