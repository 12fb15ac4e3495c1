using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Outcome;

/// <summary>Mail out through a provider that is scripted, and what it tells of it back over HTTP.</summary>
public sealed partial class WebhookTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly SinkServer _sink = new();
    private readonly int _publicPort = FreePort.Next();
    private HttpClient _http = null!;
    private RelayProcess _relay = null!;
    private int _told;

    public async ValueTask InitializeAsync()
    {
        var keyFile = Path.GetTempFileName();
        await File.WriteAllTextAsync(keyFile, Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo()));
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_publicPort}") };
        _relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("grid", _sink.Port, Keys: $"preset = \"sendgrid\"\nwebhook_secrets = [\"file:{keyFile}\"]")],
            Senders = ["anna@one.example"],
            InDoubtWait = "1h",
            HttpKeys = $"public_address = \"127.0.0.1:{_publicPort}\"",
        });
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _relay.DisposeAsync();
        await _sink.DisposeAsync();
        _key.Dispose();
    }

    [Fact]
    public async Task S28_DeliveredWhileInDoubt_IsRelayedAndNotSentAgain()
    {
        _sink.OnMessage = static _ => new SinkAction.Drop();
        var id = await _relay.SubmitAsync(TestMessage.Create("doubt"));
        await _relay.UntilStateAsync(id, "in_doubt");

        Assert.Equal(HttpStatusCode.OK, await TellAsync(TokenOf(0), "delivered"));

        await _relay.UntilStateAsync(id, "relayed");
        Assert.Equal(1, _sink.CountOf("doubt"));
    }

    [Fact]
    public async Task F12_BouncesAfterThe250_FailTheEntriesPauseTheSenderAndAreExplained()
    {
        var ids = new List<string>();
        for (var i = 0; i < 20; i++)
            ids.Add(await _relay.SubmitAsync(TestMessage.Create($"mail-{i}")));
        foreach (var id in ids)
            await _relay.UntilStateAsync(id, "relayed");

        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.OK, await TellAsync(TokenOf(i), "bounce", "\"type\":\"bounce\",\"status\":\"5.1.1\",\"reason\":\"550 5.1.1 no such user\","));

        var sender = await _relay.JsonAsync("senders", "show", "anna@one.example");
        Assert.Contains("3 of 20 bounced", sender.GetRawText(), StringComparison.Ordinal);
        var events = (await _relay.JsonAsync("events", "--kind", "bounced_hard", "--upstream", "grid")).EnumerateArray().ToList();
        Assert.Equal(3, events.Count);
        var bounced = events[0].GetProperty("entry").GetString()!;
        Assert.Equal("failed", (await _relay.JsonAsync("queue", "show", bounced)).GetProperty("state").GetString());
        Assert.Contains("bounced_hard from grid", (await _relay.RunAsync("explain", bounced)).Output, StringComparison.Ordinal);
        Assert.Contains("outreach_events_total{kind=\"bounced_hard\",upstream=\"grid\"} 3", await _relay.GetAsync("/metrics"), StringComparison.Ordinal);
        Assert.Contains("outreach_webhook_requests_total{result=\"accepted\",upstream=\"grid\"} 3", await _relay.GetAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task F1_ForgedEvent_ChangesNothingAndIsAnAlert()
    {
        var id = await _relay.SubmitAsync(TestMessage.Create("forged"));
        await _relay.UntilStateAsync(id, "relayed");
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Equal(HttpStatusCode.Unauthorized, await TellAsync(TokenOf(0), "spamreport", key: other));

        Assert.Equal("relayed", (await _relay.JsonAsync("queue", "show", id)).GetProperty("state").GetString());
        Assert.Empty((await _relay.JsonAsync("events")).EnumerateArray());
        await Wait.UntilAsync(
            async () => (await _relay.AskAsync("status")).GetRawText().Contains("webhook_refused", StringComparison.Ordinal), Deadline, () => _relay.Log);
    }

    // Our id, as the preset sends it along.
    private string TokenOf(int message) => OurId().Match(_sink.Messages[message].Text).Groups["id"].Value;

    private async Task<HttpStatusCode> TellAsync(string token, string name, string members = "", ECDsa? key = null)
    {
        var seconds = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        var body = Encoding.UTF8.GetBytes($$"""[{"event":"{{name}}",{{members}}"sg_event_id":"e{{_told++}}","timestamp":{{seconds}},"orid":"{{token}}"}]""");
        var signature = (key ?? _key).SignData([.. Encoding.ASCII.GetBytes(seconds), .. body], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/grid") { Content = new ByteArrayContent(body) };
        request.Headers.Add("X-Twilio-Email-Event-Webhook-Signature", Convert.ToBase64String(signature));
        request.Headers.Add("X-Twilio-Email-Event-Webhook-Timestamp", seconds);
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    }

    [GeneratedRegex("\"orid\":\"(?<id>[a-z0-9]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex OurId();
}
