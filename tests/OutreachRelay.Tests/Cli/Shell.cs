using System.Collections.Immutable;
using OutreachRelay.Cli;
using OutreachRelay.Configuration;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Cli;

/// <summary>Runs the command line as a shell would, and keeps what it wrote.</summary>
internal sealed class Shell(string socket)
{
    public StringWriter Output { get; } = new();
    public StringWriter Error { get; } = new();
    public TextWriter? OutputInstead { get; init; }
    public ImmutableArray<ConfigurationProblem> Problems { get; init; } = [];
    public RelayModel? Model { get; init; }
    public Func<ServeArguments, CancellationToken, Task<int>> Serve { get; init; } = static (_, _) => Task.FromResult(0);

    public Task<int> RunAsync(params string[] args) => CommandLine.RunAsync(args, new CommandLineParts
    {
        Serve = Serve,
        Demo = static (_, _) => Task.FromResult(0),
        Load = _ => new LoadedConfiguration
        {
            Model = Problems.Any(problem => problem.Severity == ProblemSeverity.Error) ? null : Model ?? Api.Model(socket),
            Problems = Problems,
        },
        Output = OutputInstead ?? Output,
        Error = Error,
        Interactive = false,
        Time = new FakeTime(Api.Now),
    });
}
