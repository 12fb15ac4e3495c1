using System.Security.Cryptography;
using System.Text;

namespace OutreachRelay.Tests;

public class KeyedHashTests
{
    // RFC 4231 §4.3, test case 2.
    [Fact]
    public void Compute_TestCaseOfTheStandard_IsItsResult()
    {
        var hash = new byte[KeyedHash.Size];
        new KeyedHash("Jefe"u8.ToArray()).Compute("what do ya want for nothing?", hash);

        Assert.Equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", Convert.ToHexStringLower(hash));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(100_000)]
    public void Compute_AnyLength_IsThatOfTheWholeText(int length)
    {
        var text = new string('ä', length);
        var hash = new byte[KeyedHash.Size];
        new KeyedHash("key"u8.ToArray()).Compute(text, hash);

        Assert.Equal(HMACSHA256.HashData("key"u8, Encoding.UTF8.GetBytes(text)), hash);
    }

    [Fact]
    public void Compute_ManyThreads_NeverMixTheirTexts()
    {
        var keyed = new KeyedHash("key"u8.ToArray());

        Parallel.For(0, 20_000, i =>
        {
            var text = $"person{i}@example.com";
            Span<byte> hash = stackalloc byte[KeyedHash.Size];
            keyed.Compute(text, hash);
            Assert.True(hash.SequenceEqual(HMACSHA256.HashData("key"u8, Encoding.UTF8.GetBytes(text))));
        });
    }
}
