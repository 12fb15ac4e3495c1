using System.Text.Json;
using OutreachRelay.Cli;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Cli;

public sealed class EventsCommandTests
{
    [Fact]
    public async Task Events_List_ShowsWhatWasHeardWithRemoteTextEscaped()
    {
        await using var api = await Api.StartAsync();
        Add(api, StoreEventKind.BouncedHard, "sendgrid", "550 \u001b[31mno such user");

        var shell = new Shell(api.SocketPath);

        Assert.Equal(ExitCode.Ok, await shell.RunAsync("events"));

        var output = shell.Output.ToString();
        Assert.Contains("bounced_hard", output, StringComparison.Ordinal);
        Assert.Contains(@"550 \x1b[31mno such user", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_Json_IsAnArrayThatFiltersApplyTo()
    {
        await using var api = await Api.StartAsync();
        for (var i = 0; i < 700; i++)
            Add(api, i % 2 == 0 ? StoreEventKind.Delivered : StoreEventKind.Complained, "sendgrid", "");

        var shell = new Shell(api.SocketPath);

        Assert.Equal(ExitCode.Ok, await shell.RunAsync("events", "--kind", "complained", "--upstream", "sendgrid", "--json"));

        var events = JsonSerializer.Deserialize<JsonElement>(shell.Output.ToString()).EnumerateArray().ToList();
        Assert.Equal(350, events.Count);
        Assert.All(events, one => Assert.Equal(("complained", "sendgrid"), (one.GetProperty("kind").GetString(), one.GetProperty("source").GetString())));
    }

    [Theory]
    [InlineData("--kind", "nonsense")]
    [InlineData("--entry", "nonsense")]
    public async Task Events_FilterThatIsNone_IsRefused(string option, string value)
    {
        await using var api = await Api.StartAsync();

        Assert.NotEqual(ExitCode.Ok, await new Shell(api.SocketPath).RunAsync("events", option, value));
    }

    private static void Add(Api api, StoreEventKind kind, string who, string reason) => api.Store.Listed.Add(new ListedEvent(
        api.Store.Listed.Count + 1, new StoreEvent(Api.Now, kind, who, reason) { OccurredAt = Api.Now }, 1, "crm", "jane@example.org"));
}
