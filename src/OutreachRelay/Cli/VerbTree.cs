using System.CommandLine;

namespace OutreachRelay.Cli;

/// <summary>Which verbs there are, and what each takes.</summary>
internal static class VerbTree
{
    public static RootCommand Build(CommandLineParts parts)
    {
        var root = new RootCommand("OutreachRelay: a self-hosted SMTP relay that rotates sender addresses.")
        {
            Host("serve", "Run the relay.", parts.Serve, parts),
            Verb("check", "Check the configuration: prints every problem, touches nothing.", parts, static (context, _) => Task.FromResult(CheckCommand.Run(context))),
            Host("demo", "Try the relay: nothing leaves this machine.", parts.Demo, parts),
            Verb("status", "Show how the running relay is.", parts, StatusCommand.RunAsync),
            Queue(parts),
            Dead(parts),
            Senders(parts),
            Upstreams(parts),
            Classify(parts),
            Explain(parts),
            Events(parts),
            Forecast(parts),
            Preflight(parts),
            Score(parts),
            Dkim(parts),
            Suppress(parts),
            Erase(parts),
            Untold(parts),
        };
        root.Options.Add(GlobalOptions.Config);
        root.Options.Add(GlobalOptions.Json);
        root.Options.Add(GlobalOptions.Socket);
        return root;
    }

    private static Command Queue(CommandLineParts parts)
    {
        var list = Verb("list", "List what is unfinished.", parts, ListCommand.QueueAsync);
        list.Options.Add(ListCommand.State);
        FilterOptions.AddTo(list);
        list.Options.Add(ListCommand.Limit);
        return new Command("queue", "Look at the queue and act on it.")
        {
            list,
            Show("Show an entry and its attempts.", parts),
            Action("queue", "retry", "Make entries due now.", parts),
            Hold(parts),
            Release(parts),
            Verb("holds", "List the scopes that are held.", parts, HoldCommand.ListAsync),
            Action("queue", "drop", "Remove entries for good.", parts),
        };
    }

    private static Command Hold(CommandLineParts parts)
    {
        var hold = Verb("hold", "Stop entries by their ids, or all mail of a scope, queued or still to come, until it is released.", parts, HoldCommand.HoldAsync);
        AddScope(hold);
        hold.Options.Add(ActionCommand.Reason);
        hold.Options.Add(HoldCommand.For);
        return hold;
    }

    private static Command Release(CommandLineParts parts)
    {
        var release = Verb("release", "Let held entries go on, or end the hold of exactly this scope; --all ends every hold.", parts, HoldCommand.ReleaseAsync);
        AddScope(release);
        release.Options.Add(ActionCommand.Reason);
        release.Options.Add(HoldCommand.Entries);
        return release;
    }

    private static Command Dead(CommandLineParts parts)
    {
        var list = Verb("list", "List the dead letters.", parts, ListCommand.DeadAsync);
        FilterOptions.AddTo(list);
        list.Options.Add(ListCommand.Limit);
        var requeue = Action("dead", "requeue", "Queue dead letters again, with a fresh schedule.", parts);
        requeue.Options.Add(ActionCommand.EvenIfSent);
        var export = Verb("export", "Write dead letters into a directory: ID.eml as it was accepted, and ID.json with its attempts.", parts, ExportCommand.RunAsync);
        export.Arguments.Add(ExportCommand.Places);
        export.Options.Add(ActionCommand.All);
        FilterOptions.AddTo(export);
        return new Command("dead", "Look at the dead letter queue and act on it.")
        {
            list,
            Show("Show a dead letter and its attempts.", parts),
            requeue,
            Action("dead", "drop", "Remove dead letters for good.", parts),
            export,
        };
    }

    private static Command Show(string description, CommandLineParts parts)
    {
        var show = Verb("show", description, parts, ShowCommand.RunAsync);
        show.Arguments.Add(ShowCommand.Id);
        return show;
    }

