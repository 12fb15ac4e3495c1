using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Configuration;

/// <summary>Where alerts may be posted.</summary>
public sealed class AlertsTests : IDisposable
{
    private const string Malformed = "expected a URL such as \"https://hooks.example.com/outreach\", without user and fragment";
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_NoAlerts_IsWithoutWebhook() =>
        Assert.Equal(new AlertsModel(null, TimeSpan.FromHours(1)), _folder.Model(ConfigurationFolder.Minimal).Alerts);

    [Theory]
    [InlineData("https://hooks.example.com/services/T0/B0?key=x")]
    [InlineData("https://192.0.2.1:8443/")]
    [InlineData("http://127.0.0.1:9093/hook")]
    [InlineData("http://10.1.2.3/hook")]
    [InlineData("http://[::1]:9093/hook")]
    [InlineData("http://alerts.internal/hook")]
    public void Load_Webhook_IsTaken(string url)
    {
        var alerts = _folder.Model(Toml(url) + "repeat = \"30m\"\n").Alerts;

        Assert.Equal(new AlertsModel(new Uri(url), TimeSpan.FromMinutes(30)), alerts);
    }

    [Theory]
    [InlineData("hooks.example.com", Malformed)]
    [InlineData("ftp://hooks.example.com/", Malformed)]
    [InlineData("file:/etc/passwd", "the file '/etc/passwd' holds a line end or a NUL inside the secret")]
    [InlineData("https://user:geheim@hooks.example.com/", Malformed)]
    [InlineData("https://hooks.example.com/#geheim", Malformed)]
    [InlineData("https:///geheim", Malformed)]
    [InlineData("http://192.0.2.1/geheim", "alerts must not cross the internet in plaintext; expected https, or an address that is loopback or private")]
    [InlineData("http://[2001:db8::1]/geheim", "alerts must not cross the internet in plaintext; expected https, or an address that is loopback or private")]
    [InlineData("http://0.0.0.0/geheim", "alerts must not cross the internet in plaintext; expected https, or an address that is loopback or private")]
    [InlineData("env:NOPE", "the secret 'env:NOPE' is not set or empty")]
    public void Load_WrongWebhook_IsAnErrorThatDoesNotShowIt(string url, string problem) =>
        Assert.Equal(["relay.toml:21:11: error: alerts.webhook: " + problem], _folder.Problems(Toml(url)));

    [Fact]
    public void Load_RepeatTooShort_IsAnError() =>
        Assert.Equal(["relay.toml:21:10: error: alerts.repeat: expected a duration from 1m to 7d, found '5s'"], _folder.Problems(ConfigurationFolder.Minimal + "[alerts]\nrepeat = \"5s\"\n"));

    [Fact]
    public void O8_WebhookOfTheEnvironment_IsTakenAndAppearsInNoText()
    {
        _folder.Environment["HOOK"] = "https://hooks.example.com/geheim";

        var model = _folder.Model(Toml("env:HOOK"));

        Assert.Equal("/geheim", model.Alerts.Webhook!.AbsolutePath);
        Assert.DoesNotContain("geheim", $"{model} {model.Alerts}");
    }

    [Fact]
    public void Load_OtherWebhookOfTheEnvironment_IsAnotherVersion()
    {
        _folder.Environment["HOOK"] = "https://hooks.example.com/a";
        var before = _folder.Model(Toml("env:HOOK")).Version;

        _folder.Environment["HOOK"] = "https://hooks.example.com/b";

        Assert.NotEqual(before, _folder.Model(Toml("env:HOOK")).Version);
    }

    private static string Toml(string url) => ConfigurationFolder.Minimal + $"[alerts]\nwebhook = \"{url}\"\n";
}
