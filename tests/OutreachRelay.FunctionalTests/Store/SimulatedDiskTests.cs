using System.Text;

namespace OutreachRelay.FunctionalTests.Store;

/// <summary>The disk that loses power, on logs written by hand: it must forget what a disk may forget.</summary>
public sealed class SimulatedDiskTests
{
    private static readonly Func<int, int> Nothing = _ => 0;
    private static readonly Func<int, int> Everything = count => count;

    private readonly SimulatedDisk _disk = new("/r");
    private readonly DiskLog _log;

    public SimulatedDiskTests() => _log = new DiskLog(_disk);

    [Fact]
    public void LosePower_FileAndNameFlushed_AreThere()
    {
        Play(Create(5, "/r/a"), Write(5, "octets", 0), "fsync(5) = 0", Open(6, "/r"), "fsync(6) = 0");

        Assert.Equal("octets", Left(Nothing)["a"]);
    }

    [Fact]
    public void LosePower_NameNotFlushed_TheFileIsGone()
    {
        Play(Create(5, "/r/a"), Write(5, "octets", 0), "fsync(5) = 0");

        Assert.Empty(Left(Nothing));
        Assert.Equal("octets", Left(Everything)["a"]);
    }

    [Fact]
    public void LosePower_WriteAfterTheFlush_IsGone()
    {
        Play(Create(5, "/r/a"), Write(5, "first", 0), "fdatasync(5) = 0", Open(6, "/r"), "fsync(6) = 0", Write(5, "later", 5));

        Assert.Equal("first", Left(Nothing)["a"]);
        Assert.Equal("firstlater", Left(Everything)["a"]);
    }

    [Fact]
    public void Play_WriteThatEndedWhileAFlushRan_IsNotFlushedByIt()
    {
        Play(Create(5, "/r/a"), Open(6, "/r"), "fsync(6) = 0", "fsync(5 <unfinished ...>", "11 " + Write(5, "late", 0), "<... fsync resumed>) = 0");

        Assert.Equal("", Left(Nothing)["a"]);
    }

    [Fact]
    public void Play_FlushThatFailed_FlushesNothing()
    {
        Play(Create(5, "/r/a"), Open(6, "/r"), "fsync(6) = 0", Write(5, "octets", 0), "fsync(5) = -1 EIO (Input/output error)");

        Assert.Equal("", Left(Nothing)["a"]);
    }

    [Fact]
    public void LosePower_RenameOverAFile_IsTheOldOneOrTheNew()
    {
        Play(Create(5, "/r/a"), Write(5, "old", 0), "fsync(5) = 0", Create(7, "/r/a.new"), Write(7, "new", 0), "fsync(7) = 0", Open(6, "/r"), "fsync(6) = 0");
        Play($"rename({Hex("/r/a.new")}, {Hex("/r/a")}) = 0");

        Assert.Equal("old", Left(Nothing)["a"]);
        Assert.Equal("new", Assert.Single(Left(Everything)).Value);
    }

    [Fact]
    public void LosePower_SomePagesKept_EachIsAsAtOneOfItsChanges()
    {
        Play(Create(5, "/r/a"), Write(5, new string('a', 8192), 0), "fsync(5) = 0", Open(6, "/r"), "fsync(6) = 0");
        Play(Write(5, new string('b', 8192), 0), Write(5, new string('c', 8192), 0));

        // The length's changes first, then those of each page in the order of the file.
        var survivors = new Queue<int>([2, 1, 2]);
        Assert.Equal(new string('b', 4096) + new string('c', 4096), Left(_ => survivors.Dequeue())["a"]);
    }

    [Fact]
    public void LosePower_CutAndWrittenAgain_HasNoOctetOfBefore()
    {
        Play(Create(5, "/r/a"), Write(5, "before", 0), "fsync(5) = 0", Open(6, "/r"), "fsync(6) = 0", "ftruncate(5, 0) = 0", Write(5, "x", 2));

        Assert.Equal("before", Left(Nothing)["a"]);
        Assert.Equal("\0\0x", Left(Everything)["a"]);
        Play("fsync(5) = 0");
        Assert.Equal("\0\0x", Left(Nothing)["a"]);
    }

    [Fact]
    public void Play_CallThatIsNotUnderstood_EndsTheReplay() =>
        Assert.Throws<InvalidDataException>(() => Play(Create(5, "/r/a"), $"write(5, {Hex("octets")}, 6) = 6"));

    private void Play(params string[] calls)
    {
        foreach (var _ in _log.Play(calls.Select(call => call.StartsWith("11 ", StringComparison.Ordinal) ? call : "10 " + call)))
        {
            // What is left is looked at in the end.
        }
    }

    private Dictionary<string, string> Left(Func<int, int> survivors) =>
        _disk.LosePower(survivors).ToDictionary(file => file.Key, file => Encoding.ASCII.GetString(file.Value ?? []), StringComparer.Ordinal);

    private static string Create(int descriptor, string path) => $"openat(AT_FDCWD, {Hex(path)}, O_RDWR|O_CREAT, 0666) = {descriptor}";

    private static string Open(int descriptor, string path) => $"openat(AT_FDCWD, {Hex(path)}, O_RDONLY) = {descriptor}";

    private static string Write(int descriptor, string text, int offset) => $"pwrite64({descriptor}, {Hex(text)}, {text.Length}, {offset}) = {text.Length}";

    private static string Hex(string text) => '"' + string.Concat(Encoding.ASCII.GetBytes(text).Select(octet => $"\\x{octet:x2}")) + '"';
}
