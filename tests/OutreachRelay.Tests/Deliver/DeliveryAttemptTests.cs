using System.Net;
using System.Security.Cryptography.X509Certificates;
using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Protocols.Tests.Smtp.Client;
using OutreachRelay.Store;
using OutreachRelay.Tests.Store;

namespace OutreachRelay.Tests.Deliver;

/// <summary>Attempts from the store to the wire.</summary>
public sealed class DeliveryAttemptTests
{
    private const string Hello = "S: 220 hi\nC: EHLO relay.example.com\nS: 250 hi\n";

    private const string Hello8Bit = "S: 220 hi\nC: EHLO relay.example.com\nS: 250-hi\nS: 250-SMTPUTF8\nS: 250 8BITMIME\n";

    private const string Rest = "C: RCPT TO:<to@y.example>\nS: 250 ok\nC: DATA\nS: 354 go\n! content\nS: 250 2.0.0 taken\n";

    private const string Carried = "C: MAIL FROM:<a@x.example>\nS: 250 ok\n" + Rest;

    private const string Refused = "C: MAIL FROM:<a@x.example>\nS: 250 ok\nC: RCPT TO:<gone*\nS: 550 5.1.1 nobody\nC: RSET\n";

    private const string Bye = "C: QUIT\nS: 221 bye\n";

    [Theory]
    [InlineData("grüße\r\n", false, "BODY=8BITMIME")]
    [InlineData("hello\r\n", true, "SMTPUTF8")]
    public async Task W31_W32_FirstUpstreamLacksTheExtension_LeavesByTheSecondUncounted(string body, bool needsUtf8, string parameter)
    {
        await using var first = new ScriptedUpstream(Hello + Bye);
        await using var second = new ScriptedUpstream($"{Hello8Bit}C: MAIL FROM:<a@x.example> {parameter}\nS: 250 ok\n{Rest}{Bye}");
        await using var bench = await DeliveryBench.StartAsync(Up("first", first), Up("second", second) with { Tier = 2 });

        var id = await bench.SubmitAsync(body: body, needsSmtpUtf8: needsUtf8);

        var entry = await bench.UntilAsync(id, EntryState.Relayed);
        Assert.Equal(1, entry.Attempts);
        Assert.Equal(["first", "second"], await bench.UpstreamsTriedAsync(id));
        Assert.Equal(CircuitState.Closed, bench.CircuitOf("first"));
    }

    [Theory]
    [InlineData("grüße\r\n", false, "5.6.3")]
    [InlineData("hello\r\n", true, "5.6.7")]
    public async Task W31_W32_NoUpstreamHasTheExtension_FailsAndTheBodyIsNotConverted(string body, bool needsUtf8, string code)
    {
        await using var first = new ScriptedUpstream(Hello + Bye);
        await using var second = new ScriptedUpstream(Hello + Bye);
        await using var bench = await DeliveryBench.StartAsync(Up("first", first), Up("second", second) with { Tier = 2 });

        var id = await bench.SubmitAsync(body: body, needsSmtpUtf8: needsUtf8);

        Assert.Contains(code, (await bench.UntilAsync(id, EntryState.Failed)).LastReply);
        Assert.Equal(["first", "second"], await bench.UpstreamsTriedAsync(id));
        Assert.DoesNotContain("MAIL", string.Concat(first.Commands.Concat(second.Commands)));
    }

    [Fact]
    public async Task W31_OnlyOtherUpstreamIsDown_WaitsForIt()
    {
        await using var lacking = new ScriptedUpstream(Hello + Bye);
        var away = new ScriptedUpstream();
        var port = away.Port;
        await away.DisposeAsync();
        await using var bench = await DeliveryBench.StartAsync(Up("first", lacking), Models.Upstream("second", tier: 2, port: port));
        var id = await bench.SubmitAsync(body: "grüße\r\n");
        await Eventually.TrueAsync(() => lacking.Commands.Count > 0);

        await using var back = new ScriptedUpstream(IPAddress.Loopback, port, $"{Hello8Bit}C: MAIL FROM:<a@x.example> BODY=8BITMIME\nS: 250 ok\n{Rest}{Bye}");

        await bench.UntilAsync(id, EntryState.Relayed);
        Assert.Equal(["first", "second"], await bench.UpstreamsTriedAsync(id));
    }

