using System.Collections.Immutable;
using System.CommandLine;
using System.Runtime.CompilerServices;
using OutreachRelay.Http;
using OutreachRelay.Store;
using Spectre.Console;

namespace OutreachRelay.Cli;

/// <summary><c>suppress list|add|remove</c>, and what its other verbs share.</summary>
internal static class SuppressCommand
{
    private const int PageSize = 1000;

    private static readonly string[] Columns = ["recipient", "for", "reason", "since", "until", "source"];

    public static Argument<string> Recipient { get; } = new("ADDRESS|HASH") { Description = "Whom: an address, or a hash as list shows it." };
    public static Option<string?> Client { get; } = new("--client") { Description = "For this client's mail.", HelpName = "NAME" };
    public static Option<string?> Direction { get; } = new("--direction") { Description = "For this direction of the client's alone.", HelpName = "NAME" };
    public static Option<bool> Global { get; } = new("--global") { Description = "For all clients' mail." };
    public static Option<string?> Reason { get; } = new("--reason") { Description = "hard_bounce, complaint, opt_out, manual, import, provider, soft_bounce or erasure.", HelpName = "REASON" };
    public static Option<string?> Address { get; } = new("--address") { Description = "What there is about this address.", HelpName = "ADDRESS" };
    public static Option<TimeSpan?> For { get; } = FilterOptions.Age("--for", "How long, such as 30d; by default for good.");
    public static Option<bool> EvenIfAsked { get; } = new("--even-if-asked") { Description = "Also when the recipient opted out, complained, or was erased." };

    public static async Task<int> ListAsync(CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        await context.Terminal.WritePagesAsync(
            PagesAsync(client, context, context.Value(ListCommand.Limit), cancel), ApiJson.Default.SuppressionReport, Columns, Row);
        return ExitCode.Ok;
    }

    public static async Task<int> AddAsync(CommandContext context, CancellationToken cancel)
    {
        var (address, hash) = Named(context);
        var row = new SuppressionRow
        {
            Address = address,
            Hash = hash,
            Client = Scope(context),
            Direction = context.Value(Direction),
            Reason = context.Value(Reason),
            Until = context.Terminal.Now + context.Value(For),
        };
        using var client = context.Connect();
        var reply = await client.PostAsync(
            "suppressions", new SuppressionRequest { Rows = [row] }, ApiJson.Default.SuppressionRequest, ApiJson.Default.SuppressionReply, cancel);
        var result = reply.Results[0];
        if (result.Problem is { } problem)
            throw new CommandFailure(ExitCode.Usage, problem);
        if (context.Terminal.Json)
            context.Terminal.WriteJson(result, ApiJson.Default.RowReport);
        else
            context.Terminal.WriteLine($"{context.Value(Recipient)}  {Words.Of(result.Outcome)}");
        return result.Outcome == RowOutcome.Unavailable ? ExitCode.Temporary : ExitCode.Ok;
    }

    public static async Task<int> RemoveAsync(CommandContext context, CancellationToken cancel)
    {
        var (address, hash) = Named(context);
        var request = new UnsuppressRequest
        {
            Address = address,
            Hash = hash,
            Client = Scope(context),
            Direction = context.Value(Direction),
            EvenIfAsked = context.Value(EvenIfAsked),
        };
        using var client = context.Connect();
        var reply = await client.PostAsync(
            "suppressions/remove", request, ApiJson.Default.UnsuppressRequest, ApiJson.Default.UnsuppressReply, cancel);
        if (context.Terminal.Json)
            context.Terminal.WriteJson(reply, ApiJson.Default.UnsuppressReply);
        switch (reply.Outcome)
        {
            case UnsuppressOutcome.Asked:
                throw new CommandFailure(ExitCode.Data, "the recipient asked for it; --even-if-asked removes it all the same");
            case UnsuppressOutcome.Unknown:
                throw new CommandFailure(ExitCode.Data, "there is no suppression of exactly this scope; see suppress list --address");
        }
        if (!context.Terminal.Json)
            context.Terminal.WriteLine($"{context.Value(Recipient)}  removed");
        return ExitCode.Ok;
    }

    /// <summary>The suppressions that the options mean, in pages.</summary>
    public static async IAsyncEnumerable<ImmutableArray<SuppressionReport>> PagesAsync(
        AdminClient client, CommandContext context, int limit, [EnumeratorCancellation] CancellationToken cancel)
    {
        var filter = FilterOptions.Query("client", context.Value(Client)) + FilterOptions.Query("reason", context.Value(Reason))
            + FilterOptions.Query("address", context.Value(Address)) + (context.Value(Global) ? "global=true&" : "");
        string? after = null;
        for (var left = limit; left > 0;)
        {
            var page = await client.GetAsync(
                $"suppressions?{filter}{FilterOptions.Query("after", after)}limit={Math.Min(left, PageSize)}", ApiJson.Default.SuppressionPage, cancel);
            yield return page.Suppressions;
            if ((after = page.Next) is null)
                break;
            left -= page.Suppressions.Length;
        }
    }

    /// <summary>The client that is meant, or <see langword="null"/> for all.</summary>
    /// <exception cref="CommandFailure">Neither a client nor <c>--global</c> is given, or both.</exception>
    public static string? Scope(CommandContext context) => context.Value(Client) is null == context.Value(Global)
        ? context.Value(Client)
        : throw new CommandFailure(ExitCode.Usage, "give either --client or --global");

    private static (string? Address, string? Hash) Named(CommandContext context) =>
        context.Value(Recipient) is { } text && text.Contains('@') ? (text, null) : (null, context.Value(Recipient));

    private static Text[] Row(SuppressionReport report, DateTimeOffset now) =>
    [
        Terminal.Cell(report.Address ?? report.Hash), Terminal.Cell(new SuppressionScope(report.Client, report.Direction).ToString()),
        Terminal.Cell(Words.Of(report.Reason)), Terminal.Cell(Words.Ago(report.At, now)),
        Terminal.Cell(report.Until is { } until ? Words.Due(until, now) : "-"), Terminal.Cell(report.Source, 200),
    ];
}
