using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using OutreachRelay.Protocols.Dsn;
using OutreachRelay.Protocols.Tests.Dns;

namespace OutreachRelay.Protocols.Tests.Dsn;

/// <summary>Feedback reports and replies of other projects' tests, each with what is expected of it.</summary>
public partial class BounceVectorTests
{
    private static readonly Dictionary<string, JsonElement> FeedbackRows =
        Vectors.Read("bounces/arf.jsonl").ToDictionary(row => row.GetProperty("file").GetString()!);

    public static TheoryData<string> Files => [.. FeedbackRows.Keys];

    public static TheoryData<string> Replies =>
        [.. Vectors.Read("bounces/bounce-classifier.jsonl").Select(row => row.GetProperty("reply").GetString()!).Distinct()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_FeedbackReport_HasTheNamedFields(string file)
    {
        var report = Read(file);

        Assert.Equal((BounceKind.Feedback, BounceForm.FeedbackReport), (report.Kind, report.Form));
        foreach (var expected in FeedbackRows[file].GetProperty("expect").EnumerateObject())
            Assert.Equal(Texts(expected.Value), Actual(report, expected.Name));
    }

    [Fact]
    public void Rows_OfFeedback_AreAllThere() =>
        Assert.Equal((5, 56), (FeedbackRows.Count, FeedbackRows.Values.Sum(row => row.GetProperty("expect").EnumerateObject().Count())));

    [Theory]
    [InlineData("arf/001.eml", "8787KJKJ3K4J3K4J3K4J3.mail@example.net", true)]
    [InlineData("arf/002.eml", null, true)]
    [InlineData("arf/003.eml", null, false)]
    [InlineData("arf/004.eml", null, false)]
    [InlineData("arf/005.eml", "87913910.1318094604546@out.sender.example", false)]
    public void Read_FeedbackReport_NamesTheOriginal(string file, string? messageId, bool isComplaint)
    {
        var report = Read(file);

        Assert.Equal((messageId, isComplaint), (report.Original!.MessageId, report.Feedback!.IsComplaint));
        Assert.NotNull(report.Original.Find("from"));
    }

    [Fact]
    public void Read_DiagnosticCode_HasTheCodesOfTheRows()
    {
        var rows = Vectors.Read("bounces/bounce-classifier-details.jsonl").Where(row => row.GetProperty("kind").GetString() == "codes").ToList();
        Assert.Equal(6, rows.Count);
        foreach (var row in rows)
        {
            var diagnostic = DiagnosticOf(row.GetProperty("reply").GetString()!);
            Assert.Equal(row.GetProperty("enhanced").GetString() ?? "", diagnostic.Enhanced.ToString());
            if (row.TryGetProperty("code", out var code))
                Assert.Equal(code.GetString() ?? "0", diagnostic.ReplyCode.ToString(CultureInfo.InvariantCulture));
        }
    }

    [Theory]
    [MemberData(nameof(Replies))]
    public void Read_AnyReply_HasTheCodesItBeginsWith(string reply)
    {
        var codes = Codes().Match(reply);
        var (code, enhanced) = (codes.Success ? int.Parse(codes.Groups[1].Value, CultureInfo.InvariantCulture) : 0, codes.Groups[2].Value);

        var diagnostic = DiagnosticOf(reply);
        var quoted = Reports.Read($"From: MAILER-DAEMON@a.example\n\nHi. This is the qmail\n\n<joe@example.net>:\nRemote host said: {reply}\n").Recipients[0];

        Assert.Equal((reply, code, enhanced), (diagnostic.Text, diagnostic.ReplyCode, diagnostic.Enhanced.ToString()));
        Assert.Equal((code, enhanced), (quoted.Diagnostic!.ReplyCode, quoted.Status.ToString()));
    }

    private static DiagnosticCode DiagnosticOf(string reply) =>
        Reports.Read(Reports.Notification($"Final-Recipient: rfc822; joe@example.net\nAction: failed\nDiagnostic-Code: smtp; {reply}\n")).Recipients[0].Diagnostic!;

    private static BounceReport Read(string file) =>
        BounceReader.Read(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors", "bounces", file)), new BounceOptions());

    private static string[] Texts(JsonElement value) => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray().Select(each => each.ToString())]
        : [value.ToString()];

    private static string[] Actual(BounceReport report, string name)
    {
        var feedback = report.Feedback!;
        return name switch
        {
            "feedback_type" => [feedback.Type],
            "incidents" => [feedback.Incidents.ToString(CultureInfo.InvariantCulture)],
            "arrival_date" => [report.ArrivalDate!.Value.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)],
            "source_ip" => [feedback.SourceIp!.ToString()],
            "reporting_mta" => [report.ReportingMta!],
            "original_envelope_id" => [report.OriginalEnvelopeId!],
            "dkim_canonicalized_body" => [feedback.Find("DKIM-Canonicalized-Body")!.Replace(" ", "")],
            "headers" or "message" => [Encoding.UTF8.GetString(report.Original!.Content.Span).Replace("\r\n", "\n")],
            _ => [.. feedback.FindAll(name.Replace('_', '-'))],
        };
    }

    [GeneratedRegex(@"^(\d{3})[ -](?:(\d\.\d{1,3}\.\d{1,3})[ ])?")]
    private static partial Regex Codes();
}
