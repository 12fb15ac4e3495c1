using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>The machine-readable part of a feedback report (RFC 5965 §3).</summary>
public sealed record FeedbackReport
{
    /// <summary>
    /// In lower case: <c>abuse</c>, <c>fraud</c>, <c>virus</c>, <c>not-spam</c> (RFC 6430), <c>auth-failure</c> (RFC 6591); <c>other</c> when it is
    /// missing.
    /// </summary>
    public required string Type { get; init; }

    /// <summary>
    /// Whether the recipient, or a filter for it, calls the message unwanted: <c>abuse</c>, <c>fraud</c> and <c>virus</c> (RFC 5965 §7.3), and
    /// <c>opt-out</c> and <c>opt-out-list</c>, which are in use without being registered.
    /// </summary>
    public bool IsComplaint => Type is "abuse" or "fraud" or "virus" or "opt-out" or "opt-out-list";

    /// <summary>How many incidents the report stands for; 1 where none is given.</summary>
    public int Incidents { get; init; } = 1;

    public IPAddress? SourceIp { get; init; }

    /// <summary>The reverse-path of the original; its address is empty for the null reverse-path.</summary>
    public string? OriginalMailFrom { get; init; }

    /// <summary>The recipients; receivers may leave them out or redact them (RFC 6590).</summary>
    public ImmutableArray<string> OriginalRecipients { get; init; } = [];

    /// <summary>Every field in order, up to <see cref="BounceOptions.MaxFeedbackFields"/>.</summary>
    public ImmutableArray<ReportField> Fields { get; init; } = [];

    /// <summary>The value of the first field of a name, or <see langword="null"/>. Case does not matter.</summary>
    public string? Find(string name) => FindAll(name).FirstOrDefault();

    /// <summary>The values of every field of a name, in order.</summary>
    public IEnumerable<string> FindAll(string name) =>
        Fields.Where(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value);

    internal static FeedbackReport Read(ReadOnlySpan<byte> text, BounceOptions options)
    {
        var fields = new List<ReportField>();
        var reader = new FieldReader(text, isSection: false);
        while (fields.Count < options.MaxFeedbackFields && reader.TryRead())
            fields.Add(new ReportField(Encoding.ASCII.GetString(reader.Name), FieldText.Clean(reader.Value, options.MaxValueLength)));
        var report = new FeedbackReport { Type = "other", Fields = [.. fields] };
        return report with
        {
            Type = report.Find("Feedback-Type")?.Split([' ', ';'], 2)[0].ToLowerInvariant() is { Length: > 0 } type ? type : "other",
            Incidents = int.TryParse(report.Find("Incidents"), NumberStyles.None, CultureInfo.InvariantCulture, out var incidents) ? incidents : 1,
            SourceIp = IPAddress.TryParse(report.Find("Source-IP")?.Split(' ', 2)[0].Trim('[', ']'), out var address) ? address : null,
            OriginalMailFrom = report.Find("Original-Mail-From") is { } from ? Unwrap(from) : null,
            OriginalRecipients = [.. report.FindAll("Original-Rcpt-To").Select(Unwrap).Where(recipient => recipient.Length > 0)],
        };
    }

    /// <summary>A complaint of which there is only the message, marked with its recipient.</summary>
    internal static FeedbackReport OfMarked(ReadOnlySpan<byte> original, BounceOptions options)
    {
        var report = Read(original[..Math.Max(0, original.IndexOf("\n"u8))], options);
        return report with
        {
            Type = "abuse",
            OriginalRecipients = [.. report.FindAll("X-HmXmrOriginalRecipient").Select(Unwrap).Where(static recipient => recipient.Contains('@'))],
        };
    }

    // RFC 5965 §3.2: both are written as in the envelope; some add a type, as notifications have it.
    private static string Unwrap(string value) => ReportAddress.Parse(Encoding.UTF8.GetBytes(value))?.Address ?? "";
}
