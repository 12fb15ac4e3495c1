using System.Net;
using OutreachRelay.Configuration;
using OutreachRelay.Receive;

namespace OutreachRelay.Tests.Receive;

public sealed class DigestTests
{
    private static readonly DirectionModel Cold = Models.Direction(Models.Pool(Models.Sender("ann@x.example")), Models.Upstream("a"));
    private static readonly byte[] Hash = new byte[32];

    [Fact]
    public void Recipients_SameMessage_HaveTheSameDigest()
    {
        Assert.Equal(16, Of("acme", "1@x", "to@y.example").Length);
        Assert.Equal(Of("acme", "1@x", "to@y.example"), Of("acme", "1@x", "To@Y.Example"));
    }

    [Theory]
    [InlineData("other", "1@x", "to@y.example", 0)]
    [InlineData("acme", "2@x", "to@y.example", 0)]
    [InlineData("acme", "1@X", "to@y.example", 0)]
    [InlineData("acme", "1@x", "you@y.example", 0)]
    [InlineData("acme", "1@x", "to@y.example", 1)]
    [InlineData("acm", "e1@x", "to@y.example", 0)]
    [InlineData("acme1@x", "", "to@y.example", 0)]
    public void Recipients_OneThingDiffers_HaveAnotherDigest(string client, string messageId, string recipient, byte hash) =>
        Assert.NotEqual(Of("acme", "1@x", "to@y.example"), Of(client, messageId, recipient, hash));

    [Fact]
    public void Recipients_WithoutMessageId_HaveNone() => Assert.Empty(Of("acme", null, "to@y.example"));

    [Fact]
    public void Recipients_KeepTheirOrderAndSpelling()
    {
        var submission = Submission("acme");
        submission.Add(Models.Mailbox("Jane@Y.example"));
        submission.Add(Models.Mailbox("jöhn@bücher.example"));

        Assert.Equal(
            [("Jane@Y.example", "jane@y.example"), ("jöhn@xn--bcher-kva.example", "jöhn@xn--bcher-kva.example")],
            Digest.Recipients(submission, null, Hash).Select(recipient => (recipient.Address, recipient.Key)));
    }

    private static byte[] Of(string client, string? messageId, string recipient, byte hash = 0)
    {
        var submission = Submission(client);
        submission.Add(Models.Mailbox(recipient));
        byte[] content = [.. Hash[1..], hash];
        return Digest.Recipients(submission, messageId, content)[0].Digest.ToArray();
    }

    private static Submission Submission(string client)
    {
        var model = Models.Client(Cold) with { Name = client };
        return new Submission(Models.Relay(model), model, null, IPAddress.Loopback, "", "ESMTP", false);
    }
}
