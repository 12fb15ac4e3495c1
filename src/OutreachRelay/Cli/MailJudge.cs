using System.Text.Json.Serialization;
using OutreachRelay.Http;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Dsn;

namespace OutreachRelay.Cli;

/// <summary>Classifies mails that came back, and writes a line of JSON for each recipient that they speak of.</summary>
internal sealed class MailJudge(ReplyRules rules, Terminal terminal)
{
    public int WriteAll(IEnumerable<string> files)
    {
        var exit = ExitCode.Ok;
        foreach (var file in files)
        {
            if (!TryWrite(file))
                exit = ExitCode.Data;
        }
        return exit;
    }

    private bool TryWrite(string file)
    {
        if (!MailFiles.TryRead(file, terminal, out var content))
            return false;
        foreach (var finding in BounceClassifier.Classify(BounceReader.Read(content, ReturnedMail.Options), rules))
            terminal.WriteJson(MailReport.Of(file, finding), MailJson.Default.MailReport);
        return true;
    }
}

/// <summary>A line of <c>classify FILE</c>. Its texts are what the mail says.</summary>
/// <param name="Recipient"><see langword="null"/> when nobody is named.</param>
/// <param name="Rule">The rule for replies that decided, or empty.</param>
internal sealed record MailReport(string File, string Kind, string? Recipient, string Status, BounceClass Class, string Reason, string Rule)
{
    public static MailReport Of(string file, BounceFinding finding) =>
        new(file, finding.Word, finding.Recipient, finding.Status, finding.Class, finding.Reason, finding.RuleId);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(WordConverter<BounceClass>)])]
[JsonSerializable(typeof(MailReport))]
internal sealed partial class MailJson : JsonSerializerContext;