    private static Command Senders(CommandLineParts parts)
    {
        var check = Verb("check", "Check a file of senders: prints every problem, touches nothing.", parts,
            static (context, _) => Task.FromResult(SendersCheckCommand.Run(context)));
        check.Arguments.Add(SendersCheckCommand.File);
        var list = Verb("list", "List the senders and how they stand.", parts, SendersListCommand.RunAsync);
        list.Options.Add(SendersListCommand.Status);
        list.Options.Add(SendersListCommand.Client);
        list.Options.Add(SendersListCommand.Pool);
        var show = Verb("show", "Show a sender with all that decides about it.", parts, SendersShowCommand.RunAsync);
        show.Arguments.Add(SendersShowCommand.Address);
        var pause = Verb("pause", "Stop a sender, or all senders of a domain.", parts, PauseCommand.PauseAsync);
        pause.Arguments.Add(PauseCommand.Name);
        pause.Options.Add(PauseCommand.Reason);
        pause.Options.Add(PauseCommand.For);
        var resume = Verb("resume", "Let a sender, or the senders of a domain, send again, whoever paused it.", parts, PauseCommand.ResumeAsync);
        resume.Arguments.Add(PauseCommand.Name);
        return new Command("senders", "Look at the addresses that mail is sent from, and act on them.")
        {
            check,
            list,
            show,
            pause,
            resume,
        };
    }

    private static Command Upstreams(CommandLineParts parts)
    {
        var resume = Verb("resume", "Let an upstream that rests be tried by the next mail, whyever it rests.", parts, UpstreamCommand.ResumeAsync);
        resume.Arguments.Add(UpstreamCommand.Name);
        return new Command("upstreams", "Act on the upstreams; status shows how they are.") { resume };
    }

    private static Command Classify(CommandLineParts parts)
    {
        var verb = Verb("classify", "Tell what mails that came back, or replies of an upstream, mean; needs no running relay, unless it is to hear of it.", parts, ClassifyCommand.RunAsync);
        verb.Arguments.Add(ClassifyCommand.Mails);
        verb.Options.Add(ClassifyCommand.Ingest);
        verb.Options.Add(ClassifyCommand.Reply);
        verb.Options.Add(ClassifyCommand.Replies);
        verb.Options.Add(ClassifyCommand.Provider);
        verb.Options.Add(ClassifyCommand.Stage);
        return verb;
    }

    private static Command Explain(CommandLineParts parts)
    {
        var explain = Verb("explain", "Tell why an entry, or each entry of a message, is not leaving.", parts, ExplainCommand.RunAsync);
        explain.Arguments.Add(ShowCommand.Id);
        return explain;
    }

    private static Command Events(CommandLineParts parts)
    {
        var events = Verb("events", "List what happened to mails: what providers tell of them, and what was done to them.", parts, EventsCommand.RunAsync);
        events.Options.Add(EventsCommand.Kind);
        events.Options.Add(EventsCommand.Client);
        events.Options.Add(EventsCommand.Upstream);
        events.Options.Add(EventsCommand.Entry);
        events.Options.Add(EventsCommand.Follow);
        return events;
    }

    private static Command Forecast(CommandLineParts parts)
    {
        var forecast = Verb("forecast", "Tell how much mail can leave in the coming days, and what limits it.", parts, ForecastCommand.RunAsync);
        forecast.Options.Add(ForecastCommand.Days);
        forecast.Options.Add(ForecastCommand.Pool);
        forecast.Options.Add(ForecastCommand.PerDay);
        return forecast;
    }

    private static Command Preflight(CommandLineParts parts)
    {
        var preflight = Verb("preflight", "Tell whether SPF, DKIM and DMARC pass for the sender domains, and what to publish.", parts, PreflightCommand.RunAsync);
        preflight.Arguments.Add(PreflightCommand.Domain);
        preflight.Options.Add(PreflightCommand.All);
        return preflight;
    }

    private static Command Score(CommandLineParts parts)
    {
        var score = Verb("score", "Tell how messages score by the built-in rules, and why; needs no running relay.", parts,
            static (context, _) => Task.FromResult(ScoreCommand.Run(context)));
        score.Arguments.Add(ScoreCommand.Files);
        score.Options.Add(ScoreCommand.AddsUnsubscribe);
        return score;
    }

    private static Command Dkim(CommandLineParts parts)
    {
        var keygen = Verb("keygen", "Make a key for a sender domain, and tell the record to publish.", parts,
            static (context, _) => Task.FromResult(DkimKeygenCommand.Run(context)));
        keygen.Arguments.Add(DkimKeygenCommand.Domain);
        keygen.Arguments.Add(DkimKeygenCommand.Selector);
        keygen.Options.Add(DkimKeygenCommand.Out);
        keygen.Options.Add(DkimKeygenCommand.Type);
        keygen.Options.Add(DkimKeygenCommand.Bits);
        return new Command("dkim", "Keys for signing.") { keygen };
    }

