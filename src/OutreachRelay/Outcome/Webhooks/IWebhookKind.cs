using System.Collections.Immutable;
using System.Text.Json;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>How one provider's webhook proves who speaks, and what it says.</summary>
internal interface IWebhookKind
{
    /// <summary>Whether the request is the provider's and ours: <see cref="WebhookResult.Accepted"/>, or why not. Compares in constant time.</summary>
    /// <param name="json">The body's, of bounded depth.</param>
    ValueTask<WebhookResult> VerifyAsync(WebhookRequest request, JsonElement json, CancellationToken cancel);

    /// <summary>What a request that was verified tells. What is not understood is an event of <see cref="OutcomeKind.Unknown"/>, as it came.</summary>
    /// <param name="rules">Tell what replies mean that events quote.</param>
    ImmutableArray<OutcomeEvent> Read(WebhookRequest request, JsonElement json, ReplyRules rules);
}
