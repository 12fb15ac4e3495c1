using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Protocols.Mime;
using static OutreachRelay.Tests.Deliver.Rendering.Samples;

namespace OutreachRelay.Tests.Deliver.Rendering;

public sealed class MessageRendererTests
{
    private static readonly string Vectors = Path.Combine(AppContext.BaseDirectory, "vectors", "rendering");

    public static TheoryData<string> Mails => new(Directory.GetFiles(Vectors, "*.eml").Select(path => Path.GetFileNameWithoutExtension(path)!).Order());

    [Theory]
    [MemberData(nameof(Mails))]
    public void W29_W30_RealisticMail_IsRenderedAsWrittenDown(string name)
    {
        var content = File.ReadAllBytes(Path.Combine(Vectors, name + ".eml"));
        var expected = File.ReadAllBytes(Path.Combine(Vectors, name + ".head"));
        var rendered = Render(Message(content), Direction(keepName: true));
        Assert.Equal(Encoding.Latin1.GetString(expected), Encoding.Latin1.GetString(rendered.Head.Span));
        var separator = content.AsSpan().IndexOf("\r\n\r\n"u8);
        Assert.Equal(separator < 0 ? [] : content[(separator + 4)..], rendered.Body.ToArray());
        Assert.Equal(rendered.Head.Length + rendered.Body.Length, rendered.Length);
    }

    [Theory]
    [MemberData(nameof(Mails))]
    public void W29_MutatedMail_KeepsFieldsBodyAndOneAuthor(string name)
    {
        var content = File.ReadAllBytes(Path.Combine(Vectors, name + ".eml"));
        var pieces = Gen.Elements("\r\n", "\r\n ", "\r\n\r\n", ":", "From: x@y.example\r\n", "\r\nfrom:", "\"", "(", "<", "=?utf-8?q?=0D=0A?=", "é", "\u2028", " ");
        var mutations = pieces.Zip(Gen.Choose(0, content.Length - 1)).ListOf();
        Prop.ForAll(mutations.ToArbitrary(), list =>
        {
            var mutated = content.ToList();
            foreach (var (piece, at) in list)
            {
                if (at < mutated.Count)
                    mutated.RemoveAt(at);
                mutated.InsertRange(Math.Min(at, mutated.Count), Encoding.UTF8.GetBytes(piece));
            }
            return HoldsFor([.. mutated]);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("From: a@x.example\r\nDate: x\r\nMessage-ID: <1@x>\r\n")]
    [InlineData("From: a@x.example\r\nDate: x\r\nMessage-ID: <1@x>\r\n\r\n")]
    [InlineData("From: a@x.example\r\nDate: x\r\nMessage-ID: <1@x>")]
    public void R4_MessageWithoutBody_GetsItsEmptyLine(string content)
    {
        var rendered = Render(Message(content));
        Assert.Equal(Received + From + "Date: x\r\nMessage-ID: <1@x>\r\n\r\n", Encoding.ASCII.GetString(rendered.Head.Span));
        Assert.Equal(0, rendered.Body.Length);
    }

    [Fact]
    public void W30_FortyLevelsOfMultipart_AreNotLookedAt()
    {
        var body = string.Concat(Enumerable.Range(0, 40).Select(i => $"--b{i}\r\nContent-Type: multipart/mixed; boundary=b{i + 1}\r\n\r\n")) + "no end";
        var rendered = Render(Message($"From: a@x.example\r\n\r\n{body}"));
        Assert.Equal(body, Encoding.ASCII.GetString(rendered.Body.Span));
    }

    [Fact]
    public void W30_BodyInAFile_StaysThere()
    {
        const string Head = "From: a@x.example\r\nDate: x\r\nMessage-ID: <1@x>\r\n\r\n";
        var message = Message(Head) with { ContentFile = "/data/content/7", Length = 5_000_000, Has8Bit = true };
        var rendered = Render(message);
        Assert.Equal(("/data/content/7", (long)Head.Length, 0), (rendered.BodyFile, rendered.BodyOffset, rendered.Body.Length));
        Assert.Equal(rendered.Head.Length + 5_000_000 - Head.Length, rendered.Length);
        Assert.True(rendered.Has8Bit);
    }

    [Theory]
    [InlineData("From: ä <a@x.example>\r\n\r\nbody", false)]
    [InlineData("From: a@x.example\r\nSubject: ä\r\n\r\nbody", true)]
    [InlineData("From: a@x.example\r\n\r\nbödy", true)]
    [InlineData("From: a@x.example\r\n\r\nbody", false)]
    public void W31_Has8Bit_IsThatOfWhatLeaves(string content, bool expected) => Assert.Equal(expected, Render(Message(content)).Has8Bit);

    [Fact]
    public void Render_FourKibibytes_AllocatesLittleMoreThanItsHead()
    {
        var message = Message(File.ReadAllBytes(Path.Combine(Vectors, "crm-html.eml")));
        var frozen = Freeze(message);
        MessageRenderer.Render(message, frozen, Upstream);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var rendered = MessageRenderer.Render(message, frozen, Upstream);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (2 * rendered.Head.Length) + 2_000);
    }

    private static bool HoldsFor(byte[] content)
    {
        if (!HeaderSection.TryRead(content, HeaderLimits.Default, out var section, out _))
            return true;
        var rendered = Render(Message(content), Direction(keepName: true));
        Assert.True(HeaderSection.TryRead(rendered.Head, HeaderLimits.Default, out var written, out _));
        Assert.True(rendered.Body.Span.SequenceEqual(content.AsSpan(section.Length)));
        var authors = 0;
        var original = section.GetEnumerator();
        foreach (var field in written)
        {
            authors += field.Is("From"u8) ? 1 : 0;
            var isOurs = field.Offset == 0 || field.Is("From"u8) || field.Is("Message-ID"u8) || field.Is("Date"u8);
            // What is not ours is a field of the original, and they stand in its order.
            while (!isOurs && original.MoveNext() && !original.Current.Raw.SequenceEqual(field.Raw))
            {
            }
            Assert.True(isOurs || original.Current.Raw.SequenceEqual(field.Raw));
        }
        return authors == 1;
    }
}
