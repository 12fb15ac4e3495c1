using OutreachRelay.Configuration;

namespace OutreachRelay.Cli;

/// <summary>What the command line is made of beyond itself.</summary>
public sealed record CommandLineParts
{
    /// <summary>Runs the relay until the token is cancelled; yields the exit code.</summary>
    public required Func<ServeArguments, CancellationToken, Task<int>> Serve { get; init; }

    /// <summary>Runs a relay that sends nothing out.</summary>
    public required Func<ServeArguments, CancellationToken, Task<int>> Demo { get; init; }

    /// <summary>Reads a configuration without opening or touching anything else.</summary>
    public required Func<string, LoadedConfiguration> Load { get; init; }

    public TextWriter Output { get; init; } = Console.Out;
    public TextWriter Error { get; init; } = Console.Error;

    /// <summary>Whether a person looks at <see cref="Output"/>; otherwise it is plain text of any width.</summary>
    public bool Interactive { get; init; } = !Console.IsOutputRedirected;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <param name="ConfigurationPath">As given with <c>--config</c>.</param>
/// <param name="Json">Whether answers are to be JSON.</param>
public sealed record ServeArguments(string ConfigurationPath, bool Json);
