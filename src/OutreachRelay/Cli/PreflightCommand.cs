using System.Collections.Immutable;
using System.CommandLine;
using OutreachRelay.Configuration;
using OutreachRelay.Http;
using OutreachRelay.Policy.Preflight;

namespace OutreachRelay.Cli;

/// <summary><c>preflight</c>: whether mail of the sender domains would be taken for theirs, and what is to be published where not.</summary>
internal static class PreflightCommand
{
    public static Argument<string?> Domain { get; } = new("DOMAIN")
    {
        Description = "Look at this sender domain now; without it, show what does not pass.",
        HelpName = "DOMAIN",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Option<bool> All { get; } = new("--all") { Description = "Show what passes, too." };

    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var domain = context.Value(Domain) is { } given ? Normalise(given) : null;
        if (domain is not null && context.Value(All))
            throw new CommandFailure(ExitCode.Usage, "give a DOMAIN or --all, not both");
        var reports = await FetchAsync(context, domain, cancel);
        var shown = reports.Where(report => domain is not null || context.Value(All) || report.Verdict != PreflightVerdict.Pass).ToArray();
        if (context.Terminal.Json)
            context.Terminal.WriteJson(shown, PreflightJson.Default.PreflightReportArray);
        else
            PreflightText.Write(context.Terminal, shown, reports, inFull: domain is not null);
        return shown.Any(static report => report.Verdict == PreflightVerdict.Fail) ? ExitCode.Data : ExitCode.Ok;
    }

    // The running relay knows more: what was found before, when DNS does not answer now. And it hears at once of what was put right.
    private static async Task<ImmutableArray<PreflightReport>> FetchAsync(CommandContext context, string? domain, CancellationToken cancel)
    {
        try
        {
            using var client = context.Connect();
            var page = domain is null
                ? await client.GetAsync("preflight", ApiJson.Default.PreflightPage, cancel)
                : await client.PostAsync("preflight/check", new PreflightRequest(domain), ApiJson.Default.PreflightRequest, ApiJson.Default.PreflightPage, cancel);
            // Where preflight is off, the relay has nothing to tell of.
            return domain is null && page.Mode == PreflightMode.Off ? await LookAsync(context, domain, cancel) : page.Reports;
        }
        catch (CommandFailure failure) when (failure.ExitCode == ExitCode.Unavailable && context.Value(GlobalOptions.Socket) is null)
        {
            return await LookAsync(context, domain, cancel);
        }
    }

    private static async Task<ImmutableArray<PreflightReport>> LookAsync(CommandContext context, string? domain, CancellationToken cancel)
    {
        if (context.Parts.Load(context.ConfigurationPath).Model is not { } model)
            throw new CommandFailure(ExitCode.Configuration, $"{context.ConfigurationPath} has errors (see check)");
        var subjects = PreflightSubject.Of(model).Where(subject => domain is null || subject.Domain == domain).ToList();
        if (subjects.Count == 0 && domain is not null)
            throw new CommandFailure(ExitCode.Data, "no sender whose mail leaves is in that domain");
        return await PreflightCheckup.Create(model, context.Parts.Time).CheckAllAsync(subjects, cancel);
    }

    private static string Normalise(string domain) =>
        PreflightSubject.ReadDomain(domain) ?? throw new CommandFailure(ExitCode.Usage, "DOMAIN is no domain name");
}
