using System.Text.Json;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Tests.Dns;

namespace OutreachRelay.FunctionalTests.Preflight;

/// <summary>Domains that include the records of many providers, as those publish them: what passes within ten look-ups, and what is over.</summary>
public sealed class ProviderZonesTests : IAsyncDisposable
{
    // Of Mailjet, which ok-4.test and ok-10.test include: at the third look-up, and at the last that is allowed (RFC 7208 §4.6.4).
    private const string SendingAddress = "87.253.233.9";

    private static readonly string[] Domains = ["ok-4.test", "ok-10.test", "over-10.test", "two-records.test"];

    private readonly ZoneServer _dns = new(Published(Domains)) { FailsInsteadOfSilence = true };
    private readonly SinkServer _sink = new();

    [Fact]
    public async Task L38_DomainsOverTheLimitsOrWithoutTheirRecord_AreNotUsedWhileMailFlows()
    {
        await using var relay = await RelayProcess.StartAsync(Config());
        foreach (var domain in Domains)
            await relay.UntilVerdictAsync(domain, domain.StartsWith("ok-", StringComparison.Ordinal) ? "pass" : "fail");
        Assert.Contains("permerror", (await relay.RunAsync("preflight", "over-10.test")).Output, StringComparison.Ordinal);
        Assert.Contains("permerror", (await relay.RunAsync("preflight", "two-records.test")).Output, StringComparison.Ordinal);

        await using var flow = new MailFlow(relay, _sink);
        await flow.UntilArrivedAsync(from: "s@ok-4.test", after: 0);
        await flow.UntilArrivedAsync(from: "s@ok-10.test", after: 0);

        _dns.Zone = Published([.. Domains.Where(static domain => domain != "ok-10.test")]);
        await relay.UntilVerdictAsync("ok-10.test", "fail");
        var lost = flow.Submitted;
        await flow.UntilArrivedAsync(from: "s@ok-4.test", after: lost + 20);

        _dns.Zone = Published(Domains);
        await relay.UntilVerdictAsync("ok-10.test", "pass");
        var back = flow.Submitted;
        await flow.UntilArrivedAsync(from: "s@ok-10.test", after: back);
        await flow.StopAsync();

        Assert.All(_sink.Messages, static message => Assert.Contains(message.ReversePath, (string[])["s@ok-4.test", "s@ok-10.test"]));
        // One may have been on its way as the verdict fell.
        Assert.DoesNotContain(
            _sink.Messages, message => message.ReversePath == "s@ok-10.test" && MailFlow.NumberOf(message) > lost + 1 && MailFlow.NumberOf(message) <= lost + 20);
    }

    public async ValueTask DisposeAsync()
    {
        await _sink.DisposeAsync();
        await _dns.DisposeAsync();
    }

    // The zones of the vectors, with the domains that are named; all of them can get replies.
    private static Zone Published(string[] domains)
    {
        var records = Vectors.ReadWhole("dns/providers.json").EnumerateObject()
            .Where(name => !Domains.Contains(name.Name) || domains.Contains(name.Name)).ToDictionary(static name => name.Name, static name => name.Value);
        var zone = Zone.FromPairs(JsonSerializer.SerializeToElement(records));
        foreach (var domain in Domains)
            zone.Add(domain, DnsType.MX, "10", "mx.example");
        return zone;
    }

    private RelayConfig Config() => new()
    {
        Upstreams = [new("sink", _sink.Port, Keys: $"sending_addresses = [\"{SendingAddress}\"]")],
        Senders = [.. Domains.Select(static domain => $"s@{domain}")],
        Preflight = "enforce",
        // No key is published for the selector: SPF alone decides.
        More = $"\n[dns]\nservers = [\"{_dns.Address}\"]\n"
            + string.Concat(Domains.Select(static domain => $"[[domain]]\nname = \"{domain}\"\nselectors = {{ sink = [\"s1\"] }}\n")),
    };
}
