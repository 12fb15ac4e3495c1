using System.CommandLine;
using OutreachRelay.Http;

namespace OutreachRelay.Cli;

/// <summary><c>senders pause ADDRESS|DOMAIN</c> and <c>senders resume ADDRESS|DOMAIN</c>.</summary>
internal static class PauseCommand
{
    public static Argument<string> Name { get; } = new("ADDRESS|DOMAIN") { Description = "A sender, or a sender domain." };
    public static Option<string> Reason { get; } = new("--reason") { Description = "Shown wherever the pause is.", HelpName = "TEXT", Required = true };
    public static Option<TimeSpan?> For { get; } = FilterOptions.Age("--for", "How long, such as 2h or 3d; by default until it is resumed.");

    public static Task<int> PauseAsync(CommandContext context, CancellationToken cancel) => RunAsync(
        context, "pause", new PauseRequest { Name = context.Value(Name), Reason = context.Value(Reason), For = (long?)context.Value(For)?.TotalSeconds }, cancel);

    public static Task<int> ResumeAsync(CommandContext context, CancellationToken cancel) =>
        RunAsync(context, "resume", new PauseRequest { Name = context.Value(Name) }, cancel);

    /// <returns>0 when it is in force and on disk; 75 when it is not on disk yet.</returns>
    private static async Task<int> RunAsync(CommandContext context, string verb, PauseRequest request, CancellationToken cancel)
    {
        using var client = context.Connect();
        var reply = await client.PostAsync("senders/" + verb, request, ApiJson.Default.PauseRequest, ApiJson.Default.PauseReply, cancel);
        if (context.Terminal.Json)
            context.Terminal.WriteJson(reply, ApiJson.Default.PauseReply);
        else
            context.Terminal.WriteLine($"{reply.Name}  {verb}d{(reply.Kept ? "" : ", but not on disk yet: a restart before the store works again would forget it")}");
        return reply.Kept ? ExitCode.Ok : ExitCode.Temporary;
    }
}
