using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Tests.Dns;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Cli;

/// <summary>The command as it asks a running relay, and as it asks DNS itself.</summary>
public sealed class PreflightCommandTests : IAsyncDisposable
{
    private const string Good = "v=spf1 ip4:192.0.2.0/24 -all";

    private readonly ZoneServer _server = new(new Zone().Add("example.com", DnsType.TXT, "v=spf1 mx -all").Add("example.com", DnsType.MX, "10", "mx.example"));
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("preflight");

    [Fact]
    public async Task Preflight_NoRelayRuns_AsksDnsAndPrintsTheRecord()
    {
        var shell = new Shell("nowhere.sock") { Model = Model(PreflightMode.Off) };

        Assert.Equal(65, await shell.RunAsync("preflight", "EXAMPLE.com"));

        var text = shell.Output.ToString();
        Assert.Matches(@"example\.com +a +fail +0 s ago +fail +permerror +none +pass +0", text);
        Assert.Contains("to do: add ip4:192.0.2.7 to the SPF record of example.com, before its all\n", text);
        Assert.Contains("example.com. IN TXT \"v=spf1 mx ip4:192.0.2.7 -all\"\n", text);
        Assert.Contains("_dmarc.example.com. IN TXT \"v=DMARC1; p=none\"\n", text);
        Assert.EndsWith("0 unknown, 0 pass, 1 fail\n", text);
    }

    [Fact]
    public async Task Preflight_Json_IsAnArrayOfReports()
    {
        var shell = new Shell("nowhere.sock") { Model = Model(PreflightMode.Off) };

        Assert.Equal(65, await shell.RunAsync("preflight", "--all", "--json"));

        using var json = JsonDocument.Parse(shell.Output.ToString());
        var report = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal(("example.com", "a", "fail"), (report.GetProperty("domain").GetString(), report.GetProperty("upstream").GetString(), report.GetProperty("verdict").GetString()));
        var spf = report.GetProperty("checks")[0];
        Assert.Equal(("spf", "fail", "bad"), (spf.GetProperty("kind").GetString(), spf.GetProperty("result").GetString(), spf.GetProperty("standing").GetString()));
        Assert.Equal("v=spf1 mx ip4:192.0.2.7 -all", spf.GetProperty("record").GetProperty("value").GetString());
    }

    [Fact]
    public async Task Preflight_RelayRuns_ItsVerdictsAreShownAndADomainIsLookedAtAnew()
    {
        await using var api = await Api.StartAsync();
        var model = Model(PreflightMode.Enforce) with { AdminSocket = api.SocketPath };
        api.State.Replace(model);
        await api.Runner.RunDueAsync(CancellationToken.None);
        _server.Zone = new Zone().Add("example.com", DnsType.TXT, Good).Add("example.com", DnsType.MX, "10", "mx.example");

        var kept = new Shell(api.SocketPath) { Model = model };
        Assert.Equal(65, await kept.RunAsync("preflight"));
        Assert.Contains("0 unknown, 0 pass, 1 fail", kept.Output.ToString());
        Assert.True(api.Rotation.Ledger.Senders.Find("ann@example.com")!.IsPaused);

        var anew = new Shell(api.SocketPath) { Model = model };
        Assert.Equal(0, await anew.RunAsync("preflight", "example.com"));
        Assert.Contains("0 unknown, 1 pass, 0 fail", anew.Output.ToString());
        Assert.False(api.Rotation.Ledger.Senders.Find("ann@example.com")!.IsPaused);

        var silent = new Shell(api.SocketPath) { Model = model };
        Assert.Equal(0, await silent.RunAsync("preflight"));
        Assert.Equal("0 unknown, 1 pass, 0 fail\n", silent.Output.ToString());
        var status = new Shell(api.SocketPath) { Model = model };
        await status.RunAsync("status");
        Assert.Contains("preflight      enforce: 1 pass, 0 fail, 0 unknown (domains at upstreams)\n", status.Output.ToString());
    }

    [Theory]
    [InlineData(65, "preflight", "stranger.example")]
    [InlineData(64, "preflight", "no domain")]
    [InlineData(64, "preflight", "example.com", "--all")]
    public async Task Preflight_WrongDomain_IsRefused(int expected, params string[] args)
    {
        await using var api = await Api.StartAsync();

        Assert.Equal(expected, await new Shell(api.SocketPath) { Model = Model(PreflightMode.Off) }.RunAsync(args));
        Assert.Equal(expected, await new Shell("nowhere.sock") { Model = Model(PreflightMode.Off) }.RunAsync(args));
    }

    [Theory]
    [InlineData("rsa", 2048)]
    [InlineData("ed25519", 256)]
    public async Task Keygen_NewFile_HoldsTheKeyOfThePrintedRecord(string type, int size)
    {
        var (path, shell) = (Path.Combine(_directory.FullName, "key.pem"), new Shell("nowhere.sock"));

        Assert.Equal(0, await shell.RunAsync("dkim", "keygen", "example.com", "or1", "--out", path, "--type", type));

        Assert.True(DkimPrivateKey.TryReadPem(await File.ReadAllTextAsync(path), out var key, out _));
        Assert.Equal(size, key.Size);
        Assert.Contains(PreflightZone(key), shell.Output.ToString());
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Equal(65, await shell.RunAsync("dkim", "keygen", "example.com", "or1", "--out", path));
        key.Dispose();
    }

    [Theory]
    [InlineData("--type", "dsa")]
    [InlineData("--bits", "1024")]
    public async Task Keygen_WrongKind_IsRefusedAndWritesNothing(string option, string value)
    {
        var path = Path.Combine(_directory.FullName, "key.pem");

        Assert.Equal(64, await new Shell("nowhere.sock").RunAsync("dkim", "keygen", "example.com", "or1", "--out", path, option, value));
        Assert.False(File.Exists(path));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static string PreflightZone(DkimPrivateKey key) =>
        OutreachRelay.Cli.PreflightText.Zone(new RecordToPublish("or1._domainkey.example.com", "TXT", key.Record.Text));

    private RelayModel Model(PreflightMode mode)
    {
        var upstream = Models.Upstream("a") with { SendingAddresses = [IPAddress.Parse("192.0.2.7")] };
        var model = Models.Relay(Models.Client(Models.Direction(Models.Pool(Models.Sender("ann@example.com")), upstream)));
        var domain = new DomainModel("example.com", null) { Selectors = ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add("a", ["s1"]) };
        return model with
        {
            AdminSocket = "nowhere.sock",
            Policy = model.Policy with { Preflight = new PreflightModel { Mode = mode } },
            Dns = new DnsModel([_server.Address], null),
            Domains = new[] { domain }.ToFrozenDictionary(each => each.Name),
        };
    }
}