    private static Command Suppress(CommandLineParts parts)
    {
        var list = Verb("list", "List the recipients that are not mailed.", parts, SuppressCommand.ListAsync);
        list.Options.Add(ListCommand.Limit);
        var add = Verb("add", "Suppress a recipient for a client, or for all.", parts, SuppressCommand.AddAsync);
        add.Arguments.Add(SuppressCommand.Recipient);
        add.Options.Add(SuppressCommand.Direction);
        add.Options.Add(SuppressCommand.For);
        var remove = Verb("remove", "End the suppression of a recipient, or release it from quarantine.", parts, SuppressCommand.RemoveAsync);
        remove.Arguments.Add(SuppressCommand.Recipient);
        remove.Options.Add(SuppressCommand.Direction);
        remove.Options.Add(SuppressCommand.EvenIfAsked);
        var import = Verb("import", "Suppress the recipients that a CSV file names.", parts, SuppressImport.RunAsync);
        import.Arguments.Add(SuppressImport.File);
        import.Options.Add(SuppressCommand.Direction);
        var export = Verb("export", "Write suppressions as CSV.", parts, SuppressExport.RunAsync);
        export.Arguments.Add(SuppressExport.File);
        foreach (var verb in (ReadOnlySpan<Command>)[list, add, remove, import, export])
        {
            verb.Options.Add(SuppressCommand.Client);
            verb.Options.Add(SuppressCommand.Global);
        }
        foreach (var verb in (ReadOnlySpan<Command>)[list, add, import, export])
            verb.Options.Add(SuppressCommand.Reason);
        foreach (var verb in (ReadOnlySpan<Command>)[list, export])
            verb.Options.Add(SuppressCommand.Address);
        return new Command("suppress", "Look at the recipients that are not mailed, and change who they are.")
        {
            list,
            add,
            remove,
            import,
            export,
        };
    }

    private static Command Erase(CommandLineParts parts)
    {
        var erase = Verb("erase", "Remove a person from all that is kept; only a hash stays, by which it is not mailed again.", parts, EraseCommand.RunAsync);
        erase.Arguments.Add(EraseCommand.Address);
        return erase;
    }

    private static Command Untold(CommandLineParts parts)
    {
        var list = Verb("list", "List the events that were given up because a client did not take them.", parts, UntoldCommand.ListAsync);
        list.Options.Add(UntoldCommand.Client);
        var resend = Verb("resend", "Tell a client once more of events that were given up.", parts, static (context, cancel) => UntoldCommand.ChangeAsync(context, "untold/resend", cancel));
        var drop = Verb("drop", "Forget events that were given up.", parts, static (context, cancel) => UntoldCommand.ChangeAsync(context, "untold/drop", cancel));
        foreach (var verb in (ReadOnlySpan<Command>)[resend, drop])
        {
            verb.Arguments.Add(UntoldCommand.Ids);
            verb.Options.Add(UntoldCommand.All);
        }
        return new Command("untold", "Look at events that clients were not told of, and act on them.") { list, resend, drop };
    }

    private static Command Action(string folder, string name, string description, CommandLineParts parts)
    {
        var verb = Verb(name, description, parts, (context, cancel) => ActionCommand.RunAsync(context, $"{folder}/{name}", cancel));
        verb.Arguments.Add(ActionCommand.Ids);
        verb.Options.Add(ActionCommand.All);
        FilterOptions.AddTo(verb);
        verb.Options.Add(ActionCommand.Reason);
        return verb;
    }

    private static void AddScope(Command verb)
    {
        verb.Arguments.Add(ActionCommand.Ids);
        verb.Options.Add(ActionCommand.All);
        verb.Options.Add(FilterOptions.Client);
        verb.Options.Add(FilterOptions.Direction);
        verb.Options.Add(FilterOptions.Sender);
        verb.Options.Add(FilterOptions.Upstream);
        verb.Options.Add(FilterOptions.RecipientDomain);
    }

    private static Command Host(string name, string description, Func<ServeArguments, CancellationToken, Task<int>> run, CommandLineParts parts) =>
        Verb(name, description, parts, (context, cancel) => run(new ServeArguments(context.ConfigurationPath, context.Terminal.Json), cancel));

    private static Command Verb(string name, string description, CommandLineParts parts, Func<CommandContext, CancellationToken, Task<int>> run)
    {
        var verb = new Command(name, description);
        verb.SetAction((parsed, cancel) => run(new CommandContext(parts, parsed), cancel));
        return verb;
    }
}
