using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Cli;

public sealed class UpstreamCommandTests
{
    [Fact]
    public async Task Resume_UpstreamThatHealthHasPaused_LetsTheNextMailTryIt()
    {
        await using var api = await Api.StartAsync();
        var shell = new Shell(api.SocketPath);
        api.Schedule.PauseUpstream("a", "8 of 40 mails were blocked");
        var health = api.Schedule.Upstreams().Single().Health;
        Assert.Equal(CircuitState.Open, health.State);

        Assert.Equal(0, await shell.RunAsync("upstreams", "resume", "a"));

        Assert.Equal("a  resumed\n", shell.Output.ToString());
        Assert.Equal(CircuitState.HalfOpen, health.State);
    }

    [Fact]
    public async Task Resume_UnknownUpstream_Is65()
    {
        await using var api = await Api.StartAsync();

        Assert.Equal(65, await new Shell(api.SocketPath).RunAsync("upstreams", "resume", "b"));
    }
}
