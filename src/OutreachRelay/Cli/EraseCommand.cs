using System.CommandLine;
using OutreachRelay.Http;

namespace OutreachRelay.Cli;

/// <summary><c>erase ADDRESS</c>: removes a person from all that the store keeps, but for the hash by which the person is not mailed again.</summary>
internal static class EraseCommand
{
    public static Argument<string> Address { get; } = new("ADDRESS") { Description = "The person's address; its spellings with a plus-tag are erased with it." };

    /// <returns>0 when all is erased; 75 when attempts run that keep the address until they end.</returns>
    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var request = new ErasureRequest { Address = context.Value(Address) };
        var reply = await client.PostAsync("erase", request, ApiJson.Default.ErasureRequest, ApiJson.Default.ErasureReply, cancel);
        if (context.Terminal.Json)
            context.Terminal.WriteJson(reply, ApiJson.Default.ErasureReply);
        else
            context.Terminal.WriteLine($"erased from the queue entries ({reply.Entries}), and not mailed again");
        if (reply.Running == 0)
            return ExitCode.Ok;
        context.Terminal.WriteErrorLine($"attempts run that know the address ({reply.Running}); erase again when they have ended");
        return ExitCode.Temporary;
    }
}
