using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;
using OutreachRelay.Tests.Store;

namespace OutreachRelay.Tests.Observe;

/// <summary>The webhook against a real HTTP server. Only time is made: it moves where a test moves it.</summary>
public sealed class AlertWebhookTests : IAsyncLifetime
{
    private readonly Meter _meter = new("alerts");
    private readonly FakeTime _time = new();
    private readonly LogLines<AlertWebhook> _log = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly RelayState _relay;
    private readonly AlertBook _book;
    private readonly AlertWebhook _webhook;
    private AlertReceiver _receiver = null!;
    private Task _running = Task.CompletedTask;

    public AlertWebhookTests()
    {
        _relay = new RelayState(Models.Relay(Models.Sender("ann@example.com")), _time);
        _book = new AlertBook(_meter, _time, NullLogger<AlertBook>.Instance);
        _webhook = new AlertWebhook(_book, _relay, _time, _log);
    }

    public async ValueTask InitializeAsync()
    {
        _receiver = await AlertReceiver.StartAsync();
        Target(_receiver.Url);
        _running = _webhook.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _webhook.Dispose();
        _stop.Dispose();
        _meter.Dispose();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Raise_ThenClear_IsPostedWithAllThatIsKnown()
    {
        var since = _time.GetUtcNow();
        _book.Raise(AlertName.DirectionDown, "acme/cold", "no upstream \u202e takes mail");
        await TakenAsync("raised direction_down acme/cold");
        _time.Advance(TimeSpan.FromMinutes(2));
        _book.Clear(AlertName.DirectionDown, "acme/cold");
        await TakenAsync("raised direction_down acme/cold", "cleared direction_down acme/cold");

        Assert.All(_receiver.Paths, path => Assert.Equal("POST /hook?key=geheim application/json", path));
        var (raised, cleared) = (_receiver.Bodies[0], _receiver.Bodies[1]);
        Assert.Equal(
            ["alert", "subject", "severity", "state", "text", "since", "hostname"], raised.EnumerateObject().Select(property => property.Name));
        Assert.Equal("critical", raised.GetProperty("severity").GetString());
        Assert.Equal(@"no upstream \u202e takes mail", raised.GetProperty("text").GetString());
        Assert.Equal("relay.example.com", raised.GetProperty("hostname").GetString());
        Assert.Equal(since, raised.GetProperty("since").GetDateTimeOffset());
        Assert.Equal(since, cleared.GetProperty("since").GetDateTimeOffset());
        Assert.Equal(@"over: no upstream \u202e takes mail", cleared.GetProperty("text").GetString());
    }

    [Fact]
    public async Task O26_TargetIsDownForHours_HearsHowThingsAreWhenItComesBack()
    {
        var port = _receiver.Url.Port;
        await _receiver.DisposeAsync();
        _book.Raise(AlertName.UpstreamDown, "ses", "down");
        await FailureAsync();
        for (var i = 0; i < 100; i++)
        {
            _book.Raise(AlertName.UpstreamDown, "flaps", "down");
            _time.Advance(TimeSpan.FromMinutes(2));
            _book.Clear(AlertName.UpstreamDown, "flaps");
        }
        _book.Clear(AlertName.UpstreamDown, "ses");
        _book.Raise(AlertName.StoreUnavailable, "", "full");
        await UntilAsync(() => Failures.Length >= 3);

        _receiver = await AlertReceiver.StartAsync(port);
        await UntilAsync(() => States().GetValueOrDefault("store_unavailable ") == "raised" && States().GetValueOrDefault("upstream_down ses") == "cleared");

        _book.Raise(AlertName.InDoubt, "", "last");
        await UntilAsync(() => States().GetValueOrDefault("in_doubt ") == "raised");
        Assert.NotEqual("raised", States().GetValueOrDefault("upstream_down flaps"));
        Assert.InRange(_receiver.Bodies.Count, 3, 10);
    }

    [Fact]
    public async Task Target_IsSlow_IsGivenUpAndTriedAgain()
    {
        _receiver.Answer = async (context, _) => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        _book.Raise(AlertName.UpstreamDown, "ses", "down");
        await UntilAsync(() => Failures.Length > 0);
        _receiver.Answer = (_, _) => Task.CompletedTask;

        await UntilAsync(() => Taken.Contains("raised upstream_down ses"));

        Assert.Contains("no answer within 10 s", Failures[0]);
    }

    [Fact]
    public async Task Target_AnswersAnError_IsTriedAgainInGrowingWaits()
    {
        _receiver.Answer = (context, _) => Answer(context, StatusCodes.Status500InternalServerError);
        _book.Raise(AlertName.UpstreamDown, "ses", "down");
        await FailureAsync();
        Assert.Equal("Warning: The alert webhook at 127.0.0.1 was not told: answered 500; trying again in 5 s", Failures[0]);
        await UntilAsync(() => Failures.Length >= 8);
        _receiver.Answer = (_, _) => Task.CompletedTask;

        await UntilAsync(() => Taken.Contains("raised upstream_down ses"));

        Assert.Equal(["5", "10", "20", "40", "80", "160", "300", "300"], Failures.Take(8).Select(line => line.Split(' ')[^2]));
        Assert.All(_log.All, line => Assert.DoesNotContain("geheim", line));
    }

    [Fact]
    public async Task Target_Redirects_IsNotFollowed()
    {
        await using var elsewhere = await AlertReceiver.StartAsync();
        _receiver.Answer = (context, _) =>
        {
            context.Response.Headers.Location = elsewhere.Url.ToString();
            return Answer(context, StatusCodes.Status307TemporaryRedirect);
        };

        _book.Raise(AlertName.UpstreamDown, "ses", "down");
        await FailureAsync();

        Assert.Contains("answered 307", Failures[0]);
        Assert.Empty(elsewhere.Bodies);
    }

    [Fact]
    public async Task Target_AnswersWithoutEnd_IsNotReadToTheEnd()
    {
        _receiver.Answer = async (context, _) =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(new byte[64 * 1024], context.RequestAborted);
        };

        _book.Raise(AlertName.UpstreamDown, "sendgrid", "down");
        _book.Raise(AlertName.UpstreamDown, "ses", "down");

        await TakenAsync("raised upstream_down sendgrid", "raised upstream_down ses");
    }

