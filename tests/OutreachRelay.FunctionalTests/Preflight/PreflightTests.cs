using System.Globalization;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Tests.Dns;

namespace OutreachRelay.FunctionalTests.Preflight;

/// <summary>A running relay, and a zone that is put right under it.</summary>
public sealed class PreflightTests : IAsyncDisposable
{
    private const string Good = "v=spf1 ip4:192.0.2.7 -all";
    private const string Bad = "v=spf1 -all";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(40);

    private readonly ZoneServer _dns = new(Zone(Good, Bad)) { FailsInsteadOfSilence = true };
    private readonly SinkServer _sink = new();

    [Fact]
    public async Task L38_DomainThatFails_IsNotUsedUntilItsZoneIsPutRight()
    {
        await using var relay = await RelayProcess.StartAsync(Config("enforce"));
        await relay.UntilVerdictAsync("one.example", "pass");
        await relay.UntilVerdictAsync("two.example", "fail");

        var refused = await relay.RunAsync("preflight", "two.example");
        Assert.Equal(65, refused.ExitCode);
        Assert.Contains("two.example. IN TXT \"v=spf1 ip4:192.0.2.7 -all\"", refused.Output);
        await SendAsync(relay, 1, 6);
        Assert.All(_sink.Messages, message => Assert.Equal("anna@one.example", message.ReversePath));
        await Wait.UntilAsync(async () => (await relay.AskAsync("status")).GetProperty("alerts").ToString().Contains("preflight_fails"), Deadline, () => relay.Log);
        Assert.Contains("outreach_preflight_verdicts{verdict=\"fail\"} 1", await relay.GetAsync("/metrics"));

        _dns.Zone = Zone(Good, Good);
        await relay.UntilVerdictAsync("two.example", "pass");
        await SendAsync(relay, 7, 6);
        Assert.Contains(_sink.Messages, message => message.ReversePath == "ben@two.example");
        Assert.Contains("Preflight passes for two.example at sink", relay.Log);
    }

    [Fact]
    public async Task L38_DnsDown_VerdictsStandOverARestart()
    {
        await using var relay = await RelayProcess.StartAsync(Config("enforce"));
        await relay.UntilVerdictAsync("one.example", "pass");
        await relay.UntilVerdictAsync("two.example", "fail");

        _dns.Zone = new Zone { IsSilent = true };
        Assert.Equal(0, await relay.StopAsync(Deadline));
        await relay.StartAsync();
        await SendAsync(relay, 1, 4);

        Assert.All(_sink.Messages, message => Assert.Equal("anna@one.example", message.ReversePath));
        relay.Write(relay.Config with { Preflight = "warn" });
        relay.Signal(Signal.HangUp);
        await Wait.UntilAsync(async () => (await relay.AskAsync("status")).GetProperty("preflight").GetProperty("mode").GetString() == "warn", Deadline, () => relay.Log);
        await SendAsync(relay, 5, 4);
        Assert.Contains(_sink.Messages, message => message.ReversePath == "ben@two.example");
    }

    [Fact]
    public async Task L38_DomainThatLosesItsKeyWhileMailFlows_RestsUntilItIsBack()
    {
        using var directory = new TemporaryDirectory();
        using var key = DkimPrivateKey.GenerateRsa(2048);
        await File.WriteAllTextAsync(directory.Combine("key.pem"), key.ToPem());
        File.SetUnixFileMode(directory.Combine("key.pem"), UnixFileMode.UserRead);
        var (signed, unsigned) = (Zone(Good, Bad).Add("or1._domainkey.two.example", DnsType.TXT, key.Record.Text), Zone(Good, Bad));
        _dns.Zone = signed;
        var keys = $"dkim_selector = \"or1\"\ndkim_key = \"file:{directory.Combine("key.pem")}\"";
        await using var relay = await RelayProcess.StartAsync(Config("enforce") with { More = Config("enforce").More + "\n" + keys });
        await relay.UntilVerdictAsync("two.example", "pass");
        await using var flow = new MailFlow(relay, _sink);
        await flow.UntilArrivedAsync(from: "ben@two.example", after: 0);

        _dns.Zone = unsigned;
        await relay.UntilVerdictAsync("two.example", "fail");
        var resting = flow.Submitted;
        await flow.UntilArrivedAsync(from: "anna@one.example", after: resting + 20);

        _dns.Zone = signed;
        await relay.UntilVerdictAsync("two.example", "pass");
        var back = flow.Submitted;
        await flow.UntilArrivedAsync(from: "ben@two.example", after: back);
        await flow.StopAsync();

        // One may have been on its way as the verdict fell, and some as it was lifted.
        Assert.DoesNotContain(_sink.Messages, message => message.ReversePath == "ben@two.example" && MailFlow.NumberOf(message) > resting + 1 && MailFlow.NumberOf(message) <= resting + 20);
        Assert.All(Enumerable.Range(1, flow.Submitted), number => Assert.Equal(1, _sink.CountOf($"m{number}")));
        foreach (var message in _sink.Messages.Where(message => message.ReversePath == "ben@two.example"))
            Assert.Equal("pass", await VerifyAsync(message.Content));
    }

    public async ValueTask DisposeAsync()
    {
        await _sink.DisposeAsync();
        await _dns.DisposeAsync();
    }

    private static Zone Zone(string one, string two) => new Zone()
        .Add("one.example", DnsType.TXT, one).Add("one.example", DnsType.MX, "10", "mx.example")
        .Add("two.example", DnsType.TXT, two).Add("two.example", DnsType.MX, "10", "mx.example");

    private RelayConfig Config(string mode) => new()
    {
        Upstreams = [new("sink", _sink.Port, Keys: "sending_addresses = [\"192.0.2.7\"]")],
        Senders = ["anna@one.example", "ben@two.example"],
        Preflight = mode,
        More = string.Create(CultureInfo.InvariantCulture, $$"""

            [dns]
            servers = ["{{_dns.Address}}"]
            [[domain]]
            name = "one.example"
            selectors = { sink = ["s1"] }
            [[domain]]
            name = "two.example"
            selectors = { sink = ["s1"] }
            """),
    };

    private async Task<string> VerifyAsync(byte[] message)
    {
        Assert.True(HeaderSection.TryRead(message, HeaderLimits.Default, out var header, out var error), error.ToString());
        using var verification = new DkimVerifier(_dns.Resolver(), new DkimOptions(), TimeProvider.System).Begin(header);
        verification.Append(message.AsSpan(header.Length));
        return (await verification.CompleteAsync()).Result.ToWord();
    }

    private async Task SendAsync(RelayProcess relay, int from, int count)
    {
        for (var n = from; n < from + count; n++)
            await relay.SubmitAsync(TestMessage.Create($"m{n}"));
        await Wait.UntilAsync(() => Enumerable.Range(from, count).All(n => _sink.CountOf($"m{n}") == 1), Deadline, () => relay.Log);
    }
}
