using System.Globalization;
using System.Text;
using OutreachRelay.Protocols.Smtp;
using static OutreachRelay.Protocols.Tests.Smtp.Client.SmtpClientTranscripts;

namespace OutreachRelay.Protocols.Tests.Smtp.Client;

public sealed class SmtpClientRandomReplyTests
{
    // Where a stage's reply is replaced by random octets, and the connection then ends.
    private static readonly string[] Beginnings =
    [
        "",
        "S: 220 hi\nC: EHLO relay.example\n",
        Greeting + Envelope,
        Greeting + Envelope + "S: 250 ok\n",
        Greeting + Envelope + "S: 250 ok\nS: 250 ok\n",
        Greeting + Envelope + GoAhead + "! content\n",
    ];

    [Fact]
    public async Task RandomOctetsAsReplies_AtEveryStage_AreNeverASuccess()
    {
        var random = new Random(20260);
        for (var round = 0; round < 240; round++)
        {
            var beginning = Beginnings[round % Beginnings.Length];
            var octets = RandomReply(random);
            await using var upstream = new ScriptedUpstream($"{beginning}! raw {octets}\n! close");
            var result = await TryAsync(upstream);
            Assert.False(result.Succeeded, $"{beginning}{octets}: {result}");
            Assert.Equal(result.InDoubt, result.Stage == SmtpStage.FinalDot && result.Failure != SmtpFailureKind.Refused);
        }
    }

    private static async Task<SmtpResult> TryAsync(ScriptedUpstream upstream)
    {
        var (session, opened) = await OpenAsync(upstream);
        if (session is null)
            return opened;
        await using (session)
            return await session.SendAsync();
    }

    // Octets that often look like a reply, and never are the one that the stage wants.
    private static string RandomReply(Random random)
    {
        var octets = new StringBuilder();
        var length = random.Next(0, 60);
        for (var i = 0; i < length; i++)
        {
            var octet = random.Next(3) == 0 ? random.Next(256) : "0145 -\r\n45"[random.Next(10)];
            octets.Append(CultureInfo.InvariantCulture, $"\\x{octet:X2}");
        }
        return (random.Next(2) == 0 ? "4" : "") + octets + (random.Next(2) == 0 ? @"\r\n" : "");
    }
}
