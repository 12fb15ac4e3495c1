using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Tests.Mime;

public sealed class HeaderSectionTests
{
    [Fact]
    public void TryRead_FieldsAndBody_EndsBehindTheEmptyLine()
    {
        var section = Read("From: a@x.example\r\nTo: b@x.example\r\n\r\nbody: text\r\n");
        Assert.Equal((2, 38), (section.Count, section.Length));
        Assert.Equal("From: a@x.example\r\nTo: b@x.example\r\n", Text(section.Fields.Span));
    }

    [Theory]
    [InlineData("Subject: x\r\n\r\n", 14)]
    [InlineData("Subject: x\r\n", 12)]
    [InlineData("Subject: x", 10)]
    public void R4_HeaderSectionWithoutBody_IsComplete(string content, int length) => Assert.Equal(length, Read(content).Length);

    [Theory]
    [InlineData("", HeaderFault.NoHeaderSection, 1)]
    [InlineData("\r\nonly a body\r\n", HeaderFault.NoHeaderSection, 1)]
    [InlineData("only a body\r\n", HeaderFault.NoHeaderSection, 1)]
    [InlineData(" folded: x\r\n", HeaderFault.FoldedFirstLine, 1)]
    [InlineData("A: x\r\n y\r\nno colon\r\n\r\n", HeaderFault.NoColon, 3)]
    [InlineData("From a@x Sat Nov 21 17:42:15 2026\r\nA: x\r\n\r\n", HeaderFault.BadName, 1)]
    [InlineData("A: x\r\n: y\r\n\r\n", HeaderFault.BadName, 2)]
    [InlineData("A: x\r\nÄ: y\r\n\r\n", HeaderFault.BadName, 2)]
    [InlineData("A: x\r\nB: y\nC: z\r\n\r\n", HeaderFault.ControlCharacter, 2)]
    [InlineData("A: x\rB: y\r\n\r\n", HeaderFault.ControlCharacter, 1)]
    [InlineData("A: x\r", HeaderFault.ControlCharacter, 1)]
    [InlineData("A: \0\r\n\r\n", HeaderFault.ControlCharacter, 1)]
    public void TryRead_Malformed_NamesTheFaultAndItsLine(string content, HeaderFault fault, int line)
    {
        Assert.False(HeaderSection.TryRead(Encoding.UTF8.GetBytes(content), HeaderLimits.Default, out _, out var error));
        Assert.Equal(new HeaderError(fault, line), error);
        Assert.NotEmpty(error.ToString());
    }

    [Fact]
    public void R7_FieldOfOneMebibyte_IsRefused()
    {
        var content = Encoding.ASCII.GetBytes("A: " + new string('x', 1 << 20) + "\r\n\r\n");
        Assert.False(HeaderSection.TryRead(content, HeaderLimits.Default, out _, out var error));
        Assert.Equal(HeaderFault.TooLarge, error.Fault);
    }

    [Theory]
    [InlineData(13, true)]
    [InlineData(12, false)]
    public void TryRead_SizeLimit_CountsTheEmptyLine(int limit, bool accepted) =>
        Assert.Equal(accepted, HeaderSection.TryRead("Abcdef: gh\r\n\r\nlong body\r\n"u8.ToArray(), new HeaderLimits(limit + 1, 10), out _, out _));

    [Fact]
    public void R7_TenThousandFields_AreRefusedAtTheLimit()
    {
        var content = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("A: b\r\n", 10_000)) + "\r\n");
        Assert.False(HeaderSection.TryRead(content, HeaderLimits.Default, out _, out var error));
        Assert.Equal(new HeaderError(HeaderFault.TooManyFields, 2_001), error);
    }

    [Fact]
    public void Enumerate_FoldedAndObsoleteFields_GivesNamesValuesAndLines()
    {
        var seen = new List<(string, string, int)>();
        foreach (var field in Read("Subject : one\r\n\t two\r\n \r\nX-Empty:\r\nx: é:y\r\n\r\n"))
            seen.Add((Text(field.Name), field.GetText(), field.Line));
        Assert.Equal([("Subject", "one\t two", 1), ("X-Empty", "", 4), ("x", "é:y", 5)], seen);
    }

    [Fact]
    public void TryFind_OtherCase_FindsTheFirst()
    {
        Assert.True(Read("A: 1\r\nSUBJECT: 2\r\nsubject: 3\r\n").TryFind("Subject"u8, out var field));
        Assert.Equal(("2", 6), (field.GetText(), field.Offset));
        Assert.False(Read("A: 1\r\n").TryFind("B"u8, out _));
    }

    [Fact]
    public void W29_ReadAndWrittenWithoutEdits_IsTheSameOctets()
    {
        const string Fields = "Received: from a\r\n\tby b;\r\n  date\r\nsUbJeCt  :  x  \r\nX:\r\n \r\nY: \u00e9\t\r\n";
        Assert.Equal(Fields, Copy(Read(Fields + "\r\nbody")));
    }

    [Fact]
    public void TryRead_RandomOctets_NeverFailsAndKeepsEveryOctet()
    {
        var pieces = Gen.Elements("A", ": ", ":", "\r\n", "\r\n ", "\r\n\t", " ", "é", "\r", "\n", "\0", "From", "\r\n\r\n", "B: c\r\n");
        Prop.ForAll(Gen.ListOf(pieces).Select(string.Concat).ToArbitrary(), content =>
        {
            var octets = Encoding.UTF8.GetBytes(content);
            if (!HeaderSection.TryRead(octets, HeaderLimits.Default, out var section, out _))
                return true;
            var joined = new ArrayBufferWriter<byte>();
            foreach (var field in section)
                joined.Write(field.Raw);
            return joined.WrittenSpan.SequenceEqual(section.Fields.Span) && octets.AsSpan().StartsWith(section.Raw.Span);
        }).QuickCheckThrowOnFailure();
    }

    internal static HeaderSection Read(string content)
    {
        Assert.True(HeaderSection.TryRead(Encoding.UTF8.GetBytes(content), HeaderLimits.Default, out var section, out var error), error.ToString());
        return section;
    }

    private static string Copy(HeaderSection section)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new HeaderWriter(output);
        foreach (var field in section)
            writer.Copy(field);
        return Text(output.WrittenSpan);
    }

    private static string Text(ReadOnlySpan<byte> octets) => Encoding.UTF8.GetString(octets);
}
