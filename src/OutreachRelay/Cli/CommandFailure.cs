namespace OutreachRelay.Cli;

/// <summary>Ends a command with an exit code and one line on standard error.</summary>
public sealed class CommandFailure(int exitCode, string message) : Exception(message)
{
    /// <summary>One of <see cref="Cli.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;
}

/// <summary>Nobody reads standard output any more: the command ends quietly.</summary>
internal sealed class ReaderGoneException : Exception;
