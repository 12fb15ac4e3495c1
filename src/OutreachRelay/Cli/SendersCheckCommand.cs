using System.CommandLine;
using OutreachRelay.Configuration;

namespace OutreachRelay.Cli;

/// <summary><c>senders check FILE</c>: every problem of one file of senders, before a configuration names it.</summary>
internal static class SendersCheckCommand
{
    public static Argument<string> File { get; } = new("FILE") { Description = "A CSV file of senders.", HelpName = "FILE" };

    public static int Run(CommandContext context)
    {
        var check = SenderFileCheck.Run(context.Value(File)!, context.Parts.Time);
        var errors = check.Problems.Count(static problem => problem.Severity == ProblemSeverity.Error);
        if (context.Terminal.Json)
        {
            context.Terminal.WriteJson([.. check.Problems], ProblemJson.Default.ConfigurationProblemArray);
        }
        else
        {
            foreach (var problem in check.Problems)
                context.Terminal.WriteLine(problem.ToString());
            context.Terminal.WriteLine(
                $"{Words.Plural(check.Senders, "sender")}, {Words.Plural(errors, "error")}, {Words.Plural(check.Problems.Length - errors, "warning")}");
        }
        return errors > 0 ? ExitCode.Data : ExitCode.Ok;
    }
}