    [Fact]
    public async Task S12_LargerThanAnyTakes_Fails()
    {
        await using var only = new ScriptedUpstream("S: 220 hi\nC: EHLO relay.example.com\nS: 250-hi\nS: 250 SIZE 100\n" + Bye);
        await using var bench = await DeliveryBench.StartAsync(Up("only", only));

        var id = await bench.SubmitAsync(body: new string('x', 200) + "\r\n");

        Assert.Contains("5.3.4", (await bench.UntilAsync(id, EntryState.Failed)).LastReply);
    }

    [Fact]
    public async Task S12_LargerThanTheProviderTakesAsRendered_GoesElsewhereUncounted()
    {
        await using var first = new ScriptedUpstream(Hello + Bye);
        await using var second = new ScriptedUpstream(Hello + Carried + Bye);
        await using var bench = await DeliveryBench.StartAsync(Up("first", first) with { MaxMessageSize = 200 }, Up("second", second) with { Tier = 2 });

        var id = await bench.SubmitAsync(body: new string('x', 150) + "\r\n");

        Assert.Equal(1, (await bench.UntilAsync(id, EntryState.Relayed)).Attempts);
        Assert.Equal(["first", "second"], await bench.UpstreamsTriedAsync(id));
    }

    [Theory]
    [InlineData(17, 2, null)]
    [InlineData(18, 2, null)]
    [InlineData(17, 3, "3 of 20 bounced or were blocked in 7 days, limit 10 %")]
    public async Task L25_Bounces_PauseTheSenderAboveTheRateOnly(int relayed, int bounced, string? reason)
    {
        var next = Enumerable.Repeat(Carried, relayed).Concat(Enumerable.Repeat(Refused + "S: 250 ok\n", bounced));
        await using var upstream = new ScriptedUpstream(Hello + string.Concat(next) + Bye);
        await using var bench = await DeliveryBench.StartAsync(Up("only", upstream));

        for (var n = 0; n < relayed + bounced; n++)
            await bench.UntilAsync(
                await bench.SubmitAsync(recipient: n < relayed ? "to@y.example" : $"gone{n}@y.example"), n < relayed ? EntryState.Relayed : EntryState.Failed);

        // Memory hears of what was counted after the commit.
        await Eventually.TrueAsync(() => bench.Standing("a@x.example").PauseReason == (reason ?? ""));
    }

