using System.CommandLine;

namespace OutreachRelay.Cli;

/// <summary>The program's verbs. Answers go to standard output, everything else to standard error.</summary>
public static class CommandLine
{
    /// <returns>The exit code, one of <see cref="ExitCode"/>. Never throws.</returns>
    public static async Task<int> RunAsync(string[] args, CommandLineParts parts, CancellationToken cancel = default)
    {
        var terminal = new Terminal(parts, json: false);
        try
        {
            var parsed = VerbTree.Build(parts).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Errors is [var error, ..])
                throw new CommandFailure(ExitCode.Usage, $"{UsageError(parsed, error.Message)} See outreach-relay --help.");
            // The relay stops in its own time, and every other verb can simply be ended: no handler of signals, no time limit.
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = parts.Output,
                Error = parts.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            }, cancel);
        }
        catch (CommandFailure failure)
        {
            return Fail(terminal, failure.ExitCode, failure.Message);
        }
        catch (ReaderGoneException)
        {
            return ExitCode.Ok;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return ExitCode.Temporary;
        }
        catch (Exception e)
        {
            return Fail(terminal, ExitCode.Software, $"unexpected failure: {e.GetType().Name}: {e.Message}");
        }
    }

    // An unknown verb is reported behind the missing one that it makes; it is what the user wants to read.
    private static string UsageError(ParseResult parsed, string first) =>
        parsed.UnmatchedTokens is [var token, ..] ? $"There is no verb or option '{token}' here." : first;

    private static int Fail(Terminal terminal, int code, string message)
    {
        try
        {
            terminal.WriteErrorLine(message);
        }
        catch (ReaderGoneException)
        {
        }
        return code;
    }
}