    [Fact]
    public async Task Target_ChokesOnOneAlert_HearsTheOthers()
    {
        _receiver.Answer = (context, body) => Answer(context, body.GetProperty("subject").GetString() == "bad" ? 400 : 204);
        _book.Raise(AlertName.UpstreamDown, "bad", "down");
        await FailureAsync();

        _book.Raise(AlertName.UpstreamDown, "ses", "down");
        _book.Raise(AlertName.UpstreamDown, "sendgrid", "down");

        await UntilAsync(() => Taken.Contains("raised upstream_down ses") && Taken.Contains("raised upstream_down sendgrid"));
    }

    [Fact]
    public async Task Target_CertificateThatNobodyVouchesFor_HearsNothing()
    {
        using var authority = new TestAuthority(TimeProvider.System);
        var (certificate, key) = authority.Issue("localhost");
        using var pem = X509Certificate2.CreateFromPem(certificate, key);
        await using var receiver = await AlertReceiver.StartAsync(0, SslStreamCertificateContext.Create(pem, null, offline: true));
        Target(receiver.Url);

        _book.Raise(AlertName.UpstreamDown, "ses", "down");
        await FailureAsync();

        Assert.Contains("certificate", Failures[0]);
        Assert.Empty(receiver.Bodies);
    }

    [Fact]
    public async Task Target_NameOfThisMachineInPlaintext_IsTaken()
    {
        Target(new Uri($"http://localhost:{_receiver.Url.Port}/hook"));

        _book.Raise(AlertName.UpstreamDown, "ses", "down");

        await TakenAsync("raised upstream_down ses");
    }

    [Fact]
    public async Task Alert_ThatLasts_IsRepeatedWithItsNewestText()
    {
        _book.Raise(AlertName.UpstreamDown, "ses", "down");
        await TakenAsync("raised upstream_down ses");
        _book.Raise(AlertName.UpstreamDown, "ses", "still down");
        _time.Advance(TimeSpan.FromMinutes(59));
        _book.Raise(AlertName.InDoubt, "", "many");
        await TakenAsync("raised upstream_down ses", "raised in_doubt");

        await UntilAsync(() => _receiver.Bodies.Count == 3);

        Assert.Equal("raised upstream_down ses", _receiver.Heard[2]);
        Assert.Equal("still down", _receiver.Bodies[2].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Reload_OtherTarget_HearsWhatIsActive()
    {
        await using var other = await AlertReceiver.StartAsync();
        _receiver.Answer = (context, _) => Answer(context, StatusCodes.Status503ServiceUnavailable);
        _book.Raise(AlertName.UpstreamDown, "ses", "down");
        await FailureAsync();

        Target(other.Url);
        _webhook.Wake();

        await Eventually.TrueAsync(() => other.Heard.SequenceEqual(["raised upstream_down ses"]));
        Assert.Single(_receiver.Bodies);
    }

    private void Target(Uri url) => _relay.Replace(_relay.Model with { Alerts = new AlertsModel(url, TimeSpan.FromHours(1)) });

    private static Task Answer(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    // The newest that was heard of each alert.
    private Dictionary<string, string> States() => _receiver.Bodies
        .GroupBy(body => $"{body.GetProperty("alert")} {body.GetProperty("subject")}", body => body.GetProperty("state").GetString()!)
        .ToDictionary(states => states.Key, states => states.Last());

    private string[] Failures => [.. _log.All.Where(line => line.StartsWith("Warning", StringComparison.Ordinal))];

    // What the target took, as the webhook knows; the target itself knows of it earlier.
    private string[] Taken =>
        [.. _log.All.Where(line => line.StartsWith("Debug", StringComparison.Ordinal)).Select(line => line.Split("told: ")[1].TrimEnd())];

    private Task TakenAsync(params string[] notices) => Eventually.TrueAsync(() => Taken.SequenceEqual(notices));

    // Time stands, so it is no deadline that fails.
    private Task FailureAsync() => Eventually.TrueAsync(() => Failures.Length > 0);

    // Time moves, so that rests and deadlines end; a request may then end by its deadline and come again.
    private Task UntilAsync(Func<bool> condition) => Eventually.TrueAsync(condition, () => _time.Advance(TimeSpan.FromSeconds(2)));
}
