using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OutreachRelay.Observe;
using Spectre.Console;

namespace OutreachRelay.Cli;

/// <summary>Where a command's answer goes: tables and words for a person, plain lines into a pipe, or JSON.</summary>
internal sealed class Terminal
{
    private const int PipeWidth = 8192;
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly IAnsiConsole _console;
    private readonly bool _interactive;

    public Terminal(CommandLineParts parts, bool json)
    {
        _output = parts.Output;
        _error = parts.Error;
        Json = json;
        _interactive = parts.Interactive;
        Now = parts.Time.GetUtcNow();
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(parts.Output),
            Ansi = parts.Interactive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = parts.Interactive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        // A line in a pipe belongs to one entry and must not be wrapped.
        if (!parts.Interactive)
            _console.Profile.Width = PipeWidth;
    }

    public bool Json { get; }
    public DateTimeOffset Now { get; }

    public void WriteLine(string text) => Guard(() => _output.WriteLine(VisibleText.Escape(text)));

    public void WriteErrorLine(string text) => Guard(() => _error.WriteLine("outreach-relay: " + VisibleText.Escape(text)));

    public void Write(Table table) => Guard(() => _console.Write(table));

    /// <summary>Shows a person how far something is, and takes that away when it is done.</summary>
    /// <param name="run">Calls its argument after each of the <paramref name="steps"/>.</param>
    public Task<T> ShowProgressAsync<T>(string what, int steps, Func<Action, Task<T>> run)
    {
        if (!_interactive)
            return run(static () => { });
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_output), Interactive = InteractionSupport.Yes });
        return console.Progress().AutoClear(true).StartAsync(progress =>
        {
            var task = progress.AddTask(what, maxValue: steps);
            return run(() => task.Increment(1));
        });
    }

    public void WriteJson<T>(T value, JsonTypeInfo<T> type) => Guard(() => _output.WriteLine(JsonSerializer.Serialize(value, type)));

    /// <summary>Writes items as they come as one array, an item a line.</summary>
    public async Task WriteJsonArrayAsync<T>(IAsyncEnumerable<T> items, JsonTypeInfo<T> type)
    {
        var before = "[";
        await foreach (var item in items)
        {
            Guard(() => _output.Write(before + "\n" + JsonSerializer.Serialize(item, type)));
            before = ",";
        }
        Guard(() => _output.WriteLine(before == "[" ? "[]" : "\n]"));
    }

    /// <summary>Writes a list as its pages come: one JSON array, or tables that look like one.</summary>
    /// <param name="columns">The table's headings.</param>
    /// <param name="row">An item's cells.</param>
    public async Task WritePagesAsync<T>(
        IAsyncEnumerable<ImmutableArray<T>> pages, JsonTypeInfo<T> type, string[] columns, Func<T, DateTimeOffset, Text[]> row)
    {
        if (Json)
        {
            await WriteJsonArrayAsync(FlattenAsync(pages), type);
            return;
        }
        var isFirst = true;
        await foreach (var page in pages)
        {
            if (page.IsEmpty)
                continue;
            var table = NewTable(columns);
            table.ShowHeaders = isFirst;
            foreach (var item in page)
                table.AddRow(row(item, Now));
            Write(table);
            isFirst = false;
        }
        if (isFirst)
            WriteLine("nothing");
    }

    /// <summary>Shows a person how many there were so far, and takes that away when it is done.</summary>
    /// <param name="run">Calls its argument with the number so far.</param>
    public Task<T> ShowCountAsync<T>(string what, Func<Action<long>, Task<T>> run)
    {
        if (!_interactive)
            return run(static _ => { });
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_error), Interactive = InteractionSupport.Yes });
        return console.Status().StartAsync(what, status => run(count => status.Status($"{what}: {count}")));
    }

    private static async IAsyncEnumerable<T> FlattenAsync<T>(IAsyncEnumerable<ImmutableArray<T>> pages)
    {
        await foreach (var page in pages)
        {
            foreach (var item in page)
                yield return item;
        }
    }

    /// <summary>A table without frames, its column headings in words.</summary>
    public static Table NewTable(params ReadOnlySpan<string> columns)
    {
        var table = new Table().NoBorder();
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(column)).NoWrap());
        return table;
    }

    /// <summary>A cell of untrusted text: neither markup nor terminal sequences have an effect.</summary>
    public static Text Cell(string? text, int maxLength = 4096) => new(VisibleText.Escape(text, maxLength));

    private static void Guard(Action write)
    {
        try
        {
            write();
        }
        catch (IOException)
        {
            throw new ReaderGoneException();
        }
    }
}
