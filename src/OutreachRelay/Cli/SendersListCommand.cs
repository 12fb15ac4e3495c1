using System.Collections.Immutable;
using System.CommandLine;
using System.Runtime.CompilerServices;
using OutreachRelay.Http;
using OutreachRelay.Policy.Rotate;
using Spectre.Console;

namespace OutreachRelay.Cli;

/// <summary><c>senders list</c>: page by page, whatever the length.</summary>
internal static class SendersListCommand
{
    private const int PageSize = 500;

    private static readonly string[] Columns = ["address", "pool", "status", "used", "sent", "next", "reason"];

    public static Option<string?> Status { get; } = new("--status") { Description = "Only these: healthy, degraded, paused or trial.", HelpName = "STATUS" };
    public static Option<string?> Client { get; } = new("--client") { Description = "Only those of this client's pools.", HelpName = "NAME" };
    public static Option<string?> Pool { get; } = new("--pool") { Description = "Only this pool's.", HelpName = "NAME" };

    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var pages = PagesAsync(context, client, cancel);
        await context.Terminal.WritePagesAsync(pages, ApiJson.Default.SenderReport, Columns, Row);
        return ExitCode.Ok;
    }

    private static Text[] Row(SenderReport sender, DateTimeOffset now) =>
    [
        Terminal.Cell(sender.Address), Terminal.Cell(sender.Pool), Terminal.Cell(Words.Of(sender.Status)), Terminal.Cell($"{sender.Used}/{sender.Cap}"),
        Terminal.Cell($"{sender.Sent}"), Terminal.Cell(Next(sender, now)), Terminal.Cell(sender.Reason, 200),
    ];

    /// <summary><c>now</c>, <c>in 3 m (gap)</c>, or why not where no time is known.</summary>
    public static string Next(SenderReport sender, DateTimeOffset now) => sender switch
    {
        { Gate: GateState.Open } => "now",
        { NextOpening: { } opens } => $"{Words.Due(opens, now)} ({Words.Of(sender.Gate)})",
        _ => Words.Of(sender.Gate),
    };

    private static async IAsyncEnumerable<ImmutableArray<SenderReport>> PagesAsync(
        CommandContext context, AdminClient client, [EnumeratorCancellation] CancellationToken cancel)
    {
        var query = $"senders?{FilterOptions.Query("status", context.Value(Status))}{FilterOptions.Query("client", context.Value(Client))}"
            + $"{FilterOptions.Query("pool", context.Value(Pool))}limit={PageSize}&";
        string? after = null;
        do
        {
            var page = await client.GetAsync(query + FilterOptions.Query("after", after), ApiJson.Default.SenderPage, cancel);
            yield return page.Senders;
            after = page.Next;
        }
        while (after is not null);
    }
}
