using System.Runtime.Versioning;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;

namespace OutreachRelay.Tests.Observe;

public sealed class RecipientMaskTests
{
    private static readonly byte[] Key = new byte[32];
    private static readonly RecipientMask Hash = new(RecipientLogging.Hash, Key);
    private static readonly RecipientMask Domain = new(RecipientLogging.Domain, Key);

    [Fact]
    public void Mask_EachMode_ShowsAsMuchAsItMay()
    {
        Assert.Equal("jane@example.org", new RecipientMask(RecipientLogging.Full, Key).Mask("jane@example.org"));
        Assert.Equal("*@example.org", Domain.Mask("jane@example.org"));
        Assert.Matches("^rcpt-[0-9a-f]{12}$", Hash.Mask("jane@example.org"));
    }

    [Fact]
    public void Hash_OtherSpelling_IsTheSameAndOtherKeyIsNot()
    {
        Assert.Equal(Hash.Mask("jane@example.org"), Hash.Mask("Jane@EXAMPLE.org"));
        Assert.NotEqual(Hash.Mask("jane@example.org"), new RecipientMask(RecipientLogging.Hash, new byte[] { 1 }).Mask("jane@example.org"));
        Assert.NotEqual(Hash.Mask("jane@example.org"), Hash.Mask("joan@example.org"));
    }

    [Theory]
    [InlineData("550 5.1.1 <jane@example.org>: unknown", "550 5.1.1 <*@example.org>: unknown")]
    [InlineData("jane@example.org,bob@example.net.", "*@example.org,*@example.net.")]
    [InlineData("'jane@example.org' is full", "'*@example.org' is full")]
    [InlineData("rfc822;jane@example.org", "rfc822;*@example.org")]
    [InlineData("\"jane doe\"@example.org no", "*@example.org no")]
    [InlineData("bounce+jane=example.org@ret.example", "*@ret.example")]
    [InlineData("see https://x.example/?e=jane%40example.org", "see https:*@example.org")]
    [InlineData("jane＠example.org", "*@example.org")]
    [InlineData("jane@[192.0.2.1]", "*@[192.0.2.1]")]
    [InlineData("250 2.0.0 ok", "250 2.0.0 ok")]
    [InlineData("a @ b", "a @ b")]
    public void O23_MaskIn_RemoteText_HidesEveryLocalPart(string text, string expected) => Assert.Equal(expected, Domain.MaskIn(text));

    [Fact]
    public void O23_MaskIn_Hash_IsThatOfTheRecipient() =>
        Assert.Equal($"<{Hash.Mask("jane@example.org")}> unknown", Hash.MaskIn("<JANE@example.org> unknown"));

    [Theory]
    [InlineData("@")]
    [InlineData("\"")]
    [InlineData("a@")]
    [InlineData("\"\\")]
    public void MaskIn_LongHostileText_EndsSoon(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 2000)) + "jane@example.org";
        var clock = System.Diagnostics.Stopwatch.StartNew();

        Assert.DoesNotContain("jane", Hash.MaskIn(text));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void MaskKey_SecondTime_IsTheSameAndPrivate()
    {
        var folder = Directory.CreateTempSubdirectory("key");
        try
        {
            Assert.Equal(MaskKey.LoadOrCreate(folder.FullName), MaskKey.LoadOrCreate(folder.FullName));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.FullName, "log.key")));
            Assert.Equal(32, MaskKey.LoadOrCreate("/nonexistent").Length);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
