using System.Diagnostics.Metrics;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Observe;
using OutreachRelay.Protocols.Tests.Smtp.Client;
using OutreachRelay.Store;
using OutreachRelay.Tests.Store;

namespace OutreachRelay.Tests.Deliver;

/// <summary>Deliveries that end with a reply that a rule knows, from the store to the wire.</summary>
public sealed class DeliveryByRulesTests
{
    private const string Hello = "S: 220 hi\nC: EHLO relay.example.com\nS: 250 hi\n";

    private const string ToDot = "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\n! content\n";

    private const string Carried = ToDot + "S: 250 taken\n";

    private const string Bye = "C: QUIT\nS: 221 bye\n";

    private const string NotVerified = "554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: a@x.example";

    private static readonly string[] Two = ["a@x.example", "b@z.example"];

    private readonly FakeTime _time = new();

    [Theory]
    [InlineData("ses", NotVerified)]
    [InlineData("sendgrid", "550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.")]
    public async Task S15_SenderNotVerified_LeavesThisUpstreamAndNoOtherSenderDoes(string provider, string reply)
    {
        await using var first = new ScriptedUpstream(Hello + ToDot + $"S: {reply}\n" + Carried + Bye);
        await using var second = new ScriptedUpstream(Hello + Carried + Carried + Bye);
        await using var bench = await DeliveryBench.StartAsync(Two, Up("first", first, provider), Up("second", second) with { Tier = 2 });

        var refused = await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);
        var next = await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);
        var other = await bench.UntilAsync(await bench.SubmitAsync("b@z.example"), EntryState.Relayed);

        Assert.Equal(1, refused.Attempts);
        Assert.Equal(["first", "second"], await bench.UpstreamsTriedAsync(refused.Id));
        Assert.Equal(["second"], await bench.UpstreamsTriedAsync(next.Id));
        Assert.Equal(["first"], await bench.UpstreamsTriedAsync(other.Id));
        Assert.Null(bench.Standing("a@x.example").PausedSince);
        Assert.Equal(CircuitState.Closed, bench.CircuitOf("first"));
    }

    [Fact]
    public async Task S15_SenderNotVerified_IsRememberedOverARestartAndForgottenWhenItIsOver()
    {
        await using var first = new ScriptedUpstream(Hello + ToDot + $"S: {NotVerified}\n" + Bye, Hello + Carried + Bye);
        await using var second = new ScriptedUpstream(Hello + Carried + Bye, Hello + Carried + Bye);
        SenderRecord kept;
        await using (var before = await StartAsync(Two, Up("first", first, "ses"), Up("second", second) with { Tier = 2 }))
        {
            await before.UntilAsync(await before.SubmitAsync(), EntryState.Relayed);
            kept = Assert.Single(await before.ReadSendersAsync(), record => record.Name == "first a@x.example");
        }
        await using var bench = await StartAsync(Two, Up("first", first, "ses"), Up("second", second) with { Tier = 2 });

        bench.Refusals.Load([kept]);
        var resting = await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);
        _time.Advance(TimeSpan.FromHours(1));
        var over = await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);

        Assert.Equal(["second"], await bench.UpstreamsTriedAsync(resting.Id));
        Assert.Equal(["first"], await bench.UpstreamsTriedAsync(over.Id));
    }

    [Fact]
    public async Task S15_OperatorResumesTheSender_IsTriedAgainAtOnce()
    {
        await using var first = new ScriptedUpstream(Hello + ToDot + $"S: {NotVerified}\n" + Carried + Bye);
        await using var second = new ScriptedUpstream(Hello + Carried + Bye);
        await using var bench = await StartAsync(Two, Up("first", first, "ses"), Up("second", second) with { Tier = 2 });
        await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);

        await bench.Health.ResumeAsync("a@x.example", "operator");

        var next = await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);
        Assert.Equal(["first"], await bench.UpstreamsTriedAsync(next.Id));
        await Eventually.TrueAsync(async () => (await bench.ReadSendersAsync()).Single(record => record.Name == "first a@x.example").Condition!.Status == SenderStatus.Healthy);
    }

    [Fact]
    public async Task S16_AllUpstreamsRefuseTheSender_ItIsPausedAndOnlyUntriedMailMovesOn()
    {
        await using var first = new ScriptedUpstream(Hello + ToDot + $"S: {NotVerified}\n" + Carried + Bye, Hello + Carried + Bye);
        await using var second = new ScriptedUpstream(Hello + "C: MAIL *\nS: 553 5.1.8 Sender address rejected: Domain not found\n" + Bye);
        await using var bench = await StartAsync(Two, Up("first", first, "ses"), Up("second", second) with { Tier = 2 });

        var tried = await bench.SubmitAsync();
        await Eventually.TrueAsync(() => bench.Standing("a@x.example").PausedSince is not null);
        var untried = await bench.SubmitAsync();
        await bench.FeedAsync();
        await bench.FeedAsync();

        Assert.Equal("b@z.example", (await bench.UntilAsync(untried, EntryState.Relayed)).Sender);
        var waiting = await bench.ReadAsync(tried);
        Assert.Equal((EntryState.Queued, 0, "a@x.example"), (waiting.State, waiting.Attempts, waiting.Sender));
        Assert.Equal("every upstream of acme/cold refuses it, second by rule sender-address-bad", bench.Standing("a@x.example").PauseReason);
        _time.Advance(TimeSpan.FromHours(1));
        bench.Health.Tick();
        Assert.Equal("a@x.example", (await bench.UntilAsync(tried, EntryState.Relayed)).Sender);
        Assert.Null(bench.Standing("a@x.example").PausedSince);
    }

    [Fact]
    public async Task S17_SesSendingRate_WaitsSecondsAndLowersConcurrencyUncounted()
    {
        await using var only = new ScriptedUpstream(
            Hello + ToDot + "S: 454 Throttling failure: Maximum sending rate exceeded.\n" + Carried + Bye);
        await using var bench = await StartAsync(Two, Up("only", only, "ses") with { MaxConnections = 4 });

        var id = await bench.SubmitAsync();
        await Eventually.TrueAsync(() => bench.Upstream("only").RestsUntil is not null);
        Assert.Equal(1, bench.Upstream("only").Concurrency.Limit);
        Assert.Equal(0, (await bench.UntilSettledAsync(id, EntryState.Queued)).Attempts);
        Assert.Equal(0, bench.Upstream("only").Busy);
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(1, (await bench.UntilAsync(id, EntryState.Relayed)).Attempts);
        Assert.Equal(CircuitState.Closed, bench.CircuitOf("only"));
    }

    [Fact]
    public async Task S17_SesDailyQuota_GoesElsewhereAndLooksAgainInHalfAnHour()
    {
        await using var first = new ScriptedUpstream(Hello + ToDot + "S: 454 Throttling failure: Daily message quota exceeded.\n" + Bye);
        await using var second = new ScriptedUpstream(Hello + Carried + Bye);
        await using var bench = await StartAsync(Two, Up("first", first, "ses"), Up("second", second) with { Tier = 2 });

        var id = await bench.SubmitAsync();

        Assert.Equal(1, (await bench.UntilAsync(id, EntryState.Relayed)).Attempts);
        Assert.Equal(TimeSpan.FromMinutes(30), bench.Upstream("first").Health.ProbeAt - bench.Schedule.SteadyNow);
    }

    [Theory]
    [InlineData("C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 452 4.5.3 Too many recipients\n", "first,second")]
    [InlineData("C: MAIL *\nS: 421 Too many concurrent SMTP connections\n! close", "first,second")]
    public async Task S18_TooMuch_ThrottlesTheUpstreamAndNotTheRecipient(string script, string tried)
    {
        await using var first = new ScriptedUpstream(Hello + script + Bye);
        await using var second = new ScriptedUpstream(Hello + Carried + Bye);
        await using var bench = await StartAsync(Two, Up("first", first, "ses"), Up("second", second) with { Tier = 2 });

        var id = await bench.SubmitAsync();

        Assert.Equal(1, (await bench.UntilAsync(id, EntryState.Relayed)).Attempts);
        Assert.Equal(tried, string.Join(',', await bench.UpstreamsTriedAsync(id)));
        Assert.NotNull(bench.Upstream("first").RestsUntil);
        Assert.Equal(CircuitState.Closed, bench.CircuitOf("first"));
    }

    [Fact]
    public async Task S18_TooManyConnectionsInTheGreeting_IsNoFailureOfTheConnection()
    {
        await using var first = new ScriptedUpstream("S: 421 4.7.0 Too many concurrent connections from your address\n! close");
        await using var second = new ScriptedUpstream(Hello + Carried + Bye);
        await using var bench = await StartAsync(Two, Up("first", first), Up("second", second) with { Tier = 2 });

        var id = await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);

        Assert.Equal(["second"], await bench.UpstreamsTriedAsync(id.Id));
        Assert.Equal(TimeSpan.FromSeconds(30), bench.Upstream("first").RestsUntil - bench.Schedule.SteadyNow);
    }

    [Theory]
    [InlineData("C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 550 5.7.1 no\n")]
    [InlineData(ToDot + "S: 550 no\n")]
    [InlineData(ToDot + "S: 550 5.7.1 This message is likely unsolicited mail\n")]
    public async Task S19_S23_S25_RefusedAfterRcpt_FailsHereAndIsTriedNowhereElse(string script)
    {
        await using var first = new ScriptedUpstream(Hello + script + Bye);
        await using var second = new ScriptedUpstream(Hello + Carried + Bye);
        await using var bench = await StartAsync(Two, Up("first", first), Up("second", second) with { Tier = 2 });

        var id = await bench.SubmitAsync();

        await bench.UntilAsync(id, EntryState.Failed);
        Assert.Equal(["first"], await bench.UpstreamsTriedAsync(id));
    }

    [Theory]
    [InlineData(ToDot + "S: 254 4.7.1 Suppression for user\n", EntryState.Failed)]
    [InlineData(ToDot + "S: 254 accepted in a way\n", EntryState.InDoubt)]
    [InlineData(ToDot + "S: 252 cannot verify\n", EntryState.InDoubt)]
    [InlineData("C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 254 4.7.1 Suppression for user\nC: DATA\nS: 503 no recipient\n", EntryState.Failed)]
    [InlineData("C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 253 perhaps\nC: DATA\nS: 503 no recipient\n", EntryState.Queued)]
    public async Task S20_OtherPositiveReply_IsNoAcceptance(string script, EntryState state)
    {
        await using var only = new ScriptedUpstream(Hello.Replace("250 hi", "250-hi\nS: 250 PIPELINING") + script + Bye);
        await using var bench = await StartAsync(Two, Up("only", only));

        Assert.Equal(1, (await bench.UntilSettledAsync(await bench.SubmitAsync(), state)).Attempts);
    }

    [Theory]
    [InlineData("552 Message size exceeds maximum permitted", true)]
    [InlineData("552 5.3.4 Message size exceeds fixed limit", true)]
    [InlineData("552 Mailbox of the recipient is over quota", false)]
    [InlineData("552 5.2.2 over quota", false)]
    [InlineData("552 Transaction refused", false)]
    [InlineData("550 5.7.1 Service unavailable; client host [203.0.113.7] blocked using zen.spamhaus.org", true)]
    [InlineData("550 5.7.1 Recipient not authorized, your user may not send to it", false)]
    public async Task S22_S23_SizeQuotaAndPolicy_GoElsewhereOrFail(string reply, bool elsewhere)
    {
        await using var first = new ScriptedUpstream(Hello + ToDot + $"S: {reply}\n" + Bye);
        await using var second = new ScriptedUpstream(Hello + Carried + Bye);
        await using var bench = await StartAsync(Two, Up("first", first), Up("second", second) with { Tier = 2 });

        Assert.Equal(1, (await bench.UntilAsync(await bench.SubmitAsync(), elsewhere ? EntryState.Relayed : EntryState.Failed)).Attempts);
        Assert.Equal(elsewhere ? 1 : 0, second.Messages.Count);
    }

    [Theory]
    [InlineData("550 5.7.26 This mail has been blocked because the sender is unauthenticated.")]
    [InlineData("550 5.7.515 Access denied, sending domain x.example does not meet the required authentication level.")]
    [InlineData("550 5.7.1 Unauthenticated email from x.example is not accepted due to domain's DMARC policy.")]
    public async Task S24_DomainFailsAuthentication_AllItsSendersLeaveTheUpstream(string reply)
    {
        await using var first = new ScriptedUpstream(Hello + ToDot + $"S: {reply}\n" + Carried + Bye);
        await using var second = new ScriptedUpstream(Hello + Carried + Carried + Bye);
        await using var bench = await StartAsync(["a@x.example", "c@x.example", "b@z.example"], Up("first", first), Up("second", second) with { Tier = 2 });

        var refused = new List<(string, string)>();
        bench.Refusals.DomainRefused = (domain, upstream) => refused.Add((domain, upstream));

        await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);
        Assert.Equal([("x.example", "first")], refused);
        var sameDomain = await bench.UntilAsync(await bench.SubmitAsync("c@x.example"), EntryState.Relayed);
        var other = await bench.UntilAsync(await bench.SubmitAsync("b@z.example"), EntryState.Relayed);

        Assert.Equal(["second"], await bench.UpstreamsTriedAsync(sameDomain.Id));
        Assert.Equal(["first"], await bench.UpstreamsTriedAsync(other.Id));
    }

    [Fact]
    public async Task S24_DomainRefusedUntilADate_RestsUntilThen()
    {
        var until = _time.GetUtcNow() + TimeSpan.FromHours(3);
        var reply = FormattableString.Invariant(
            $"421 Domain x.example is not allowed to send: recipient limit exceeded, try again after {until:ddd, dd MMM yyyy HH:mm:ss} UTC");
        await using var first = new ScriptedUpstream(Hello + $"C: MAIL *\nS: {reply}\n! close");
        await using var second = new ScriptedUpstream(Hello + Carried + Bye);
        await using var bench = await StartAsync(Two, Up("first", first, "mailgun"), Up("second", second) with { Tier = 2 });

        await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);

        var rest = bench.Upstream("first").Refused.Find("x.example", _time.GetUtcNow())!;
        Assert.InRange(rest.Until, until.AddSeconds(10), until.AddSeconds(40));
    }

    [Fact]
    public async Task S24_AllUpstreamsRefuseTheDomain_ItsSendersArePausedTogether()
    {
        const string Refused = "S: 550 5.7.26 unauthenticated\n";
        await using var first = new ScriptedUpstream(Hello + ToDot + Refused + Bye);
        await using var second = new ScriptedUpstream(Hello + ToDot + Refused + Bye);
        await using var bench = await StartAsync(["a@x.example", "c@x.example", "b@z.example"], Up("first", first), Up("second", second) with { Tier = 2 });

        await bench.SubmitAsync();

        await Eventually.TrueAsync(() => bench.Standing("c@x.example").PausedSince is not null);
        Assert.NotNull(bench.Standing("a@x.example").PausedSince);
        Assert.Null(bench.Standing("b@z.example").PausedSince);
    }

    [Fact]
    public async Task S39_GreylistedWithAWait_ComesBackThenByTheSameWay()
    {
        const string Greylisted = "C: MAIL FROM:<a@x.example>\nS: 250 ok\nC: RCPT *\nS: 450 4.2.0 Greylisted, try again in 300 seconds\n";
        // Whichever of the two equals gets it first; by turns the other would be next.
        await using var one = new ScriptedUpstream(Hello + Greylisted + Bye, Hello + Carried + Bye);
        await using var two = new ScriptedUpstream(Hello + Greylisted + Bye, Hello + Carried + Bye);
        await using var bench = await StartAsync(Two, Up("one", one), Up("two", two));

        var id = await bench.SubmitAsync();
        var deferred = await bench.UntilSettledAsync(id, EntryState.Queued);
        Assert.InRange(deferred.Due - _time.GetUtcNow(), TimeSpan.FromSeconds(310), TimeSpan.FromSeconds(340));
        _time.Advance(TimeSpan.FromSeconds(340));
        await bench.FeedAsync();

        Assert.Equal(2, (await bench.UntilAsync(id, EntryState.Relayed)).Attempts);
        Assert.Single((await bench.UpstreamsTriedAsync(id)).Distinct());
    }

    [Theory]
    [InlineData("450 4.2.0 Greylisted, try again in 100 hours")]
    [InlineData("450 4.2.0 Greylisted by 10.300.0.5")]
    public async Task S39_WaitThatCannotBeMeant_GoesByTheSchedule(string reply)
    {
        await using var only = new ScriptedUpstream(Hello + $"C: MAIL *\nS: 250 ok\nC: RCPT *\nS: {reply}\n" + Bye);
        await using var bench = await StartAsync(Two, Up("only", only));

        var deferred = await bench.UntilSettledAsync(await bench.SubmitAsync(), EntryState.Queued);

        Assert.Equal((TimeSpan.FromMinutes(1), 1), (deferred.Due - _time.GetUtcNow(), deferred.Attempts));
    }

    [Fact]
    public async Task OtherUpstream_NoneIsLeft_UsesAStep()
    {
        await using var only = new ScriptedUpstream(Hello + ToDot + "S: 552 5.3.4 too large\n" + Bye);
        await using var bench = await StartAsync(Two, Up("only", only));

        Assert.Equal(1, (await bench.UntilSettledAsync(await bench.SubmitAsync(), EntryState.Queued)).Attempts);
    }

    [Theory]
    [InlineData("! raw 451\\r\\n")]
    [InlineData("! raw 451 caf\\xe9 \\x1b[31m\\xff\\xfe\\r\\n")]
    [InlineData("! raw 451-", 64)]
    public async Task S32_S35_ReplyOfOddText_IsJudgedByItsCode(string script, int kilobytes = 0)
    {
        var line = new string('x', 500);
        if (kilobytes > 0)
            script = string.Concat(Enumerable.Repeat($"! raw 451-{line}\\r\\n\n", 2 * kilobytes)) + "! raw 451 end\\r\\n";
        await using var only = new ScriptedUpstream(Hello + "C: MAIL *\n" + script + "\n" + Bye);
        await using var bench = await StartAsync(Two, Up("only", only));

        var deferred = await bench.UntilSettledAsync(await bench.SubmitAsync(), EntryState.Queued);

        Assert.Equal(1, deferred.Attempts);
        Assert.StartsWith("451", deferred.LastReply);
    }

    [Fact]
    public async Task S34_PositiveReplyToTheWrongCommand_EndsTheSessionAndIsNoAcceptance()
    {
        await using var first = new ScriptedUpstream(Hello + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 250 taken\n! left");
        await using var second = new ScriptedUpstream(Hello + Carried + Bye);
        await using var bench = await StartAsync(Two, Up("first", first), Up("second", second) with { Tier = 2 });

        Assert.Equal(1, (await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed)).Attempts);
        Assert.Single(second.Messages);
    }

    [Fact]
    public async Task S25_Replies_AreCountedByRule()
    {
        var rules = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listening) =>
            {
                if (instrument is { Name: "outreach_outcome_replies" } && instrument.Meter == RelayMeter.Instance)
                    listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            var words = string.Join(' ', tags.ToArray().Select(static tag => tag.Value));
            lock (rules)
                rules.Add(words);
        });
        listener.Start();
        await using var only = new ScriptedUpstream(Hello + ToDot + "S: 599 never heard of\n" + Bye);
        await using var bench = await StartAsync(Two, Up("only", only));

        await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Failed);

        lock (rules)
            Assert.Contains("unknown-5yz fail none", rules);
    }

    private Task<DeliveryBench> StartAsync(string[] senders, params UpstreamModel[] upstreams) =>
        DeliveryBench.StartAsync(_time, TimeProvider.System, senders, upstreams);

    private static UpstreamModel Up(string name, ScriptedUpstream upstream, string? replies = null) => Models.Upstream(name, port: upstream.Port) with
    {
        MaxConnections = 1,
        Preset = replies is null ? null : new PresetModel(replies, "")
        {
            ReturnPath = EnvelopeRule.Free,
            SpfInclude = null,
            SmtpUtf8 = null,
            ReplacedFields = [],
            Replies = replies,
        },
    };
}
