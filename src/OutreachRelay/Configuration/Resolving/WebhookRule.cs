using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Outcome.Webhooks;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves <c>upstream.webhook_secrets</c>.</summary>
internal sealed class WebhookRule(Resolution resolution)
{
    private readonly ProblemList _problems = resolution.Problems;

    /// <returns><see langword="null"/> when the provider has no webhook, or no secret is set.</returns>
    public WebhookModel? Resolve(UpstreamConfig upstream, PresetModel? preset)
    {
        if (preset?.Webhook is not { } kind)
        {
            if (upstream is { WebhookSecrets: { } given, Type.Value: not UpstreamType.Capture })
                _problems.Error(given.Place, "has no meaning without the preset of a provider whose events are known");
            return null;
        }
        ImmutableArray<string> secrets = [.. (upstream.WebhookSecrets?.Value ?? []).Select(secret => Resolve(secret, kind)).OfType<string>()];
        if (!secrets.IsEmpty)
            return new WebhookModel(kind, secrets);
        _problems.Warning(upstream.WebhookSecrets?.Place ?? upstream.Place with { Path = upstream.Place.Path + ".webhook_secrets" },
            "is not set: bounces, complaints and opt-outs that the provider tells of are not heard, and no event settles what is in doubt at this upstream");
        return null;
    }

    private string? Resolve(Setting<SecretReference> setting, WebhookKind kind)
    {
        if (!resolution.TryResolve(setting, out var secret))
            return null;
        if (secret is null)
        {
            _problems.Warning(setting.Place, $"the secret {Shown.Text(setting.Value.ToString())} is not set or empty; no event is verified with it");
            return null;
        }
        if (Expected(kind, secret) is not { } expected)
            return secret;
        _problems.Error(setting.Place, $"the secret {Shown.Text(setting.Value.ToString())} is not {expected}");
        return null;
    }

    // What the secret should be and is not; null when it may be that.
    private static string? Expected(WebhookKind kind, string secret) => kind switch
    {
        WebhookKind.SendGrid => SendGridWebhook.IsKey(secret) ? null : "the verification key of SendGrid's signed event webhook: a P-256 public key in base64, without PEM lines",
        WebhookKind.Ses => SnsMessage.IsTopic(secret) ? null : "the name of an SNS topic, such as arn:aws:sns:eu-west-1:123456789012:ses-events",
        WebhookKind.Postmark => secret.IndexOf(':') is > 0 and var colon && colon < secret.Length - 1 ? null : "user:password, as in the URL that Postmark is given",
        WebhookKind.Resend => ResendWebhook.KeyOf(secret) is not null ? null : "the signing secret of a webhook of Resend's, such as whsec_…",
        _ => null,
    };
}
