using System.CommandLine;
using OutreachRelay.Configuration;

namespace OutreachRelay.Cli;

/// <summary>What every verb has at hand while it runs.</summary>
internal sealed class CommandContext(CommandLineParts parts, ParseResult parsed)
{
    public CommandLineParts Parts => parts;
    public Terminal Terminal { get; } = new(parts, parsed.GetValue(GlobalOptions.Json));
    public string ConfigurationPath => parsed.GetRequiredValue(GlobalOptions.Config);

    public T? Value<T>(Option<T> option) => parsed.GetValue(option);

    public T? Value<T>(Argument<T> argument) => parsed.GetValue(argument);

    /// <summary>Finds the running relay's socket: as given, else by the configuration.</summary>
    /// <exception cref="CommandFailure">The configuration has errors and no socket lies where it seems to say.</exception>
    public AdminClient Connect()
    {
        if (parsed.GetValue(GlobalOptions.Socket) is { } given)
            return new AdminClient(new AdminTarget(ConfigurationPath, Path.GetFullPath(given)));
        var loaded = parts.Load(ConfigurationPath);
        if (loaded.Model is { } model)
            return new AdminClient(new AdminTarget(ConfigurationPath, model.AdminSocket));
        if (RelayTable.FindSocket(ConfigurationPath) is { } found && File.Exists(found))
        {
            Terminal.WriteErrorLine($"{ConfigurationPath} has errors (see check); asking the relay at {found}");
            return new AdminClient(new AdminTarget(ConfigurationPath, found));
        }
        foreach (var problem in loaded.Problems.Where(static problem => problem.Severity == ProblemSeverity.Error).Take(10))
            Terminal.WriteErrorLine(problem.ToString());
        throw new CommandFailure(ExitCode.Configuration, $"{ConfigurationPath} does not say where the relay is; correct it or give --socket");
    }
}

/// <summary>Options of every verb.</summary>
internal static class GlobalOptions
{
    public static Option<string> Config { get; } = new("--config")
    {
        Description = "The configuration file.",
        HelpName = "FILE",
        Recursive = true,
        DefaultValueFactory = static _ => "relay.toml",
    };

    public static Option<bool> Json { get; } = new("--json") { Description = "Answer in JSON.", Recursive = true };

    public static Option<string?> Socket { get; } = new("--socket")
    {
        Description = "The running relay's admin socket; by default the configuration says where it is.",
        HelpName = "PATH",
        Recursive = true,
    };
}
