using System.Net;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Spf;
using OutreachRelay.Protocols.Tests.Dns;
using OutreachRelay.Tests;

namespace OutreachRelay.Protocols.Tests.Spf;

/// <summary>What the suite of the RFC does not look at.</summary>
public class SpfVerifierTests
{
    private readonly Zone _zone = new();

    [Fact]
    public async Task CheckHost_NoReversePath_ChecksTheHeloName()
    {
        _zone.Add("mail.example.com", DnsType.TXT, "v=spf1 ip4:192.0.2.1 -all");

        var outcome = await CheckAsync("", helo: "mail.example.com");

        Assert.Equal((SpfResult.Pass, "mail.example.com", "ip4:192.0.2.1"), (outcome.Result, outcome.Domain, outcome.Mechanism));
    }

    [Theory]
    [InlineData("v=spf1 include:other.example -all", SpfResult.Pass, "include:other.example")]
    [InlineData("v=spf1 redirect=other.example", SpfResult.Pass, "+A:host.other.example")]
    [InlineData("v=spf1 ip4:203.0.113.0/24 -all", SpfResult.Fail, "-all")]
    [InlineData("v=spf1 ip4:192.0.2.1/33 -all", SpfResult.PermError, null)]
    [InlineData("v=spf1 include:nowhere.example -all", SpfResult.PermError, "include:nowhere.example")]
    [InlineData("v=spf1 ip4:203.0.113.0/24", SpfResult.Neutral, null)]
    public async Task CheckHost_Result_NamesTheDirectiveThatDecided(string record, SpfResult result, string? mechanism)
    {
        _zone.Add("example.com", DnsType.TXT, record)
            .Add("other.example", DnsType.TXT, "v=spf1 +A:host.other.example -all")
            .Add("host.other.example", DnsType.A, "192.0.2.1");

        var outcome = await CheckAsync("jane@example.com");

        Assert.Equal((result, mechanism), (outcome.Result, outcome.Mechanism));
        Assert.Equal(result == SpfResult.PermError, outcome.Detail.Length > 0);
    }

    [Fact]
    public async Task CheckHost_ReceiverAndTimeInAnExplanation_AreFilledIn()
    {
        _zone.Add("example.com", DnsType.TXT, "v=spf1 -all exp=why.example.com")
            .Add("why.example.com", DnsType.TXT, "%{r} at %{t} says no to %{s}, not %{o1} %%%_%-");

        var outcome = await CheckAsync("a.b@example.com");

        Assert.Equal("mx.example.org at 1772442000 says no to a.b@example.com, not com % %20", outcome.Explanation);
    }

    [Fact]
    public async Task CheckHost_InternationalDomain_IsLookedUpInALabels()
    {
        _zone.Add("xn--bcher-kva.example", DnsType.TXT, "v=spf1 +all");

        Assert.Equal(SpfResult.Pass, (await CheckAsync("jane@B\u00FCcher.example")).Result);
    }

    [Fact]
    public async Task CheckHost_LocalPartBeyondAscii_MatchesNothing()
    {
        _zone.Add("example.com", DnsType.TXT, "v=spf1 exists:%{l}.example.com -all");

        Assert.Equal(SpfResult.Fail, (await CheckAsync("j\u00F6rg@example.com")).Result);
    }

    [Fact]
    public async Task CheckHost_DnsNeverAnswers_IsATemperrorAfterTwentySeconds()
    {
        var time = new FakeTime();
        var check = new SpfVerifier(new Silence(), new SpfOptions(), time).CheckHostAsync(Request("jane@example.com"));
        time.Advance(TimeSpan.FromSeconds(19));
        Assert.False(check.IsCompleted);

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(SpfResult.TempError, (await check.WaitAsync(TimeSpan.FromSeconds(30))).Result);
    }

    [Fact]
    public async Task CheckHost_ExplanationNeverComes_IsAFailWithoutIt()
    {
        var time = new FakeTime();
        _zone.Add("example.com", DnsType.TXT, "v=spf1 -all exp=why.example.com");
        var check = new SpfVerifier(new Silence(_zone), new SpfOptions(), time).CheckHostAsync(Request("jane@example.com"));

        time.Advance(TimeSpan.FromSeconds(20));

        var outcome = await check.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((SpfResult.Fail, null), (outcome.Result, outcome.Explanation));
    }

    [Fact]
    public async Task CheckHost_CallerGivesUp_Throws()
    {
        using var cancel = new CancellationTokenSource();
        var check = new SpfVerifier(new Silence(), new SpfOptions(), TimeProvider.System).CheckHostAsync(Request("jane@example.com"), cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => check);
    }

    [Fact]
    public async Task CheckHost_WorstRecordsThereAre_AskABoundedNumberOfQuestions()
    {
        _zone.Add("example.com", DnsType.TXT, "v=spf1 " + string.Concat(Enumerable.Repeat("mx:%{p}.%{d} ", 12)));
        for (var i = 0; i < 10; i++)
        {
            _zone.Add("1.2.0.192.in-addr.arpa", DnsType.PTR, $"p{i}.example.net");
            _zone.Add("unknown.example.com", DnsType.MX, "1", $"m{i}.example.net");
        }
        var resolver = new ZoneResolver(_zone);

        var outcome = await CheckAsync("jane@example.com", resolver);

        Assert.Equal((SpfResult.PermError, 11), (outcome.Result, outcome.Lookups));
        Assert.InRange(resolver.Asked.Count, 100, 250);
    }

    private static SpfRequest Request(string reversePath, string helo = "client.example.net") =>
        new() { Client = IPAddress.Parse("192.0.2.1"), Helo = helo, ReversePath = reversePath, Receiver = "mx.example.org" };

    private Task<SpfOutcome> CheckAsync(string reversePath, IDnsResolver? resolver = null, string helo = "client.example.net") =>
        new SpfVerifier(resolver ?? new ZoneResolver(_zone), new SpfOptions(), new FakeTime()).CheckHostAsync(Request(reversePath, helo));

    /// <summary>Never answers about what is not in the zone.</summary>
    private sealed class Silence(Zone? zone = null) : IDnsResolver
    {
        public async ValueTask<DnsAnswer> ResolveAsync(string name, DnsType type, CancellationToken cancel = default)
        {
            if (zone?.Find(name, type) is { Records.Count: > 0 })
                return await new ZoneResolver(zone).ResolveAsync(name, type, cancel);
            await Task.Delay(Timeout.Infinite, cancel);
            throw new InvalidOperationException();
        }
    }
}
