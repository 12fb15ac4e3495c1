using System.Text;
using OutreachRelay.Protocols.Dsn;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Dsn;

public class NonDeliveryWriterTests
{
    private static readonly NonDeliveryReport Report = new()
    {
        From = Mailbox("mailer-daemon@acme.example"),
        To = Mailbox("crm@client.example"),
        MessageId = "0a1b2c@acme.example",
        Date = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero),
        ReportingMta = "relay.example.com",
        ArrivalDate = new DateTimeOffset(2026, 11, 21, 11, 0, 0, TimeSpan.Zero),
        Recipient = Mailbox("jane@dest.example"),
        Diagnostic = "550 5.1.1 <jane@dest.example>: no such user",
        Explanation = "The server of the recipient refused it.",
        LastAttempt = new DateTimeOffset(2026, 11, 21, 11, 59, 0, TimeSpan.Zero),
        OriginalMessageId = "m1@client.example",
        OriginalHeader = "From: Jane <crm@client.example>\r\nSubject: Hello\r\n again\r\nMessage-ID: <m1@client.example>\r\n\r\n"u8.ToArray(),
    };

    [Fact]
    public void Write_RefusedRecipient_IsReadAsThatFailure()
    {
        var read = BounceReader.Read(NonDeliveryWriter.Write(Report), new BounceOptions(), hasNullReversePath: true);

        Assert.Equal((BounceKind.Failure, BounceForm.DeliveryStatus), (read.Kind, read.Form));
        Assert.Equal("relay.example.com", read.ReportingMta);
        Assert.Equal(Report.ArrivalDate, read.ArrivalDate);
        Assert.Equal("m1@client.example", read.Original?.MessageId);
        var recipient = Assert.Single(read.Recipients);
        Assert.Equal(new ReportAddress("rfc822", "jane@dest.example"), recipient.FinalRecipient);
        Assert.Equal((DeliveryAction.Failed, new EnhancedStatusCode(5, 1, 1)), (recipient.Action, recipient.Status));
        Assert.Equal(("smtp", 550, Report.Diagnostic), (recipient.Diagnostic!.Type, recipient.Diagnostic.ReplyCode, recipient.Diagnostic.Text));
        Assert.Equal(Report.LastAttempt, recipient.LastAttempt);
    }

    [Fact]
    public void Write_NothingSaidAndNothingKept_GivesOurStatusAndTheMessageId()
    {
        var report = Report with { Diagnostic = null, LastAttempt = null, OriginalHeader = default, Status = new EnhancedStatusCode(4, 4, 7), Explanation = "Its time ran out." };

        var octets = NonDeliveryWriter.Write(report);

        var read = BounceReader.Read(octets, new BounceOptions(), hasNullReversePath: true);
        Assert.Equal((new EnhancedStatusCode(4, 4, 7), DeliveryAction.Failed), (read.Recipients[0].Status, read.Recipients[0].Action));
        Assert.Null(read.Recipients[0].Diagnostic);
        Assert.Equal("m1@client.example", read.Original?.MessageId);
        Assert.DoesNotContain("What the server said", Encoding.ASCII.GetString(octets), StringComparison.Ordinal);
    }

    [Fact]
    public void S35_DiagnosticWithControlsEscapesAndLineEnds_StaysOneFieldOfPrintableAscii()
    {
        var hostile = "550 5.7.1 \u001b[31mred\u0007\r\n\r\n--=_x\r\nContent-Type: text/html\n<b>Grüße</b>\0\r\nAction: delivered" + new string('x', 3000);

        var octets = NonDeliveryWriter.Write(Report with { Diagnostic = hostile });

        Assert.DoesNotContain(octets, static octet => octet is > 0x7E or (< 0x20 and not ((byte)'\r' or (byte)'\n' or (byte)'\t')));
        Assert.All(Encoding.ASCII.GetString(octets).Split("\r\n"), static line => Assert.InRange(line.Length, 0, 998));
        var recipient = Assert.Single(BounceReader.Read(octets, new BounceOptions(), hasNullReversePath: true).Recipients);
        Assert.Equal(DeliveryAction.Failed, recipient.Action);
        Assert.StartsWith("550 5.7.1 [31mred --=_x Content-Type: text/html <b>Gr??e</b> Action: delivered", recipient.Diagnostic!.Text.Replace("  ", " "), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_RecipientBeyondAscii_IsWrittenEncodedAndReadBack()
    {
        var octets = NonDeliveryWriter.Write(Report with { Recipient = Mailbox("jürgen+a@bücher.example") });

        Assert.True(Ascii.IsValid(octets));
        var address = BounceReader.Read(octets, new BounceOptions(), hasNullReversePath: true).Recipients[0].FinalRecipient;
        Assert.Equal(new ReportAddress("utf-8", "jürgen+a@xn--bcher-kva.example"), address);
    }

    [Fact]
    public void Write_OriginalWithFieldsThatCannotBeSent_LeavesThemOut()
    {
        var header = Encoding.UTF8.GetBytes("Subject: Grüße\r\nX-Long: " + new string('a', 2000) + "\r\nMessage-ID: <m1@client.example>\r\n\r\n");

        var text = Encoding.ASCII.GetString(NonDeliveryWriter.Write(Report with { OriginalHeader = header }));

        Assert.DoesNotContain("X-Long", text, StringComparison.Ordinal);
        Assert.Contains("\r\n\r\nMessage-ID: <m1@client.example>\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_OriginalOfManyFields_IsCutBetweenTwo()
    {
        var header = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(i => $"X-Field-{i}: some text that fills the line\r\n")) + "\r\n");

        var octets = NonDeliveryWriter.Write(Report with { OriginalHeader = header });

        Assert.InRange(octets.Length, 32 * 1024, 35 * 1024);
    }

    private static Mailbox Mailbox(string address) =>
        Protocols.Smtp.Mailbox.TryParse(address, out var mailbox, out var error) ? mailbox : throw new ArgumentException(error, nameof(address));
}
