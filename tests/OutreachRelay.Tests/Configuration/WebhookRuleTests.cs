using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Configuration;

public sealed class WebhookRuleTests : IDisposable
{
    private const string Key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==";

    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sendgrid", Key, WebhookKind.SendGrid)]
    [InlineData("mailgun", "any signing key", WebhookKind.Mailgun)]
    [InlineData("ses", "arn:aws:sns:eu-west-1:123456789012:ses-events", WebhookKind.Ses)]
    [InlineData("postmark", "user:password", WebhookKind.Postmark)]
    [InlineData("resend", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", WebhookKind.Resend)]
    public void Load_SecretOfTheProvider_OpensItsWebhook(string preset, string secret, WebhookKind kind)
    {
        _folder.WriteSecret("secret", secret);

        var webhook = _folder.Model(Toml(preset, "webhook_secrets = [\"file:secret\"]")).Upstreams["up"].Webhook!;

        Assert.Equal((kind, secret), (webhook.Kind, Assert.Single(webhook.Secrets)));
        Assert.DoesNotContain(secret, webhook.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sendgrid", "hunter2", "the verification key of SendGrid's signed event webhook")]
    [InlineData("ses", "ses-events", "the name of an SNS topic")]
    [InlineData("postmark", "password", "user:password")]
    [InlineData("resend", "whsec_!", "the signing secret of a webhook")]
    public void Load_SecretOfAnotherKind_IsRefusedWithoutShowingIt(string preset, string secret, string expected)
    {
        _folder.WriteSecret("secret", secret);

        var problem = Assert.Single(_folder.Problems(Toml(preset, "webhook_secrets = [\"file:secret\"]")), found => found.Contains(": error:", StringComparison.Ordinal));

        Assert.Contains("upstream[1].webhook_secrets[0]: the secret 'file:secret' is not " + expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("'" + secret, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void F28_Load_PresetWithoutASecret_WarnsThatEventsSettleNothing()
    {
        var problem = Assert.Single(_folder.Load(Toml("sendgrid", "")).Problems);

        Assert.Equal((ProblemSeverity.Warning, "upstream[1].webhook_secrets"), (problem.Severity, problem.Path));
        Assert.Contains("no event settles what is in doubt at this upstream", problem.Message, StringComparison.Ordinal);
        Assert.Null(_folder.Model(Toml("sendgrid", "")).Upstreams["up"].Webhook);
    }

    [Fact]
    public void Load_SecretsWithoutAPreset_AreRefused() => Assert.Contains(
        _folder.Problems(Toml("", "webhook_secrets = [\"env:P\"]")), static found => found.Contains("has no meaning without the preset", StringComparison.Ordinal));

    private static string Toml(string preset, string lines) =>
        $"{ConfigurationFolder.Minimal}[[upstream]]\nname = \"up\"\ntype = \"smtp\"\n{(preset.Length > 0 ? $"preset = \"{preset}\"\n" : "")}host = \"h.example\"\n{lines}";
}
