using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Protocols.Dsn;

namespace OutreachRelay.Protocols.Tests.Dsn;

public class BounceMutationTests
{
    private const int Size = 1 << 20;

    private static readonly string[] Pieces =
        ["\r\n", "\n", "\r", "\0", ":", ";", "--b1", "--b1--", "--", "<", ">", "@", "(", "\"", "=", "+40", "\\x{", "5.1.1", "550 ", "\u00FC", " ", "\t",
         "Final-Recipient: ", "Original-Recipient: a@b\r\n", "Action: failed\r\n", "Content-Type: multipart/mixed; boundary=b1\r\n\r\n", "base64", "Message-ID: <"];

    [Fact]
    public void Read_AnyOctets_GivesAReport() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), octets => IsSound(octets, new BounceOptions())).QuickCheckThrowOnFailure();

    [Fact]
    public void Read_ChangedReports_GiveAReportWithinItsBounds()
    {
        var change = Gen.Choose(0, int.MaxValue - 1).Select(seed => Change(new Random(seed)));
        Prop.ForAll(change.ToArbitrary(), text => IsSound(Reports.Octets(text), Small)).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));
    }

    [Fact]
    public void Read_EveryPrefix_GivesAReportWithinItsBounds()
    {
        foreach (var octets in Reports.Samples.Select(Reports.Octets))
        {
            for (var length = 0; length <= octets.Length; length++)
                Assert.True(IsSound(octets.AsMemory(0, length), Small));
        }
    }

    [Theory]
    [InlineData("", "a: b\r\n")]
    [InlineData("", "X-Failed-Recipients: a@b.example\r\n")]
    [InlineData("X-Failed-Recipients: ", "a@b.example,")]
    [InlineData("References: ", "<a@b>")]
    [InlineData("Content-Type: multipart/mixed", "; boundary")]
    [InlineData("Content-Type: ", "(")]
    [InlineData("From: a\r\n\r\n", "\r\n")]
    [InlineData("From: a\r\n\r\n", "--")]
    [InlineData("From: a\r\n\r\n", "--\r\n")]
    [InlineData("Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\n")]
    [InlineData("Content-Type: multipart/mixed; boundary=\"-\"\r\n\r\n", "-")]
    [InlineData("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n")]
    [InlineData("Content-Type: multipart/mixed\r\n\r\n--b\r\n", "Content-Type: multipart/mixed\r\n\r\n--b\r\n")]
    [InlineData("Content-Type: message/delivery-status\r\n\r\n", "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\n")]
    [InlineData("Content-Type: message/delivery-status\r\n\r\n", "Original-Recipient: a\r\n")]
    [InlineData("Content-Type: message/delivery-status\r\n\r\n", "Diagnostic-Code: smtp; 550 5.1.1 a\r\n")]
    [InlineData("Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: ", "a@b;")]
    [InlineData("Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: utf-8; ", "\\x{")]
    [InlineData("Content-Type: message/delivery-status\r\n\r\nDiagnostic-Code: ", "5.1.1.")]
    [InlineData("Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n", "=")]
    [InlineData("Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n", "QUFB\r\n")]
    [InlineData("Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", "= ")]
    [InlineData("Content-Type: message/feedback-report\r\n\r\n", "Original-Rcpt-To: a@b.example\r\n")]
    [InlineData("From: MAILER-DAEMON@a\r\n\r\nHi. This is the\r\n\r\n", "<a@b.example>:\r\n550 5.1.1 no\r\n\r\n")]
    [InlineData("From: MAILER-DAEMON@a\r\n\r\nHi. This is the\r\n\r\n<a@b.example>:\r\n", "5 ")]
    [InlineData("From: MAILER-DAEMON@a\r\n\r\nThis is the mail system at host\r\n", "<")]
    [InlineData("From: MAILER-DAEMON@a\r\n\r\n", "This message was created automatically by mail delivery software\r\n")]
    [InlineData("From: MAILER-DAEMON@a\r\n\r\n", "Message-ID: ")]
    [InlineData("From: MAILER-DAEMON@a\r\n\r\n", "> Message-ID:\r\n")]
    public void Read_AMebibyteOfOnePiece_NeedsMemoryLinearToIt(string start, string piece)
    {
        var octets = Encoding.UTF8.GetBytes(start + string.Concat(Enumerable.Repeat(piece, Size / piece.Length)));
        Assert.True(IsSound(octets.AsMemory(0, 200), new BounceOptions()));
        var before = GC.GetAllocatedBytesForCurrentThread();

        var report = BounceReader.Read(octets, new BounceOptions());

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 12L * Size);
        Assert.True(IsSound(octets, new BounceOptions()));
        Assert.InRange(report.Recipients.Length, 0, 1_000);
    }

    [Fact]
    public void Read_HundredThousandFieldsBeforeTheRecipient_FindsIt()
    {
        var report = Reports.Read(Reports.Notification(
            string.Concat(Enumerable.Repeat("X-Any: field\n", 100_000)) + "Final-Recipient: rfc822; joe@example.net\nAction: failed\n"));

        Assert.Equal("joe@example.net", report.Recipients.Single().FinalRecipient!.Address);
    }

    [Fact]
    public void Read_GiganticRecipient_IsNoneAndDoesNotHideTheNext()
    {
        var report = Reports.Read(Reports.Notification(
            $"Final-Recipient: rfc822; {new string('a', 500_000)}@x.example\nAction: failed\nDiagnostic-Code: smtp; 550 {new string('ü', 500_000)}\n\n" +
            "Final-Recipient: rfc822; joe@example.net\nAction: failed\n"));

        Assert.Equal([null, "joe@example.net"], report.Recipients.Select(each => each.FinalRecipient?.Address));
        Assert.InRange(report.Recipients[0].Diagnostic!.Text.Length, 900, 2_000);
    }

    [Theory]
    [InlineData(7, BounceKind.Failure)]
    [InlineData(8, BounceKind.Unrecognized)]
    [InlineData(500, BounceKind.Unrecognized)]
    public void Read_NestedParts_AreReadToTheDepthAllowed(int depth, BounceKind kind)
    {
        var message = new StringBuilder("From: MAILER-DAEMON@a.example\n");
        for (var i = 0; i <= depth; i++)
            message.Append($"Content-Type: multipart/mixed; boundary=n{i}\n\n--n{i}\n");
        message.Append("Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; joe@example.net\nAction: failed\n");

        Assert.Equal(kind, Reports.Read(message.ToString()).Kind);
    }

    private static BounceOptions Small => new() { MaxParts = 4, MaxDepth = 2, MaxRecipients = 2, MaxValueLength = 40, MaxFeedbackFields = 5 };

    private static string Change(Random random)
    {
        var text = random.GetItems(Reports.Samples.ToArray(), 1)[0].ReplaceLineEndings("\r\n");
        for (var changes = random.Next(1, 8); changes > 0 && text.Length > 0; changes--)
        {
            var at = random.Next(text.Length);
            var length = Math.Min(random.Next(0, 30), text.Length - at);
            var put = random.Next(3) switch { 0 => random.GetItems(Pieces, 1)[0], 1 => text.Substring(random.Next(text.Length - length + 1), length), _ => "" };
            text = text[..at] + put + text[(at + length)..];
        }
        return text;
    }

    private static bool IsSound(ReadOnlyMemory<byte> message, BounceOptions options)
    {
        var report = BounceReader.Read(message, options);
        var texts = report.Recipients
            .SelectMany(each => (string?[])[each.FinalRecipient?.Address, each.OriginalRecipient?.Address, each.Diagnostic?.Text, each.RemoteMta])
            .Concat(report.Original?.Fields.Select(field => field.Value) ?? []).Concat(report.Feedback?.Fields.Select(field => field.Value) ?? [])
            .Concat([report.ReportingMta, report.OriginalEnvelopeId]);
        return report.Recipients.Length <= options.MaxRecipients
            && (report.Feedback is not null) == (report.Kind == BounceKind.Feedback)
            && (report.TextForm is not null) == (report.Form == BounceForm.Text)
            && (report.Kind is not (BounceKind.Failure or BounceKind.Delay or BounceKind.Success) || report.Recipients.Length > 0)
            && (report.Feedback?.Fields.Length ?? 0) <= options.MaxFeedbackFields
            && texts.All(text => text is null || (text.Length <= Math.Max(options.MaxValueLength, ReportAddress.MaxLength) && !text.Any(char.IsControl)));
    }
}
