using System.CommandLine;
using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Cli;

/// <summary><c>classify FILE…</c>: what mails that came back mean; with <c>--ingest</c> the running relay hears of it; <c>classify --reply TEXT</c> and <c>classify --replies FILE</c>: what the rules make of replies.</summary>
internal static class ClassifyCommand
{
    private const int LargestFile = 64 << 20;

    private static readonly SmtpStage[] Stages =
    [
        SmtpStage.Connect, SmtpStage.Tls, SmtpStage.Greeting, SmtpStage.Hello, SmtpStage.Auth, SmtpStage.Mail, SmtpStage.Rcpt, SmtpStage.Data,
        SmtpStage.FinalDot,
    ];

    public static Argument<string[]> Mails { get; } = new("FILE")
    {
        Description = "Mails that came back: notifications, feedback reports. One JSON object a line for each recipient.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Option<bool> Ingest { get; } = new("--ingest") { Description = "Hand the mails to the running relay, which records what they tell, and say what was done." };
    public static Option<string?> Reply { get; } = new("--reply") { Description = "A reply, such as \"550 5.1.1 user unknown\".", HelpName = "TEXT" };
    public static Option<string?> Replies { get; } = new("--replies") { Description = "A file with one reply a line.", HelpName = "FILE" };
    public static Option<string?> Provider { get; } = new("--provider") { Description = "Whose rules come before the general ones, such as ses.", HelpName = "NAME" };
    public static Option<SmtpStage> Stage { get; } = NewStage();

    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var (reply, file, mails) = (context.Value(Reply), context.Value(Replies), context.Value(Mails) ?? []);
        if ((reply is null ? 0 : 1) + (file is null ? 0 : 1) + (mails.Length == 0 ? 0 : 1) != 1)
            throw new CommandFailure(ExitCode.Usage, "classify takes FILE…, --reply TEXT or --replies FILE. See outreach-relay classify --help.");
        if (context.Value(Ingest))
            return await IngestAsync(context, mails, cancel);
        var rules = Load(context);
        if (mails.Length > 0)
            return new MailJudge(rules, context.Terminal).WriteAll(mails);
        var provider = context.Value(Provider);
        if (provider is not null && !rules.Providers.Contains(provider))
            throw new CommandFailure(ExitCode.Usage, $"there are no rules of '{provider}'; there are some of {string.Join(", ", rules.Providers)}");
        var judge = new ReplyJudge(rules, provider, context.Value(Stage), context.Terminal);
        if (file is not null)
            return WriteAll(file, judge, context.Terminal);
        if (!judge.Write(Encoding.UTF8.GetBytes(reply!)))
            throw new CommandFailure(ExitCode.Data, "this is no reply: expected a code and a text, such as \"550 5.1.1 user unknown\"");
        return ExitCode.Ok;
    }

    private static async Task<int> IngestAsync(CommandContext context, string[] mails, CancellationToken cancel)
    {
        if (mails.Length == 0)
            throw new CommandFailure(ExitCode.Usage, "--ingest takes mails: classify --ingest FILE…");
        using var client = context.Connect();
        return await new MailIngest(client, context.Terminal).SendAllAsync(mails, cancel);
    }

    private static ReplyRules Load(CommandContext context)
    {
        var loaded = ReplyRules.Load(RelayTable.FindConfDir(context.ConfigurationPath) ?? DataFolder.BesideProgram);
        foreach (var problem in loaded.Problems)
            context.Terminal.WriteErrorLine(problem.ToString());
        return loaded.Rules ?? throw new CommandFailure(ExitCode.Configuration, "the rules for replies have errors");
    }

    private static int WriteAll(string file, ReplyJudge judge, Terminal terminal)
    {
        if (file.Length == 0 || file.Contains('\0') || !BoundedFile.TryRead(file, LargestFile, out var content, out _))
            throw new CommandFailure(ExitCode.Data, $"the file '{file}' cannot be read");
        var (exit, number) = (ExitCode.Ok, 0);
        foreach (var range in content.AsSpan().Split((byte)'\n'))
        {
            number++;
            var line = content.AsSpan()[range].TrimEnd((byte)'\r');
            if (line.IsEmpty || judge.Write(line))
                continue;
            terminal.WriteErrorLine($"{file}:{number}:1: this is no reply");
            exit = ExitCode.Data;
        }
        return exit;
    }

    private static Option<SmtpStage> NewStage() => new("--stage")
    {
        Description = $"What was answered: {string.Join(", ", Stages.Select(Words.Of))}.",
        HelpName = "STAGE",
        DefaultValueFactory = static _ => SmtpStage.Rcpt,
        CustomParser = static result =>
        {
            foreach (var stage in Stages)
            {
                if (Words.Of(stage) == result.Tokens[0].Value)
                    return stage;
            }
            result.AddError($"--stage takes one of {string.Join(", ", Stages.Select(Words.Of))}.");
            return SmtpStage.Rcpt;
        },
    };
}
