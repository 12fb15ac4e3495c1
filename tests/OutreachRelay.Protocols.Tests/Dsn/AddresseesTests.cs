using System.Text;
using OutreachRelay.Protocols.Dsn;

namespace OutreachRelay.Protocols.Tests.Dsn;

public sealed class AddresseesTests
{
    [Theory]
    [InlineData("To: a@x.example\n\n", "a@x.example")]
    [InlineData("To: a@x.example\nX-Original-To: b@x.example\nDelivered-To: c@x.example\n\n", "c@x.example b@x.example a@x.example")]
    [InlineData("Delivered-To: c@x.example\nDelivered-To: d@x.example\n\n", "c@x.example d@x.example")]
    [InlineData("envelope-to: <b@x.example>\r\nTo: \"A, B\" <a@x.example>,\r\n friends: e@x.example;\r\n\r\n", "b@x.example a@x.example e@x.example")]
    [InlineData("\n\nFrom jane Mon Mar  2 09:00:00 2026\nnot a field\nTo: a@x.example\n\n", "a@x.example")]
    [InlineData("Subject: x\n\nTo: body@x.example\n", "")]
    [InlineData("To: undisclosed-recipients:;\nCc: c@x.example\n\n", "")]
    [InlineData("", "")]
    public void Read_HeaderSection_GivesAddresseesBestFirst(string message, string expected) =>
        Assert.Equal(expected, string.Join(' ', Addressees.Read(Encoding.UTF8.GetBytes(message))));

    [Fact]
    public void Read_ManyAddressees_IsBounded()
    {
        var message = string.Concat(Enumerable.Range(0, 1000).Select(i => $"To: a{i}@x.example, b{i}@x.example\n"));

        Assert.Equal(Addressees.Most, Addressees.Read(Encoding.UTF8.GetBytes(message)).Length);
    }

    [Fact]
    public void Read_RandomOctets_NeverThrows()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var octets = new byte[random.Next(200)];
            random.NextBytes(octets);
            Addressees.Read((byte[])[.. "To: "u8, .. octets]);
        }
    }
}
