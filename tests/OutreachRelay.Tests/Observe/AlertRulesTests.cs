using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Observe;
using OutreachRelay.Outcome.Webhooks;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Observe;

public sealed class AlertRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private static readonly AlertSnapshot Calm = new()
    {
        Now = Now,
        Upstreams = [],
        Directions = [],
        Pools = [],
        Holds = [],
        Store = StoreHealth.Ready,
        LastReload = new ReloadResult(true, Now, ""),
        InDoubt = 0,
        OldestInDoubt = null,
        DeadInHour = 0,
        EndedInHour = 0,
        ClockStep = null,
        Certificates = [],
    };

    [Fact]
    public void Evaluate_NothingWrong_IsEmpty() =>
        Assert.Empty(Names(Calm with { Upstreams = [Up("ses", 0)], Directions = [new("acme/cold", ["ses"], TimeSpan.Zero)], Certificates = [new("0.0.0.0:587", Now.AddDays(15))] }));

    [Theory]
    [InlineData(false, "do not prove to be the provider's")]
    [InlineData(true, "signed too long ago")]
    public void F1_Webhook_ThatRefuses_IsAnAlert(bool stale, string words)
    {
        var condition = Assert.Single(AlertRules.Evaluate(Calm with { Webhooks = [new WebhookTrouble("ses", 3, stale)] }));

        Assert.Equal("WebhookRefused ses", Shown(condition));
        Assert.Contains(words, condition.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CircuitState.Open, 1, 5, false, false)]
    [InlineData(CircuitState.Open, 1, 6, false, true)]
    [InlineData(CircuitState.Open, 0, 0, true, true)]
    [InlineData(CircuitState.HalfOpen, 1, 6, false, true)]
    [InlineData(CircuitState.HalfOpen, 1, 2, false, false)]
    [InlineData(CircuitState.HalfOpen, 6, 60, false, false)]
    [InlineData(CircuitState.HalfOpen, 6, 60, true, false)]
    public void Upstream_Down_IsAnAlertAfterFiveMinutesOrForTheAccountAtOnce(CircuitState state, int minutes, int downMinutes, bool account, bool alert)
    {
        var facts = new UpstreamFacts("ses", state, Minutes(minutes), Minutes(downMinutes), account, "535 no");

        var conditions = AlertRules.Evaluate(Calm with { Upstreams = [facts] }).ToList();

        Assert.Equal(alert ? ["UpstreamDown ses"] : [], conditions.Select(Shown));
        Assert.All(conditions, condition => Assert.EndsWith(account ? "refuses our account: 535 no" : "takes no mail: 535 no", condition.Text));
    }

    [Theory]
    [InlineData(CircuitState.Open, true)]
    [InlineData(CircuitState.HalfOpen, true)]
    [InlineData(CircuitState.Closed, false)]
    public void Upstream_PausedForBlocks_IsAnAlertAtOnce(CircuitState state, bool alert)
    {
        var facts = new UpstreamFacts("ses", state, Minutes(0), state == CircuitState.Closed ? null : Minutes(0), false, "8 of 40 mails were blocked") { IsPaused = state != CircuitState.Closed };

        Assert.Equal(alert ? ["UpstreamPaused ses"] : [], Names(Calm with { Upstreams = [facts] }));
    }

    [Theory]
    [InlineData(1200, 0, true, "")]
    [InlineData(1200, 120, true, "")]
    [InlineData(1200, 121, true, "SendersPaused cold")]
    [InlineData(1200, 0, false, "PoolExhausted cold")]
    [InlineData(2, 2, false, "PoolExhausted cold,SendersPaused cold")]
    [InlineData(0, 0, false, "")]
    public void Pool_Exhausted_OrATenthPaused_IsAnAlert(int senders, int paused, bool hasFree, string alerts) =>
        Assert.Equal(alerts, string.Join(',', Names(Calm with { Pools = [new("cold", senders, paused, hasFree)] })));

    [Fact]
    public void Direction_AllItsUpstreamsDown_IsAnAlertAtOnce() =>
        Assert.Equal(["DirectionDown acme/cold"], Names(Calm with
        {
            Upstreams = [Down("ses"), Down("sendgrid"), Up("other", 60)],
            Directions = [new("acme/cold", ["ses", "sendgrid"], Minutes(60)), new("acme/warm", ["ses", "other"], TimeSpan.Zero)],
        }));

    [Theory]
    [InlineData(16, 16, true)]
    [InlineData(15, 60, false)]
    [InlineData(60, 15, false)]
    public void Direction_MailIsLateWhileAnUpstreamIsUp_IsAnAlertWhenBothLastALongTime(int late, int up, bool alert) =>
        Assert.Equal(alert ? ["MailOverdue acme/cold"] : [], Names(Calm with
        {
            Upstreams = [Down("ses"), Up("sendgrid", up)],
            Directions = [new("acme/cold", ["ses", "sendgrid"], Minutes(late))],
        }));

    [Fact]
    public void Preflight_FailingDomain_IsAnAlertOfTheDomain() =>
        Assert.Equal(["PreflightFails one.example", "PreflightFails two.example"], Names(Calm with { Preflight = [new("one.example", "fails"), new("two.example", "fails")] }));

    [Fact]
    public void Preflight_ManyFailingDomains_AreOneAlert() =>
        Assert.Equal(["PreflightFails "], Names(Calm with { Preflight = [.. Enumerable.Range(1, 21).Select(n => new OutreachRelay.Policy.Preflight.PreflightFailure($"d{n}.example", "fails"))] }));

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(11, 1_000_000, true)]
    [InlineData(10, 1_000, false)]
    [InlineData(10, 999, true)]
    [InlineData(1, 100, false)]
    [InlineData(2, 100, true)]
    public void DeadLetters_MoreThanTenOrOneInAHundred_IsAnAlert(long dead, long ended, bool alert) =>
        Assert.Equal(alert ? ["DeadLetters "] : [], Names(Calm with { DeadInHour = dead, EndedInHour = ended }));

    [Theory]
    [InlineData(5, 60, false)]
    [InlineData(1, 61, true)]
    [InlineData(6, null, true)]
    public void InDoubt_ManyOrOld_IsAnAlert(long count, int? minutes, bool alert) =>
        Assert.Equal(alert ? ["InDoubt "] : [], Names(Calm with { InDoubt = count, OldestInDoubt = minutes is { } age ? Minutes(age) : null }));

    [Fact]
    public void Reload_Refused_SaysWhy()
    {
        var condition = Assert.Single(AlertRules.Evaluate(Calm with { LastReload = new ReloadResult(false, Now, "relay.toml:3:1: unknown key") }));

        Assert.Equal("ReloadRefused ", Shown(condition));
        Assert.EndsWith("relay.toml:3:1: unknown key", condition.Text);
    }

    [Theory]
    [InlineData(StoreStatus.DiskNearlyFull)]
    [InlineData(StoreStatus.Failing)]
    public void Store_TakesNoWrites_SaysWhy(StoreStatus status)
    {
        var condition = Assert.Single(AlertRules.Evaluate(Calm with { Store = new StoreHealth(status, "the disk is nearly full") }));

        Assert.Equal("StoreUnavailable  no mail is accepted or sent: the disk is nearly full", $"{Shown(condition)} {condition.Text}");
    }

    [Theory]
    [InlineData(300, "forward by 300 s")]
    [InlineData(-90, "back by 90 s")]
    public void Clock_WasSet_SaysWhichWay(int seconds, string text)
    {
        var condition = Assert.Single(AlertRules.Evaluate(Calm with { ClockStep = TimeSpan.FromSeconds(seconds) }));

        Assert.Equal(AlertName.ClockStepped, condition.Name);
        Assert.Contains(text, condition.Text);
    }

    [Theory]
    [InlineData(15 * 24, null)]
    [InlineData(14 * 24 - 1, "CertificateExpiring 0.0.0.0:587")]
    [InlineData(0, "CertificateExpired 0.0.0.0:587")]
    [InlineData(-1, "CertificateExpired 0.0.0.0:587")]
    public void Certificate_ExpiresWithinAFortnightOrHas_IsAnAlert(int hours, string? expected) =>
        Assert.Equal(expected is null ? [] : [expected], Names(Calm with { Certificates = [new("0.0.0.0:587", Now.AddHours(hours))] }));

    [Fact]
    public void S16_SendersRefusedByEveryUpstream_AreAnAlertOfTheirPool()
    {
        var condition = Assert.Single(AlertRules.Evaluate(Calm with { Pools = [new("well", 5, 0, true), new("outreach", 20, 1, true) { Refused = 1 }] }));

        Assert.Equal((AlertName.SendersRefused, "outreach"), (condition.Name, condition.Subject));
        Assert.Contains("1 of the 20 senders", condition.Text);
    }

    private static string[] Names(AlertSnapshot snapshot) => [.. AlertRules.Evaluate(snapshot).Select(Shown)];

    private static string Shown(AlertCondition condition) => $"{condition.Name} {condition.Subject}";

    private static UpstreamFacts Up(string name, int minutes) => new(name, CircuitState.Closed, Minutes(minutes), null, false, "");

    private static UpstreamFacts Down(string name) => new(name, CircuitState.Open, Minutes(1), Minutes(1), false, "reset");

    private static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);
}
