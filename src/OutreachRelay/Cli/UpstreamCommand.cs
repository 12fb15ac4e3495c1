using System.CommandLine;
using OutreachRelay.Http;

namespace OutreachRelay.Cli;

/// <summary><c>upstreams resume NAME</c>.</summary>
internal static class UpstreamCommand
{
    public static Argument<string> Name { get; } = new("NAME") { Description = "An upstream of the configuration." };

    public static async Task<int> ResumeAsync(CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var reply = await client.PostAsync(
            "upstreams/resume", new PauseRequest { Name = context.Value(Name) }, ApiJson.Default.PauseRequest, ApiJson.Default.PauseReply, cancel);
        if (context.Terminal.Json)
            context.Terminal.WriteJson(reply, ApiJson.Default.PauseReply);
        else
            context.Terminal.WriteLine($"{reply.Name}  resumed");
        return ExitCode.Ok;
    }
}
