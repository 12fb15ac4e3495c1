using System.Text;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Receive;

namespace OutreachRelay.Tests.Receive;

public sealed class MessageFactsTests
{
    [Theory]
    [InlineData("From")]
    [InlineData("Subject")]
    [InlineData("Message-ID")]
    [InlineData("Date")]
    [InlineData("To")]
    [InlineData("Reply-To")]
    [InlineData("Sender")]
    public void W2_FieldTwice_IsRefusedByName(string name)
    {
        var reply = Refusal($"{name}: a@x.example\r\nX: y\r\n{name.ToUpperInvariant()} :\r\n b\r\n\r\n");
        Assert.Equal($"550 5.6.0 the message has more than one {name} field", reply);
    }

    [Theory]
    [InlineData("\r\nbody\r\n", "550 5.6.0 the message has no header section")]
    [InlineData("", "550 5.6.0 the message has no header section")]
    [InlineData("just text\r\n", "550 5.6.0 the message has no header section")]
    [InlineData("A: b\r\ntext\r\n", "550 5.6.0 line 2 of the header section has no colon")]
    public void R4_NoHeaderSection_IsRefused(string content, string reply) => Assert.Equal(reply, Refusal(content));

    [Fact]
    public void R7_TooLargeSection_IsRefused() => Assert.StartsWith("552 5.3.4", Refusal("A: " + new string('x', 300_000) + "\r\n"));

    [Fact]
    public void R48_OwnHop_IsALoop()
    {
        var own = Encoding.ASCII.GetString(ReceivedField.Build("crm (by x)", "relay.example.com", "ESMTPA", "1", DateTimeOffset.UnixEpoch));
        Assert.Equal("554 5.4.6 the message loops", Refusal(own + "From: a@x.example\r\n"));
        Assert.Equal("554 5.4.6 the message loops", Refusal(own.Replace("relay.example", "RELAY.example").Replace("\r\n\t", " ") + "\r\n"));
    }

    [Theory]
    [InlineData("from a by relay.example.com (Postfix) with ESMTP; x")]
    [InlineData("from relay.example.com (OutreachRelay) by other.example; x")]
    [InlineData("by other.example (OutreachRelay) with ESMTP; x")]
    [InlineData("by relay.example.com (OutreachRelayX); x")]
    [InlineData("(by relay.example.com (OutreachRelay)) by x; y")]
    [InlineData("by relay.example.com")]
    [InlineData("by")]
    public void R48_OthersHops_AreNoLoop(string value) => Assert.NotNull(Facts($"Received: {value}\r\n\r\n"));

    [Theory]
    [InlineData(100, null)]
    [InlineData(101, "554 5.4.6 the message loops")]
    public void R48_ReceivedFields_AreCounted(int count, string? reply) =>
        Assert.Equal(reply, Check(string.Concat(Enumerable.Repeat("Received: by x; y\r\n", count)) + "\r\n", out _));

    [Fact]
    public void Check_OrdinaryMessage_GivesItsFacts()
    {
        var facts = Facts(
            "From: Jane <jane@x.example>\r\nmessage-id: (c) <1@x.example>\r\nIn-Reply-To: <0@x.example>\r\nReferences: <a@x.example>\r\n <0@x.example>\r\n"
            + "X-Outreach-Direction:  warm \r\nX-Outreach-Send-At: 2026-11-22T09:00:00Z\r\nDate: Sat, 21 Nov 2026 17:42:15 +0100 (CET)\r\n\r\n");
        Assert.Equal(("1@x.example", "jane@x.example"), (facts.MessageId, facts.Author!.ToString()));
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 17, 42, 15, TimeSpan.FromHours(1)), facts.Date);
        Assert.Equal(["0@x.example"], facts.InReplyTo);
        Assert.Equal(["a@x.example", "0@x.example"], facts.References);
        Assert.Equal(("warm", "2026-11-22T09:00:00Z"), (facts.DirectionHeader, facts.SendAtHeader));
        Assert.False(facts.IsAutoSubmitted || facts.IsReport || facts.IsCalendar || facts.IsSignedOrEncrypted || facts.HeaderHas8Bit);
    }

    [Fact]
    public void Check_EmptyFields_AreNoFacts()
    {
        var facts = Facts("From:\r\nMessage-ID:\r\nDate:\r\nSubject: \u00e9\r\n");
        Assert.Equal((null, null, null, true), (facts.Author?.ToString(), facts.MessageId, facts.Date, facts.HeaderHas8Bit));
    }

    [Theory]
    [InlineData("Content-Type: MULTIPART/report; report-type=delivery-status", true, false, false, false)]
    [InlineData("Content-Type:\r\n (c) multipart/report;\r\n report-type=disposition-notification", true, false, false, false)]
    [InlineData("Auto-Submitted: auto-replied (vacation)", false, true, false, false)]
    [InlineData("Auto-Submitted: No", false, false, false, false)]
    [InlineData("Content-Type: text/calendar; method=REQUEST", false, false, true, false)]
    [InlineData("Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"", false, false, false, true)]
    [InlineData("Content-Type: application/pkcs7-mime; smime-type=enveloped-data", false, false, false, true)]
    [InlineData("Content-Type: multipart/alternative", false, false, false, false)]
    public void W27_W28_Kinds_AreTold(string field, bool report, bool auto, bool calendar, bool signed)
    {
        var facts = Facts(field + "\r\n\r\n");
        Assert.Equal((report, auto, calendar, signed), (facts.IsReport, facts.IsAutoSubmitted, facts.IsCalendar, facts.IsSignedOrEncrypted));
    }

    [Fact]
    public void W35_OwnReceived_SaysNothingOfRecipientsAndStaysShort()
    {
        var field = Encoding.ASCII.GetString(ReceivedField.Build(new string('x', 5_000) + "\r\nBcc: y", "relay.example.com", "ESMTPSA", "01", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)).Where(b => b < 128).ToArray());
        Assert.All(field.Split("\r\n"), line => Assert.InRange(line.Length, 0, 300));
        Assert.DoesNotContain(" for ", field);
        Assert.True(HeaderSection.TryRead(Encoding.ASCII.GetBytes(field), HeaderLimits.Default, out var section, out _));
        Assert.Equal(1, section.Count);
        Assert.Equal(
            "Received: by relay.example.com (OutreachRelay)\r\n\twith ESMTPA id 01;\r\n\tFri, 02 Jan 2026 03:04:05 +0000\r\n",
            Encoding.ASCII.GetString(ReceivedField.Build(null, "relay.example.com", "ESMTPA", "01", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero))));
    }

    private static MessageFacts Facts(string content)
    {
        Assert.Null(Check(content, out var facts));
        return facts!;
    }

    private static string Refusal(string content)
    {
        var reply = Check(content, out var facts);
        Assert.Null(facts);
        return reply!;
    }

    private static string? Check(string content, out MessageFacts? facts) =>
        MessageCheck.Check(Encoding.UTF8.GetBytes(content), "relay.example.com", HeaderLimits.Default, out facts)?.ToString();
}
