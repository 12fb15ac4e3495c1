using System.Net.Sockets;
using System.Text.Json;
using OutreachRelay.Cli;
using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Cli;

public sealed class CommandLineTests
{
    private static readonly ConfigurationProblem Wrong = new(ProblemSeverity.Error, "relay.toml", 12, 3, "delivery.retry", "not a duration");
    private static readonly ConfigurationProblem Odd = new(ProblemSeverity.Warning, "relay.toml", 1, 1, "", "nothing\u001b[31m is sent");

    [Theory]
    [InlineData]
    [InlineData("frobnicate")]
    [InlineData("queue")]
    [InlineData("queue", "frobnicate")]
    [InlineData("status", "--frobnicate")]
    [InlineData("queue", "list", "--limit", "x")]
    [InlineData("queue", "list", "--limit", "0")]
    [InlineData("queue", "hold")]
    [InlineData("queue", "hold", "0000000000001", "--all")]
    public async Task Run_NotUnderstood_Is64AndOneLine(params string[] args)
    {
        var shell = new Shell("/nonexistent/admin.sock");

        Assert.Equal(64, await shell.RunAsync(args));
        Assert.Single(shell.Error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(shell.Output.ToString());
    }

    [Fact]
    public async Task Run_UnknownVerb_IsNamed()
    {
        var shell = new Shell("");
        await shell.RunAsync("frob\u001bnicate");

        Assert.Equal("outreach-relay: There is no verb or option 'frob\\x1bnicate' here. See outreach-relay --help.\n", shell.Error.ToString());
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("queue", "--help")]
    [InlineData("--version")]
    public async Task Run_Help_Is0(params string[] args) => Assert.Equal(0, await new Shell("").RunAsync(args));

    [Theory]
    [InlineData("status")]
    [InlineData("queue", "list")]
    [InlineData("dead", "drop", "0000000000001")]
    public async Task O24_NothingRuns_Is69InPlainWords(params string[] args)
    {
        var shell = new Shell("/nonexistent/admin.sock");

        Assert.Equal(69, await shell.RunAsync(args));
        Assert.Equal("outreach-relay: no relay is running for relay.toml (socket /nonexistent/admin.sock)\n", shell.Error.ToString());
    }

    [Fact]
    public void O24_NoPermissionOnTheSocket_Is77() =>
        Assert.Equal(77, AdminClient.ConnectFailure(SocketError.AccessDenied, new AdminTarget("relay.toml", "/run/admin.sock")).ExitCode);

    [Fact]
    public async Task O7_Check_ListsEveryProblem()
    {
        var shell = new Shell("") { Problems = [Wrong, Odd] };

        Assert.Equal(78, await shell.RunAsync("check"));
        Assert.Equal("""
            relay.toml:12:3: error: delivery.retry: not a duration
            relay.toml:1:1: warning: nothing\x1b[31m is sent
            relay.toml: 1 error, 1 warning

            """, shell.Output.ToString());
    }

    [Fact]
    public async Task Check_OnlyWarnings_Is0() => Assert.Equal(0, await new Shell("") { Problems = [Odd] }.RunAsync("check"));

    [Fact]
    public async Task Check_Json_IsAnArray()
    {
        var shell = new Shell("") { Problems = [Wrong] };

        await shell.RunAsync("check", "--json");

        using var json = JsonDocument.Parse(shell.Output.ToString());
        Assert.Equal("delivery.retry", json.RootElement[0].GetProperty("path").GetString());
        Assert.Equal(12, json.RootElement[0].GetProperty("line").GetInt32());
    }

    [Fact]
    public async Task Status_ConfigurationHasErrors_Is78AndTellsThem()
    {
        var shell = new Shell("") { Problems = [Wrong] };

        Assert.Equal(78, await shell.RunAsync("status", "--config", "/nonexistent/relay.toml"));
        Assert.Contains("relay.toml:12:3: error: delivery.retry", shell.Error.ToString());
    }

    [Fact]
    public async Task Serve_Called_GetsTheConfigurationAndGivesTheCode()
    {
        ServeArguments? seen = null;
        var shell = new Shell("") { Serve = (arguments, _) => Task.FromResult((seen = arguments) is null ? 0 : 75) };

        Assert.Equal(75, await shell.RunAsync("serve", "--config", "other.toml"));
        Assert.Equal(new ServeArguments("other.toml", Json: false), seen);
    }

    [Fact]
    public async Task Serve_ThrowsAnything_Is70AndOneLine()
    {
        var shell = new Shell("") { Serve = static (_, _) => throw new InvalidOperationException("odd\nthing") };

        Assert.Equal(70, await shell.RunAsync("serve"));
        Assert.Equal("outreach-relay: unexpected failure: InvalidOperationException: odd\\nthing\n", shell.Error.ToString());
    }

    [Fact]
    public async Task O24_ReaderGone_EndsQuietly()
    {
        var shell = new Shell("") { OutputInstead = new ClosedPipe(), Problems = [Odd] };

        Assert.Equal(0, await shell.RunAsync("check"));
        Assert.Empty(shell.Error.ToString());
    }

    private sealed class ClosedPipe : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("Broken pipe");
    }
}
