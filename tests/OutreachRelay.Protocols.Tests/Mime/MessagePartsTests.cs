using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Tests.Mime;

public class MessagePartsTests
{
    private static readonly PartLimits Limits = new(MaxParts: 10, MaxDepth: 3);

    [Fact]
    public void Read_NestedMultiparts_GivesTheLeavesInOrder()
    {
        var parts = Read("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n"
            + "Content-Type: text/html\r\n\r\n<p>two\r\n--b--\r\n--a\r\nContent-Type: application/pdf\r\n\r\nthree\r\n--a--\r\n");

        Assert.Equal(["text/plain", "text/html", "application/pdf"], parts.Leaves.Select(part => part.MediaType));
        Assert.Equal(["one", "<p>two", "three"], parts.Leaves.Select(part => Encoding.ASCII.GetString(part.Content.Span)));
        Assert.Equal(PartFaults.None, parts.Faults);
    }

    [Theory]
    [InlineData("Content-Type: multipart/mixed\r\n\r\nx", PartFaults.NoBoundary | PartFaults.NoParts)]
    [InlineData("Content-Type: multipart/mixed; boundary=a\r\n\r\nx", PartFaults.NoParts)]
    [InlineData("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n", PartFaults.NotClosed)]
    public void Read_BrokenMultipart_SaysHow(string message, PartFaults faults) => Assert.Equal(faults, Read(message).Faults);

    [Fact]
    public void Read_MorePartsThanAllowed_StopsAndSaysSo()
    {
        var parts = Read("Content-Type: multipart/mixed; boundary=a\r\n\r\n" + string.Concat(Enumerable.Repeat("--a\r\n\r\nx\r\n", 50)) + "--a--\r\n");

        Assert.Equal(10, parts.Leaves.Count);
        Assert.Equal(PartFaults.TooMany, parts.Faults);
    }

    [Fact]
    public void Read_DeeperThanAllowed_StopsAndSaysSo()
    {
        var message = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n"));

        Assert.True(Read(message).Faults.HasFlag(PartFaults.TooDeep));
    }

    [Theory]
    [InlineData("Content-Transfer-Encoding: uuencode\r\n\r\nx", PartFaults.UnknownEncoding)]
    [InlineData("Content-Transfer-Encoding: base64\r\n\r\nnot base64!", PartFaults.NotBase64)]
    [InlineData("Content-Type: text/plain; charset=klingon\r\n\r\nx", PartFaults.UnknownCharset)]
    [InlineData("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nx", PartFaults.None)]
    public void Faults_OfOnePart_AreNamed(string message, PartFaults faults) => Assert.Equal(faults, Read(message).Root.Faults);

    [Theory]
    [InlineData("Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe=\r\n!", "Grüße!")]
    [InlineData("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nR3LDvMOf\r\nZQ==\r\n", "Grüße")]
    [InlineData("Content-Type: text/plain; charset=unknown\r\n\r\nGrüße", "Grüße")]
    public void DecodeText_CharsetAndEncoding_GiveTheText(string message, string text) => Assert.Equal(text, Read(message).Root.DecodeText(1000));

    [Fact]
    public void Decode_ABeginning_LooksNoFurther() =>
        Assert.Equal("SGV"u8.Length - 1, Read("Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=").Root.Decode(3).Length);

    [Theory]
    [InlineData("Content-Disposition: attachment; filename=\"a b.pdf\"", "a b.pdf")]
    [InlineData("Content-Type: application/pdf; name=a.pdf", "a.pdf")]
    [InlineData("Content-Disposition: attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf", "Grüße.pdf")]
    [InlineData("Content-Disposition: attachment; filename*=iso-8859-1'de'Gr%FC%DFe.pdf", "Grüße.pdf")]
    [InlineData("Content-Disposition: attachment; filename*0=\"invoice\"; filename*1=\".pdf\"; filename*2=\".exe\"", "invoice.pdf.exe")]
    [InlineData("Content-Type: application/pdf; name=\"=?utf-8?Q?Gr=C3=BC=C3=9Fe=2Epdf?=\"", "Grüße.pdf")]
    [InlineData("Content-Type: application/pdf", "")]
    public void FileName_EveryForm_IsRead(string field, string name) => Assert.Equal(name, Read(field + "\r\n\r\nx").Root.FileName);

    [Fact]
    public void FileName_OfAMebibyte_IsCut() =>
        Assert.Equal(255, Read("Content-Disposition: attachment; filename=\"" + new string('a', 1 << 20) + "\"\r\n\r\nx").Root.FileName.Length);

    [Fact]
    public void Read_AnyOctets_HasPartsWithinItsBounds() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), octets =>
    {
        var parts = MessageParts.Read(octets, Limits);
        return parts.Leaves.Count is >= 1 and <= 10
            && parts.Leaves.TrueForAll(part => part.DecodeText(1000).Length <= 1000 && part.FileName.Length <= 255 && part.Faults >= PartFaults.None);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    private static MessageParts Read(string message) => MessageParts.Read(Encoding.UTF8.GetBytes(message), Limits);
}
