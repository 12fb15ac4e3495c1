using System.Text;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>R42: behind a load balancer the client is who the header says, and nobody else may say it.</summary>
public sealed class ProxyProtocolTests(NetworkRelay door) : IClassFixture<NetworkRelay>
{
    private const string Signature = "\r\n\r\n\0\r\nQUIT\n";

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 56324 25\r\n", "[192.0.2.7]")]
    [InlineData("PROXY TCP6 2001:db8::7 2001:db8::1 56324 25\r\n", "[IPv6:2001:db8::7]")]
    [InlineData(Signature + "\x21\x11\0\x0c\xc0\0\x02\x08\xc6\x33\x64\x01\xdc\x04\0\x19", "[192.0.2.8]")]
    public async Task R42_TrustedHeader_ClientIsInItsNetworkAndInReceived(string header, string shown)
    {
        var testId = "proxied-" + Convert.ToHexStringLower(Encoding.Latin1.GetBytes(shown));
        await using var conversation = await OpenAsync(door.ProxiedPort, header);
        Assert.Equal(220, (await conversation.ReadReplyAsync()).Code);
        Assert.DoesNotContain("AUTH", (await conversation.SendAsync("EHLO crm.example")).Text);
        Assert.True((await conversation.SubmitAsync(TestMessage.Create(testId))).IsPositive);
        Assert.Contains($"from crm.example ({shown})", (await ArrivalAsync(testId)).Text);
    }

    [Theory]
    [InlineData("PROXY TCP4 203.0.113.9 198.51.100.1 56324 25\r\n", false)]
    [InlineData("PROXY TCP4 127.0.0.9 127.0.0.1 56324 25\r\n", true)]
    [InlineData(Signature + "\x20\0\0\0", true)]
    public async Task R42_ClientOutsideTheNetworks_MustLogInAndOnlyALocalOneMay(string header, bool maySeeLogin)
    {
        await using var conversation = await OpenAsync(door.ProxiedPort, header);
        Assert.Equal(220, (await conversation.ReadReplyAsync()).Code);
        Assert.Equal(maySeeLogin, (await conversation.SendAsync("EHLO crm.example")).Text.Contains("AUTH"));
        Assert.StartsWith("530 5.7.0", (await conversation.SendAsync("MAIL FROM:<a@crm.example>")).Text);
    }

    [Theory]
    [InlineData("EHLO crm.example\r\n")]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 56324\r\n")]
    [InlineData(Signature + "\x21\x31\0\xd8")]
    [InlineData(Signature + "\x21\x11\xff\xff")]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 56324 25\r\nPROXY TCP4 192.0.2.8 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7")]
    [InlineData("")]
    public async Task R42_NoValidHeader_IsClosedWithoutABanner(string header)
    {
        await using var conversation = await OpenAsync(door.ProxiedPort, header);
        Assert.Equal("", await conversation.ReadToEndAsync());
    }

    [Fact]
    public async Task R42_HeaderFromElsewhere_IsClosedWithoutABanner()
    {
        await using var conversation = await OpenAsync(door.ForeignPort, "PROXY TCP4 192.0.2.7 198.51.100.1 56324 25\r\n");
        Assert.Equal("", await conversation.ReadToEndAsync());
    }

    [Fact]
    public async Task R42_HeaderWhereNoneIsExpected_IsNotBelieved()
    {
        await using var conversation = await OpenAsync(door.Relay.Port, "PROXY TCP4 192.0.2.7 198.51.100.1 56324 25\r\n");
        Assert.Equal(220, (await conversation.ReadReplyAsync()).Code);
        Assert.StartsWith("500 5.5.1", await conversation.ReadToEndAsync());
    }

    [Fact]
    public async Task R42_TlsBehindAProxy_ComesAfterTheHeader()
    {
        await using var conversation = await OpenAsync(door.ProxiedTlsPort, "PROXY TCP4 192.0.2.7 198.51.100.1 56324 465\r\n");
        await conversation.EncryptAsync();
        Assert.Equal(220, (await conversation.ReadReplyAsync()).Code);
        await conversation.SendAsync("EHLO crm.example");
        Assert.True((await conversation.SubmitAsync(TestMessage.Create("proxied-tls"))).IsPositive);
        Assert.Contains("with ESMTPS id", (await ArrivalAsync("proxied-tls")).Text);
    }

    private static async Task<SmtpConversation> OpenAsync(int port, string header)
    {
        var conversation = await SmtpConversation.OpenAsync(port);
        await conversation.WriteAsync(Encoding.Latin1.GetBytes(header));
        return conversation;
    }

    private async Task<ReceivedMessage> ArrivalAsync(string testId)
    {
        await Wait.UntilAsync(() => door.Sink.CountOf(testId) > 0, TimeSpan.FromSeconds(20), () => $"{testId} did not arrive:\n{door.Relay.Log}");
        return door.Sink.Messages.First(m => m.TestId == testId);
    }
}
