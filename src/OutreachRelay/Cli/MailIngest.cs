using System.Text.Json.Serialization;
using OutreachRelay.Http;
using OutreachRelay.Outcome.Bounces;

namespace OutreachRelay.Cli;

/// <summary>Hands mails that came back to the running relay, and writes a line of JSON for each recipient that they speak of.</summary>
internal sealed class MailIngest(AdminClient client, Terminal terminal)
{
    /// <exception cref="CommandFailure">The relay cannot be asked or takes nothing; what was written before is on disk. All of it may be given again.</exception>
    public async Task<int> SendAllAsync(IEnumerable<string> files, CancellationToken cancel)
    {
        var exit = ExitCode.Ok;
        foreach (var file in files)
        {
            if (MailFiles.TryRead(file, terminal, out var content))
                await SendAsync(file, content, cancel);
            else
                exit = ExitCode.Data;
        }
        return exit;
    }

    private async Task SendAsync(string file, byte[] content, CancellationToken cancel)
    {
        // What a report says stands before what it returns.
        var beginning = content.AsMemory(0, Math.Min(content.Length, BounceIntake.MaxContent));
        var reply = await client.PostMailAsync("bounces", beginning, ApiJson.Default.TakenReply, cancel);
        foreach (var taken in reply.Findings)
            terminal.WriteJson(IngestReport.Of(file, taken), IngestJson.Default.IngestReport);
    }
}

/// <summary>A line of <c>classify --ingest FILE</c>: what <c>classify FILE</c> tells, and what was done. Its texts are what the mail says.</summary>
/// <param name="Done">What became of it.</param>
/// <param name="Entry">The queue entry's id; <see langword="null"/> when none is known.</param>
internal sealed record IngestReport(
    string File, string Kind, string? Recipient, string Status, BounceClass Class, string Reason, string Rule, TakenAs Done, string? Entry)
{
    public static IngestReport Of(string file, TakenReport taken) =>
        new(file, taken.Kind, taken.Recipient, taken.Status, taken.Class, taken.Reason, taken.Rule, taken.Done, taken.Entry);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(WordConverter<BounceClass>), typeof(WordConverter<TakenAs>)])]
[JsonSerializable(typeof(IngestReport))]
internal sealed partial class IngestJson : JsonSerializerContext;