    [Theory]
    [InlineData("! close")]
    [InlineData("C: MAIL *\n! close")]
    [InlineData("S: 421 4.4.2 idle for too long\n! left")]
    public async Task S36_PooledSessionLeftByItsServer_IsReplacedOnceUncounted(string end)
    {
        await using var upstream = new ScriptedUpstream(Hello + Carried + end, Hello + Carried + Bye);
        await using var bench = await DeliveryBench.StartAsync(Up("only", upstream));

        var first = await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);
        var second = await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);

        Assert.Equal((1, 1), (first.Attempts, second.Attempts));
        Assert.Single(await bench.UpstreamsTriedAsync(second.Id));
        Assert.Equal(2, upstream.Messages.Count);
    }

    [Fact]
    public async Task S36_ReplacedSessionFailsToo_GoesElsewhereUncounted()
    {
        await using var first = new ScriptedUpstream(Hello + Carried + "C: MAIL *\n! close", Hello + "C: MAIL *\n! close");
        await using var second = new ScriptedUpstream(Hello + Carried + Bye);
        await using var bench = await DeliveryBench.StartAsync(Up("first", first), Up("second", second) with { Tier = 2 });
        await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);

        var id = await bench.SubmitAsync();

        Assert.Equal(1, (await bench.UntilAsync(id, EntryState.Relayed)).Attempts);
        Assert.Equal(["first", "second"], await bench.UpstreamsTriedAsync(id));
        await first.PlayedAsync();
    }

    [Fact]
    public async Task S38_AfterARefusal_TheSessionIsResetAndCarriesOn()
    {
        await using var upstream = new ScriptedUpstream(Hello + Refused + "S: 250 reset\n" + Carried + Bye);

        await AssertSecondIsRelayedAsync(upstream);
    }

    [Fact]
    public async Task S38_ResetRefused_AnotherSessionCarriesOnUncounted()
    {
        await using var upstream = new ScriptedUpstream(Hello + Refused + "S: 500 what\n! left", Hello + Carried + Bye);

        await AssertSecondIsRelayedAsync(upstream);
    }

    [Fact]
    public async Task S38_MessagesPerConnectionUsedUp_TheNextOpensAnother()
    {
        await using var upstream = new ScriptedUpstream(Hello + Carried + Bye, Hello + Carried + Bye);
        await using var bench = await DeliveryBench.StartAsync(Up("only", upstream) with { MaxMessagesPerConnection = 1 });

        await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);
        await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);

        await upstream.PlayedAsync();
    }

    [Fact]
    public async Task S49_DayUsedUp_LeavesByTheNextTierAndThenWaitsUncounted()
    {
        await using var first = new ScriptedUpstream(Hello + Carried + Bye);
        await using var second = new ScriptedUpstream(Hello + Carried + Bye);
        await using var bench = await DeliveryBench.StartAsync(
            Up("first", first) with { Limits = new UpstreamLimits { Daily = 1 } },
            Up("second", second) with { Tier = 2, Limits = new UpstreamLimits { PricePer1000 = 1000, MonthlyBudget = 1 } });

        var ids = new List<long>();
        foreach (var state in (EntryState[])[EntryState.Relayed, EntryState.Relayed, EntryState.Queued])
        {
            ids.Add(await bench.SubmitAsync());
            await bench.UntilAsync(ids[^1], state);
        }

        Assert.Equal(["first"], await bench.UpstreamsTriedAsync(ids[0]));
        Assert.Equal(["second"], await bench.UpstreamsTriedAsync(ids[1]));
        Assert.Empty(await bench.UpstreamsTriedAsync(ids[2]));
        Assert.Equal(0, (await bench.ReadAsync(ids[2])).Attempts);
    }

    [Fact]
    public async Task S49_TwoAskForTheLastMessage_OneGoesElsewhereUncounted()
    {
        await using var first = new ScriptedUpstream(Hello + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\n! content\nS: 250 2.0.0 taken\n", Hello + Bye);
        await using var second = new ScriptedUpstream(Hello + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\n! content\nS: 250 2.0.0 taken\n" + Bye);
        await using var bench = await DeliveryBench.StartAsync(
            Models.Upstream("first", port: first.Port) with { MaxConnections = 2, Limits = new UpstreamLimits { Daily = 1 } }, Up("second", second) with { Tier = 2 });

        var tried = new List<string>();
        foreach (var id in await bench.SubmitToAsync("to@y.example", "two@y.example"))
        {
            Assert.Equal(1, (await bench.UntilAsync(id, EntryState.Relayed)).Attempts);
            tried.AddRange(await bench.UpstreamsTriedAsync(id));
        }

        Assert.Equal(["first", "second"], tried.Order());
    }

    [Fact]
    public async Task S17_UpstreamSaysTooMuch_GetsFewerAtATime()
    {
        await using var upstream = new ScriptedUpstream(Hello + "C: MAIL FROM:<a@x.example>\nS: 454 4.0.0 Throttling failure: Maximum sending rate exceeded.\n" + Bye);
        await using var bench = await DeliveryBench.StartAsync(Models.Upstream("only", port: upstream.Port));
        var state = bench.Schedule.Upstreams()[0];
        Assert.Equal(4, state.Concurrency.Limit);

        var id = await bench.SubmitAsync();

        await Eventually.TrueAsync(() => state.Concurrency.Limit == 1);
        await bench.UntilAsync(id, EntryState.Queued);
    }

    [Fact]
    public async Task Rate_MoreThanOneMessage_AllLeaveUncounted()
    {
        await using var upstream = new ScriptedUpstream(Hello + Carried + Carried + Bye);
        await using var bench = await DeliveryBench.StartAsync(Up("only", upstream) with { Rate = new Rate(20, TimeSpan.FromSeconds(1)) });

        foreach (var id in (long[])[await bench.SubmitAsync(), await bench.SubmitAsync()])
            Assert.Equal(1, (await bench.UntilAsync(id, EntryState.Relayed)).Attempts);
    }

    [Fact]
    public async Task S37_SendersOfTwoCredentials_NeverShareASession()
    {
        using var certificate = TestCertificate.For("127.0.0.1");
        await using var upstream = new ScriptedUpstream(LoggedIn("AHVhAHBh", "a@x.example"), LoggedIn("AHViAHBi", "b@z.example")) { Certificate = certificate };
        var model = Up("only", upstream) with
        {
            Tls = TlsMode.Implicit,
            Roots = new TrustedRoots("", [certificate]),
            Credential = new CredentialModel("only", [], "ua", "pa"),
            DomainCredentials = [new CredentialModel("only/z.example", ["z.example"], "ub", "pb")],
        };
        await using var bench = await DeliveryBench.StartAsync(["a@x.example", "b@z.example"], model);

        foreach (var sender in (string[])["a@x.example", "a@x.example", "b@z.example"])
            await bench.UntilAsync(await bench.SubmitAsync(sender), EntryState.Relayed);

        Assert.Equal(2, upstream.Commands.Count(command => command.StartsWith("AUTH", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("421 4.7.0 later")]
    [InlineData("451 4.7.0 Authentication failed: Maximum credits exceeded")]
    [InlineData("454 4.7.0 Temporary authentication failure")]
    public async Task S14_LoginRefusedForNow_GoesElsewhereUncountedAndTheAccountRests(string reply)
    {
        using var certificate = TestCertificate.For("127.0.0.1");
        await using var first = new ScriptedUpstream(RefusedLogin(reply)) { Certificate = certificate };
        await using var second = new ScriptedUpstream(Hello + Carried + Carried + Bye);
        var model = Secure("first", first, certificate) with { Credential = new CredentialModel("first", [], "ua", "pa") };
        await using var bench = await DeliveryBench.StartAsync(model, Up("second", second) with { Tier = 2 });

        foreach (var id in (long[])[await bench.SubmitAsync(), await bench.SubmitAsync()])
        {
            Assert.Equal(1, (await bench.UntilAsync(id, EntryState.Relayed)).Attempts);
            Assert.Equal(["second"], await bench.UpstreamsTriedAsync(id));
        }
        Assert.Equal(CircuitState.Open, bench.CircuitOf("first"));
        Assert.Single(first.Commands, command => command.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S14_CredentialOfADomainRefusedForNow_RestsAlone()
    {
        using var certificate = TestCertificate.For("127.0.0.1");
        await using var upstream = new ScriptedUpstream(RefusedLogin("454 4.7.0 no"), LoggedIn("AHVhAHBh", "a@x.example")) { Certificate = certificate };
        await using var second = new ScriptedUpstream(Hello + Carried.Replace("a@x.example", "b@z.example") + Bye);
        var model = Secure("first", upstream, certificate) with
        {
            Credential = new CredentialModel("first", [], "ua", "pa"),
            DomainCredentials = [new CredentialModel("first/z.example", ["z.example"], "ub", "pb")],
        };
        await using var bench = await DeliveryBench.StartAsync(["a@x.example", "b@z.example"], model, Up("second", second) with { Tier = 2 });

        var refused = await bench.SubmitAsync("b@z.example");
        await bench.UntilAsync(refused, EntryState.Relayed);
        foreach (var id in (long[])[await bench.SubmitAsync(), await bench.SubmitAsync()])
        {
            await bench.UntilAsync(id, EntryState.Relayed);
            Assert.Equal(["first"], await bench.UpstreamsTriedAsync(id));
        }

        Assert.Equal(["second"], await bench.UpstreamsTriedAsync(refused));
        Assert.Equal(CircuitState.Closed, bench.CircuitOf("first"));
    }

    private static async Task AssertSecondIsRelayedAsync(ScriptedUpstream upstream)
    {
        await using var bench = await DeliveryBench.StartAsync(Up("only", upstream));

        var first = await bench.UntilAsync(await bench.SubmitAsync(recipient: "gone@y.example"), EntryState.Failed);
        var second = await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);

        Assert.Equal("550 5.1.1 nobody", first.LastReply);
        Assert.Equal(1, second.Attempts);
        Assert.Equal(CircuitState.Closed, bench.CircuitOf("only"));
    }

    private static string LoggedIn(string credential, string sender) =>
        $"! tls\nS: 220 hi\nC: EHLO relay.example.com\nS: 250-hi\nS: 250 AUTH PLAIN\nC: AUTH PLAIN {credential}\nS: 235 ok\n"
        + Carried.Replace("a@x.example", sender) + (sender[0] == 'a' ? Carried : "") + Bye;

    private static string RefusedLogin(string reply) =>
        $"! tls\nS: 220 hi\nC: EHLO relay.example.com\nS: 250-hi\nS: 250 AUTH PLAIN\nC: AUTH *\nS: {reply}\n" + Bye;

    private static UpstreamModel Secure(string name, ScriptedUpstream upstream, X509Certificate2 certificate) =>
        Up(name, upstream) with { Tls = TlsMode.Implicit, Roots = new TrustedRoots("", [certificate]) };

    private static UpstreamModel Up(string name, ScriptedUpstream upstream) => Models.Upstream(name, port: upstream.Port) with { MaxConnections = 1 };
}
