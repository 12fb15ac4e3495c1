using System.Diagnostics;
using System.Text;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Protocols.Tests.Toml;

public class TomlReaderTests
{
    [Theory]
    [InlineData("a = 1\nb = ", 2, 5, "expected a value")]
    [InlineData("a = 1 2", 1, 7, "expected the end of the line")]
    [InlineData("a = \"x\n", 1, 5, "not closed on its line")]
    [InlineData("a = \"\"\"x\n\n", 1, 5, "not closed")]
    [InlineData("a = \"\\q\"", 1, 6, "expected an escape")]
    [InlineData("a = \"\\u00g0\"", 1, 6, "expected 4 hexadecimal digits")]
    [InlineData("a = \"\\ud800\"", 1, 6, "no Unicode scalar value")]
    [InlineData("[a]\n\n[a]", 3, 2, "'a' is defined already, as a table at 1:2")]
    [InlineData("a = 1\na.b = 2", 2, 1, "complete since 1:1")]
    [InlineData("ключ = 1", 1, 1, "expected a key")]
    [InlineData("\"ключ\" = 01", 1, 10, "no leading zeros")]
    [InlineData("a = 9223372036854775808", 1, 5, "does not fit 64 bits")]
    [InlineData("a = [1, 2", 1, 10, "expected , or ]")]
    [InlineData("a = { b = 1\n}", 1, 12, "expected , or }")]
    [InlineData("[a\nb = 1", 1, 3, "expected ] after")]
    [InlineData("[[a]\nb = 1", 1, 4, "expected ]] after")]
    [InlineData("a", 1, 2, "expected = after the key")]
    [InlineData("a = 2026-02-30", 1, 5, "expected a date or time")]
    [InlineData("a = 2026-12-31T23:59:60Z", 1, 5, "expected a date or time")]
    [InlineData("# \u0001", 1, 3, "control character")]
    [InlineData("\uFEFFa = yes", 1, 5, "expected a value")]
    [InlineData("a = 1\r\nb = \t$", 2, 6, "expected a value")]
    public void TryRead_BrokenDocument_NamesPlaceAndExpectation(string text, int line, int column, string message)
    {
        Assert.False(TomlReader.TryRead(Encoding.UTF8.GetBytes(text), out var root, out var error));

        Assert.Null(root);
        Assert.Equal((line, column), (error.Line, error.Column));
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void TryRead_OctetsThatAreNotUtf8_NamesTheFirst()
    {
        Assert.False(TomlReader.TryRead([.. "a = 1\nb = \"ü"u8, 0xC3, 0x28, (byte)'"'], out _, out var error));

        Assert.Equal(new TomlError(2, 7, "the document is not valid UTF-8"), error);
    }

    [Fact]
    public void TryRead_Values_KeepTheirPlaces()
    {
        var root = Read("# ä\nключ-less = 1\n".Replace("ключ", "key") + "[t]\n  'ö' = [ 1,\n   2 ]\n[[u]]\n\"ü\".x = { y = true }\n");

        Assert.True(root.TryGet("key-less", out var first));
        Assert.Equal((new(2, 1), new(2, 12)), (first.Key.Position, first.Value.Position));
        var array = (TomlArray)((TomlTable)root.Entries[1].Value).Entries[0].Value;
        Assert.Equal([new(4, 9), new(4, 11), new(5, 4)], new[] { array.Position, array.Items[0].Position, array.Items[1].Position });
        var element = (TomlTable)((TomlArray)root.Entries[2].Value).Items[0];
        Assert.Equal(new TomlPosition(6, 1), element.Position);
        var x = ((TomlTable)element.Entries[0].Value).Entries[0];
        Assert.Equal((new TomlPosition(7, 5), new TomlPosition(7, 9)), (x.Key.Position, x.Value.Position));
    }

    [Fact]
    public void TryRead_Entries_KeepTheOrderOfTheDocument()
    {
        Assert.Equal(["z", "a", "m"], Read("z = 1\na = 2\nm = 3").Entries.Select(entry => entry.Key.Name));
    }

    [Fact]
    public void TryRead_KeyWithLineEndInAnError_IsShownWithoutIt()
    {
        Assert.False(TomlReader.TryRead("\"a\\nb\" = 1\n\"a\\nb\" = 2"u8, out _, out var error));

        Assert.Equal("the key 'a?b' is defined already, at 1:1", error.Message);
    }

    [Theory]
    [InlineData("a = ", "[")]
    [InlineData("a = ", "{a=")]
    [InlineData("a = ", "[{a.b=")]
    [InlineData("", "a.")]
    [InlineData("[", "a.")]
    [InlineData("[[", "a.")]
    public void TryRead_NestedWithoutEnd_IsRefusedWithoutStackOverflow(string start, string repeated)
    {
        var text = start + string.Concat(Enumerable.Repeat(repeated, 1_000_000));

        Assert.False(TomlReader.TryRead(Encoding.UTF8.GetBytes(text), out _, out var error));

        Assert.Matches("nest", error.Message);
    }

    [Fact]
    public void TryRead_NestedToTheLimit_IsRead()
    {
        Assert.True(TomlReader.TryRead(Encoding.UTF8.GetBytes("a = " + new string('[', 99) + new string(']', 99)), out _, out _));
    }

    [Fact]
    public void TryRead_DocumentOverTheLimit_IsRefused()
    {
        Assert.False(TomlReader.TryRead(new byte[TomlReader.MaxLength + 1], out _, out var error));

        Assert.Contains("16 MiB", error.Message);
    }

    [Theory]
    [InlineData("a = [\n", "1,", "]")]
    [InlineData("a = '''\n", "''\n", "'''")]
    [InlineData("", "#\n", "")]
    [InlineData("a = \"", "\\n", "\"")]
    [InlineData("a = \"\"\"", "\\\n", "\"\"\"")]
    [InlineData("", "[[a]]\n", "")]
    [InlineData("a = 0.", "1", "")]
    public void TryRead_LongDocument_TakesLinearTime(string start, string repeated, string end)
    {
        var octets = Encoding.UTF8.GetBytes(start + string.Concat(Enumerable.Repeat(repeated, 4_000_000 / repeated.Length)) + end);
        var clock = Stopwatch.StartNew();

        Assert.True(TomlReader.TryRead(octets, out _, out var error), error?.ToString());

        // Quadratic time would be hours.
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    private static TomlTable Read(string text)
    {
        Assert.True(TomlReader.TryRead(Encoding.UTF8.GetBytes(text), out var root, out var error), error?.ToString());
        return root!;
    }
}
