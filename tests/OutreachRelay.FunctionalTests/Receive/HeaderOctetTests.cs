using System.Text;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>Header sections that are not ASCII.</summary>
public sealed class HeaderOctetTests
{
    // One character per octet: UTF-8, Latin-1, and UTF-8 that breaks off.
    [Theory]
    [InlineData("Gr\u00c3\u00bc\u00c3\u009fe")]
    [InlineData("Gr\u00fc\u00dfe")]
    [InlineData("Gr\u00c3e \u00ff\u00fe")]
    public async Task R10_EightBitOctets_PassUnchangedWhereWeDoNotEditAndAreGoneWhereWeDo(string words)
    {
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", sink.Port)], Senders = ["anna@one.example"] });
        var message = TestMessage.Create("octets");
        var text = Encoding.Latin1.GetString(message.Content).Replace("Message octets", words).Replace("From: Chris", $"From: \"{words}\"");

        await relay.SubmitAsync(message with { Content = Encoding.Latin1.GetBytes(text) });
        await Wait.UntilAsync(() => sink.CountOf("octets") == 1, TimeSpan.FromSeconds(20), () => relay.Log);

        var arrived = Assert.Single(sink.Messages);
        Assert.Equal(words, arrived.Field("Subject"));
        Assert.True(Ascii.IsValid(arrived.Field("From")), arrived.Field("From"));
    }
}
