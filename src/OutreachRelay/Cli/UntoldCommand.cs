using System.CommandLine;
using System.Globalization;
using OutreachRelay.Http;
using Spectre.Console;

namespace OutreachRelay.Cli;

/// <summary><c>untold list|resend|drop</c>: events that a client's hook did not take.</summary>
internal static class UntoldCommand
{
    public static Argument<string[]> Ids { get; } = new("ID") { Description = "As list shows them.", Arity = ArgumentArity.ZeroOrMore };
    public static Option<bool> All { get; } = new("--all") { Description = "All there are." };
    public static Option<string?> Client { get; } = new("--client") { Description = "Those of this client.", HelpName = "NAME" };

    public static async Task<int> ListAsync(CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var list = await client.GetAsync($"untold?{FilterOptions.Query("client", context.Value(Client))}", ApiJson.Default.UntoldList, cancel);
        Write(context.Terminal, list);
        return ExitCode.Ok;
    }

    /// <param name="path"><c>untold/resend</c> or <c>untold/drop</c>.</param>
    public static async Task<int> ChangeAsync(CommandContext context, string path, CancellationToken cancel)
    {
        var ids = Array.ConvertAll(context.Value(Ids) ?? [], ParseId);
        if (ids.Length == 0 != context.Value(All))
            throw new CommandFailure(ExitCode.Usage, "give either ids or --all");
        using var client = context.Connect();
        var reply = await client.PostAsync(
            path, new UntoldRequest { Ids = [.. ids], All = context.Value(All) }, ApiJson.Default.UntoldRequest, ApiJson.Default.UntoldReply, cancel);
        if (context.Terminal.Json)
            context.Terminal.WriteJson(reply, ApiJson.Default.UntoldReply);
        if (ids.Except(reply.Changed).ToList() is { Count: > 0 } missing)
            throw new CommandFailure(ExitCode.Data, $"there is no {string.Join(", ", missing)}; see untold list");
        return ExitCode.Ok;
    }

    private static long ParseId(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        ? id
        : throw new CommandFailure(ExitCode.Data, $"{text} is not an id of untold list");

    private static void Write(Terminal terminal, UntoldList list)
    {
        if (terminal.Json)
        {
            terminal.WriteJson([.. list.Untold], ApiJson.Default.UntoldReportArray);
            return;
        }
        if (list.Untold.IsEmpty)
        {
            terminal.WriteLine("nothing");
            return;
        }
        var table = Terminal.NewTable("id", "client", "events", "given up", "state", "reason");
        foreach (var one in list.Untold)
        {
            table.AddRow(
                Terminal.Cell($"{one.Id}"), Terminal.Cell(one.Client), Terminal.Cell($"{one.Events}"), Terminal.Cell(Words.Ago(one.At, terminal.Now)),
                Terminal.Cell(one.Again ? "to be told again" : "given up"), Terminal.Cell(one.Reason, 200));
        }
        terminal.Write(table);
    }
}
