using System.CommandLine;
using System.Globalization;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Http;

namespace OutreachRelay.Cli;

/// <summary>Options that say which entries are meant. What is given must all fit.</summary>
internal static class FilterOptions
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    public static Option<string?> Client { get; } = new("--client") { Description = "Those of this client.", HelpName = "NAME" };
    public static Option<string?> Direction { get; } = new("--direction") { Description = "Those of this direction.", HelpName = "NAME" };
    public static Option<string?> Sender { get; } = new("--sender") { Description = "Those of this sender.", HelpName = "ADDRESS" };
    public static Option<string?> Upstream { get; } = new("--upstream") { Description = "Those last tried at this upstream.", HelpName = "NAME" };
    public static Option<string?> RecipientDomain { get; } = new("--recipient-domain") { Description = "Those to this domain.", HelpName = "DOMAIN" };
    public static Option<string?> Stage { get; } = new("--stage") { Description = "Those whose last attempt ended there: mail, rcpt, data, final_dot ...", HelpName = "STAGE" };
    public static Option<string?> Code { get; } = new("--code") { Description = "Those whose last reply has this code, or begins with these digits.", HelpName = "CODE" };
    public static Option<TimeSpan?> OlderThan { get; } = Age("--older-than", "Those accepted longer ago, such as 2h or 3d.");
    public static Option<TimeSpan?> NewerThan { get; } = Age("--newer-than", "Those accepted since then.");

    /// <summary>Adds all of them to a verb.</summary>
    public static void AddTo(Command verb)
    {
        foreach (var option in (ReadOnlySpan<Option>)[Client, Direction, Sender, Upstream, RecipientDomain, Stage, Code, OlderThan, NewerThan])
            verb.Options.Add(option);
    }

    /// <summary>Fills in what was given.</summary>
    public static T Fill<T>(CommandContext context, T empty) where T : EntrySelection => empty with
    {
        Client = context.Value(Client),
        Direction = context.Value(Direction),
        Sender = context.Value(Sender),
        Upstream = context.Value(Upstream),
        RecipientDomain = context.Value(RecipientDomain),
        Stage = context.Value(Stage),
        Code = context.Value(Code),
        AcceptedFrom = context.Terminal.Now - context.Value(NewerThan),
        AcceptedBefore = context.Terminal.Now - context.Value(OlderThan),
    };

    /// <summary>As a part of a query.</summary>
    public static string Query(EntrySelection given) => string.Concat(
        Query("client", given.Client), Query("direction", given.Direction), Query("sender", given.Sender), Query("upstream", given.Upstream),
        Query("recipient_domain", given.RecipientDomain), Query("stage", given.Stage), Query("code", given.Code),
        Query("accepted_from", Time(given.AcceptedFrom)), Query("accepted_before", Time(given.AcceptedBefore)));

    /// <summary>A part of a query, or nothing.</summary>
    public static string Query(string name, string? value) => string.IsNullOrEmpty(value) ? "" : $"{name}={Uri.EscapeDataString(value)}&";

    /// <summary>An option that takes a duration.</summary>
    public static Option<TimeSpan?> Age(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = result =>
        {
            var parsed = Quantities.ParseDuration(result.Tokens[0].Value, TimeSpan.FromSeconds(1), Longest);
            if (parsed.Error is null)
                return parsed.Value;
            result.AddError($"{name}: {parsed.Error}.");
            return null;
        },
    };

    private static string? Time(DateTimeOffset? time) => time?.ToString("O", CultureInfo.InvariantCulture);
}
