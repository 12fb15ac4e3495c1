using System.Text.Json.Serialization;
using OutreachRelay.Configuration;

namespace OutreachRelay.Cli;

/// <summary><c>check</c>: every problem of the configuration, as a start would find it.</summary>
internal static class CheckCommand
{
    public static int Run(CommandContext context)
    {
        var problems = context.Parts.Load(context.ConfigurationPath).Problems;
        var errors = problems.Count(static problem => problem.Severity == ProblemSeverity.Error);
        if (context.Terminal.Json)
        {
            context.Terminal.WriteJson([.. problems], ProblemJson.Default.ConfigurationProblemArray);
        }
        else
        {
            foreach (var problem in problems)
                context.Terminal.WriteLine(problem.ToString());
            context.Terminal.WriteLine(Summary(context.ConfigurationPath, errors, problems.Length));
        }
        return errors > 0 ? ExitCode.Configuration : ExitCode.Ok;
    }

    private static string Summary(string file, int errors, int all) => all == 0
        ? $"{file}: no problems"
        : $"{file}: {Words.Plural(errors, "error")}, {Words.Plural(all - errors, "warning")}";
}

/// <summary>Problems in JSON: <c>severity</c>, <c>file</c>, <c>line</c>, <c>column</c>, <c>path</c>, <c>message</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(Http.WordConverter<ProblemSeverity>)])]
[JsonSerializable(typeof(ConfigurationProblem[]))]
internal sealed partial class ProblemJson : JsonSerializerContext;
