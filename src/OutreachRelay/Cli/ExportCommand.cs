using System.Collections.Immutable;
using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json;
using OutreachRelay.Http;
using OutreachRelay.Store;

namespace OutreachRelay.Cli;

/// <summary><c>dead export</c>: writes dead letters as files, each original as it was accepted and, beside it, what is known of it.</summary>
internal static class ExportCommand
{
    public static Argument<string[]> Places { get; } = new("[ID...] DIR")
    {
        Description = "Dead letters' ids, and the directory to write to, which is created.",
        Arity = ArgumentArity.OneOrMore,
    };

    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var places = context.Value(Places)!;
        var (ids, directory) = (places[..^1], places[^1]);
        var selection = FilterOptions.Fill(context, new EntrySelection());
        if (ids.Length > 0 == (context.Value(ActionCommand.All) || !selection.IsEmpty))
            throw new CommandFailure(ExitCode.Usage, "give either ids, or --all, or which entries are meant, such as --upstream; and the directory last");
        using var client = context.Connect();
        var entries = ids.Length > 0 ? NamedAsync(client, ids, cancel) : ListCommand.PagesAsync(client, "dead?", selection, int.MaxValue, cancel);
        var written = WriteAllAsync(client, entries, directory, cancel);
        if (context.Terminal.Json)
            await context.Terminal.WriteJsonArrayAsync(written, ApiJson.Default.String);
        else
            context.Terminal.WriteLine($"{await CountAsync(context.Terminal, written)} written to {directory}");
        return ExitCode.Ok;
    }

    private static Task<long> CountAsync(Terminal terminal, IAsyncEnumerable<string> written) => terminal.ShowCountAsync("dead export", async report =>
    {
        var count = 0L;
        await foreach (var _ in written)
            report(++count);
        return count;
    });

    private static async IAsyncEnumerable<string> WriteAllAsync(
        AdminClient client, IAsyncEnumerable<ImmutableArray<EntryReport>> pages, string directory, [EnumeratorCancellation] CancellationToken cancel)
    {
        await WritableAsync(directory, () => Task.FromResult(Directory.CreateDirectory(directory)));
        await foreach (var page in pages)
        {
            foreach (var entry in page)
            {
                await WritableAsync(directory, () => WriteAsync(client, entry.Id, directory, cancel));
                yield return entry.Id;
            }
        }
    }

    // A directory that cannot be written is the user's matter.
    private static async Task WritableAsync(string directory, Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.CannotCreate, $"{directory} cannot be written: {e.Message}");
        }
    }

    private static async IAsyncEnumerable<ImmutableArray<EntryReport>> NamedAsync(
        AdminClient client, string[] ids, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var id in ids)
        {
            if (!QueueId.TryParse(id, out _))
                throw new CommandFailure(ExitCode.Data, $"{id} is not a queue id");
            var entry = await client.GetAsync("queue/" + id, ApiJson.Default.EntryDetail, cancel);
            if (entry.State != EntryState.Dead)
                throw new CommandFailure(ExitCode.Data, $"{id} is no dead letter: it is {Words.Of(entry.State)}");
            yield return [entry];
        }
    }

    // The mail last and under another name first: a file of its name is whole.
    private static async Task WriteAsync(AdminClient client, string id, string directory, CancellationToken cancel)
    {
        var detail = await client.GetAsync("queue/" + id, ApiJson.Default.EntryDetail, cancel);
        await ReplaceAsync(Path.Combine(directory, id + ".json"), file => JsonSerializer.SerializeAsync(file, detail, ApiJson.Default.EntryDetail, cancel));
        await ReplaceAsync(Path.Combine(directory, id + ".eml"), file => client.DownloadAsync($"queue/{id}/content", file, cancel));
    }

    private static async Task ReplaceAsync(string path, Func<Stream, Task> write)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        // People's mail is nobody else's business.
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var file = new FileStream(path + ".part", options))
            await write(file);
        File.Move(path + ".part", path, overwrite: true);
    }
}
