using System.Collections.Immutable;
using System.Text.Json;
using OutreachRelay.Configuration;
using OutreachRelay.Store;
using Spectre.Console;

namespace OutreachRelay.Cli.Demo;

/// <summary>What the demo shows: progress while it runs, and at the end who sent what through whom.</summary>
internal sealed class DemoReport(bool json)
{
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(json ? Console.Error : Console.Out),
        // What is piped elsewhere is read as plain text.
        Ansi = (json ? Console.IsErrorRedirected : Console.IsOutputRedirected) ? AnsiSupport.No : AnsiSupport.Detect,
    });

    public void Begin(RelayModel model, int port)
    {
        _console.MarkupLineInterpolated($"A relay takes mail on [bold]127.0.0.1:{port}[/] with [bold]{model.Senders.Count}[/] senders and two simulated providers. Nothing leaves this machine.");
        _console.MarkupLine("A CRM submits its campaign from one address. Half way the first provider goes down.");
        _console.WriteLine();
    }

    /// <summary>Runs the work and shows how far it is.</summary>
    /// <param name="work">Gets what to call after each accepted message.</param>
    public async Task<List<string>> ShowProgressAsync(int total, DemoUpstream first, DemoUpstream second, Func<Action, Task<List<string>>> work) =>
        await _console.Progress().HideCompleted(false).StartAsync(async context =>
        {
            var accepted = context.AddTask("accepted by the relay", maxValue: total);
            var byFirst = context.AddTask($"taken by {first.Name}", maxValue: total);
            var bySecond = context.AddTask($"taken by {second.Name}", maxValue: total);
            using var refresh = new Timer(_ => (byFirst.Value, bySecond.Value) = (first.Taken.Count, second.Taken.Count), null, 0, 50);
            var result = await work(() => accepted.Increment(1));
            (byFirst.Value, bySecond.Value) = (first.Taken.Count, second.Taken.Count);
            return result;
        });

    /// <returns>Whether every message arrived exactly once.</returns>
    public bool End(ImmutableArray<QueueEntry> entries, DemoUpstream first, DemoUpstream second, List<string> refused)
    {
        var arrived = first.Taken.Concat(second.Taken).ToList();
        var once = refused.Count == 0 && arrived.CountBy(mail => mail.Recipient).All(count => count.Value == 1) && arrived.Count == entries.Length;
        var rows = entries.GroupBy(entry => (entry.Sender, entry.Upstream, entry.State)).OrderBy(group => group.Key.Sender).ThenBy(group => group.Key.Upstream)
            .Select(group => (Sender: group.Key.Sender ?? "", Upstream: group.Key.Upstream ?? "", Outcome: group.Key.State.ToString().ToLowerInvariant(), Count: group.Count())).ToList();
        if (json)
        {
            WriteJson(rows, arrived.Count, once);
            return once;
        }
        WriteTable(rows);
        WriteMessages(arrived);
        _console.MarkupLineInterpolated($"{entries.Length} accepted, {first.Taken.Count} through {first.Name} before it went down, {second.Taken.Count} through {second.Name} after.");
        _console.MarkupLine(once ? "[green]Every message arrived, and each exactly once.[/]" : "[red]Something was lost, refused or sent twice.[/]");
        return once;
    }

    private void WriteTable(List<(string Sender, string Upstream, string Outcome, int Count)> rows)
    {
        var table = new Table().AddColumns("sender", "upstream", "outcome").AddColumn("mails", column => column.RightAligned());
        foreach (var (sender, upstream, outcome, count) in rows)
            table.AddRow(Markup.Escape(sender), Markup.Escape(upstream), Markup.Escape(outcome), FormattableString.Invariant($"{count}"));
        _console.Write(table);
    }

    private void WriteMessages(List<(string Recipient, string Message)> arrived)
    {
        var mail = arrived.FirstOrDefault(mail => mail.Recipient == DemoCrm.Recipient(1));
        if (mail.Message is null)
            return;
        _console.Write(new Panel(new Text(DemoCrm.Message(1).ReplaceLineEndings("\n"))).Header("as the CRM submitted it"));
        _console.Write(new Panel(new Text(mail.Message.ReplaceLineEndings("\n"))).Header("as the provider got it"));
    }

    private static void WriteJson(List<(string Sender, string Upstream, string Outcome, int Count)> rows, int arrived, bool once)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("arrived", arrived);
        writer.WriteBoolean("each_once", once);
        writer.WriteStartArray("mails");
        foreach (var (sender, upstream, outcome, count) in rows)
        {
            writer.WriteStartObject();
            writer.WriteString("sender", sender);
            writer.WriteString("upstream", upstream);
            writer.WriteString("outcome", outcome);
            writer.WriteNumber("count", count);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
