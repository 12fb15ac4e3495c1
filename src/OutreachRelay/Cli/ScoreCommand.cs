using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using System.Text.Json.Serialization;
using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Http;
using OutreachRelay.Policy.Score;

namespace OutreachRelay.Cli;

/// <summary><c>score FILE…</c>: how messages or templates score by the built-in rules, and why. Needs no running relay.</summary>
internal static class ScoreCommand
{
    private const int LargestFile = 64 << 20;

    public static Argument<string[]> Files { get; } = new("FILE") { Description = "Messages as .eml files.", Arity = ArgumentArity.OneOrMore };

    public static Option<bool> AddsUnsubscribe { get; } = new("--adds-unsubscribe") { Description = "As if the relay added List-Unsubscribe." };

    public static int Run(CommandContext context)
    {
        var model = FindModel(context);
        var exit = ExitCode.Ok;
        var reports = ImmutableArray.CreateBuilder<ScoreReport>();
        foreach (var file in context.Value(Files)!)
        {
            if (Score(model, file, context.Value(AddsUnsubscribe), out var error) is { } report)
                reports.Add(report);
            else
            {
                context.Terminal.WriteErrorLine($"{file}: {error}");
                exit = ExitCode.Data;
            }
        }
        if (context.Terminal.Json)
            context.Terminal.WriteJson([.. reports], ScoreReportJson.Default.ScoreReportArray);
        else
            Write(reports, context.Terminal);
        return exit;
    }

    // The thresholds are those of the configuration, where there is one that has them.
    private static ScoreModel FindModel(CommandContext context)
    {
        if (File.Exists(context.ConfigurationPath) && ConfigurationLoader.Load(context.ConfigurationPath).Model?.Policy.Score is { } configured)
            return configured;
        var loaded = ScoreRules.Load(RelayTable.FindConfDir(context.ConfigurationPath) ?? DataFolder.BesideProgram);
        foreach (var problem in loaded.Problems)
            context.Terminal.WriteErrorLine(problem.ToString());
        return new ScoreModel { Rules = loaded.Rules ?? throw new CommandFailure(ExitCode.Configuration, "the rules for scores have errors") };
    }

    private static ScoreReport? Score(ScoreModel model, string file, bool addsUnsubscribe, out string error)
    {
        error = "cannot be read";
        if (file.Length == 0 || file.Contains('\0') || !BoundedFile.TryRead(file, LargestFile, out var content, out _))
            return null;
        error = "is no message: expected header fields, an empty line and a body";
        if (model.Rules.Score(LineEnds(content), isWhole: true, addsUnsubscribe) is not { } score)
            return null;
        var verdict = ScoreVerdict.Decide(model, new ScoredContent(score, []));
        return new ScoreReport(file, score.Score, verdict.Action, score.Findings);
    }

    // Files have the line ends of their machine, mail has CRLF.
    private static byte[] LineEnds(byte[] content) =>
        content.AsSpan().IndexOf("\r\n"u8) >= 0 ? content : Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(content).Replace("\n", "\r\n", StringComparison.Ordinal));

    private static void Write(IReadOnlyList<ScoreReport> reports, Terminal terminal)
    {
        foreach (var report in reports)
        {
            terminal.WriteLine($"{report.File}: {ScoreText.Of(report.Score)}{(report.Action == ScoreAction.Accept ? "" : ", " + Words.Of(report.Action))}");
            foreach (var finding in report.Findings)
                terminal.WriteLine($"  {ScoreText.Weight(finding.Weight)}  {finding.Rule}: {finding.Reason} ({finding.Where})");
        }
    }
}

/// <summary>A file of <c>score --json</c>.</summary>
/// <param name="Action">What the thresholds of the configuration make of it; <c>accept</c> where it has none.</param>
internal sealed record ScoreReport(string File, double Score, ScoreAction Action, ImmutableArray<ScoreFinding> Findings);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(WordConverter<ScoreAction>)])]
[JsonSerializable(typeof(ScoreReport[]))]
internal sealed partial class ScoreReportJson : JsonSerializerContext;
