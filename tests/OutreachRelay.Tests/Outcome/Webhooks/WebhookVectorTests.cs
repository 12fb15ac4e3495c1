using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Webhooks;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Outcome.Webhooks;

/// <summary>Published requests and their meaning.</summary>
public sealed class WebhookVectorTests
{
    private const string SendGridKeyA = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==";
    private const string WrongKey = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8REntlo7aNDthvj+y7GjUuFDb/R1NGe1OPzpA==";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "vectors", "webhooks");

    public static TheoryData<string> Rows => [.. File.ReadLines(Path.Combine(Folder, "symfony.jsonl"))];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Read_PublishedPayload_YieldsExactlyItsEvents(string row)
    {
        var vector = JsonSerializer.Deserialize<JsonElement>(row);
        var kind = Enum.Parse<WebhookKind>(vector.GetProperty("esp").GetString()!, ignoreCase: true);
        var body = await File.ReadAllBytesAsync(Path.Combine(Folder, vector.GetProperty("file").GetString()!), TestContext.Current.CancellationToken);
        using var json = JsonDocument.Parse(body);

        var events = Reader(kind).Read(Request(kind, body, vector), json.RootElement, Models.ShippedReplies);

        var expected = vector.GetProperty("events").EnumerateArray().ToList();
        Assert.Equal(expected.Count, events.Length);
        foreach (var (told, found) in expected.Zip(events))
        {
            Assert.Contains(found.Kind, KindsOf(told.GetProperty("event").GetString()!));
            // Resend names the To field, not the recipient.
            Assert.Equal(kind == WebhookKind.Resend ? null : told.GetProperty("recipient").GetString(), found.Recipient);
            Assert.Equal(TimeOf(told.GetProperty("date").GetString()!), found.Time, TimeSpan.FromMicroseconds(1));
            if (told.GetProperty("reason").GetString() is { } reason)
                Assert.Equal(reason, found.Reason);
            // Mailgun's id is the event's, and its token is what tells events apart.
            if (kind != WebhookKind.Mailgun)
                Assert.StartsWith(found.ProviderId!, told.GetProperty("id").GetString()!, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Verify_PublishedSignature_IsGoodInItsTimeAndNotWithAnotherKey(string row)
    {
        var vector = JsonSerializer.Deserialize<JsonElement>(row);
        if (!vector.TryGetProperty("signing_key", out var key))
            return;
        var kind = Enum.Parse<WebhookKind>(vector.GetProperty("esp").GetString()!, ignoreCase: true);
        var body = await File.ReadAllBytesAsync(Path.Combine(Folder, vector.GetProperty("file").GetString()!), TestContext.Current.CancellationToken);
        using var json = JsonDocument.Parse(body);
        var signed = DateTimeOffset.FromUnixTimeSeconds(long.Parse(
            kind == WebhookKind.Resend ? vector.GetProperty("headers").GetProperty("svix-timestamp").GetString()! : json.RootElement.GetProperty("signature").GetProperty("timestamp").GetString()!,
            CultureInfo.InvariantCulture));
        var request = Request(kind, body, vector) with { Secrets = [key.GetString()!], Now = signed.AddMinutes(1) };

        Assert.Equal(WebhookResult.Accepted, await VerifyAsync(kind, request));
        Assert.Equal(WebhookResult.Stale, await VerifyAsync(kind, request with { Now = signed.AddDays(2) }));
        Assert.Equal(WebhookResult.Forged, await VerifyAsync(kind, request with { Secrets = ["whsec_b3RoZXI="] }));
    }

    [Fact]
    public async Task F1_Verify_SendGridsOwnVector_IsGoodAndAnyChangedOctetIsNot()
    {
        var vector = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(Path.Combine(Folder, "sendgrid-official-vector.json"), TestContext.Current.CancellationToken));
        var body = Encoding.UTF8.GetBytes(vector.GetProperty("body").GetString()!);
        var request = Request(WebhookKind.SendGrid, body, vector) with
        {
            Secrets = [WrongKey, vector.GetProperty("public_key_b64_spki").GetString()!],
            Now = DateTimeOffset.FromUnixTimeSeconds(1600112502),
        };

        Assert.Equal(WebhookResult.Accepted, await VerifyAsync(WebhookKind.SendGrid, request));
        Assert.Equal(WebhookResult.Forged, await VerifyAsync(WebhookKind.SendGrid, request with { Secrets = [WrongKey] }));
        Assert.Equal(WebhookResult.Forged, await VerifyAsync(WebhookKind.SendGrid, request with { Body = body.AsMemory(0, body.Length - 2) }));
        for (var i = 0; i < body.Length; i++)
        {
            var changed = body.ToArray();
            changed[i] ^= 1;
            Assert.Equal(WebhookResult.Forged, await VerifyAsync(WebhookKind.SendGrid, request with { Body = changed }));
        }
    }

    [Fact]
    public async Task F1_Verify_SendGridVectorWithoutALineEnd_IsGood()
    {
        var request = new WebhookRequest(
            "sendgrid", [SendGridKeyA], new HeaderDictionary
            {
                ["X-Twilio-Email-Event-Webhook-Signature"] = "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=",
                ["X-Twilio-Email-Event-Webhook-Timestamp"] = "1588788367",
            },
            """{"category":"example_payload","event":"test_event","message_id":"message_id"}"""u8.ToArray(), DateTimeOffset.FromUnixTimeSeconds(1588788367));

        Assert.Equal(WebhookResult.Accepted, await VerifyAsync(WebhookKind.SendGrid, request));
    }

    [Theory]
    [InlineData("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookResult.Accepted)]
    [InlineData("v1,bm9wZQ== v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookResult.Accepted)]
    [InlineData("v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookResult.Forged)]
    [InlineData("v1,bm9wZQ==", WebhookResult.Forged)]
    public async Task F1_Verify_StandardWebhooksVector_IsGood(string signature, WebhookResult expected)
    {
        foreach (var prefix in (string[])["svix", "webhook"])
        {
            var request = new WebhookRequest(
                "resend", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
                new HeaderDictionary { [$"{prefix}-id"] = "msg_p5jXN8AQM9LWM0D4loKWxJek", [$"{prefix}-timestamp"] = "1614265330", [$"{prefix}-signature"] = signature },
                """{"test": 2432232314}"""u8.ToArray(), DateTimeOffset.FromUnixTimeSeconds(1614265330));

            Assert.Equal(expected, await VerifyAsync(WebhookKind.Resend, request));
        }
    }

    [Fact]
    public async Task F1_Verify_MailgunVector_IsGood()
    {
        var body = """
            {"signature":{"timestamp":"1700000000","token":"0123456789abcdef0123456789abcdef0123456789abcdef01","signature":"c275f7e86b6d2eadffd03949cf3901424761c7792b511c091d96823cf5d5949c"}}
            """u8.ToArray();

        Assert.Equal(WebhookResult.Accepted, await VerifyAsync(
            WebhookKind.Mailgun, new WebhookRequest("mailgun", ["test-signing-key"], new HeaderDictionary(), body, DateTimeOffset.FromUnixTimeSeconds(1700000000))));
    }

    // A changed octet may leave no JSON.
    private static async Task<WebhookResult> VerifyAsync(WebhookKind kind, WebhookRequest request)
    {
        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(request.Body);
        }
        catch (JsonException)
        {
            json = JsonDocument.Parse("{}");
        }
        using (json)
            return await Reader(kind).VerifyAsync(request, json.RootElement, CancellationToken.None);
    }

    internal static IWebhookKind Reader(WebhookKind kind) => kind switch
    {
        WebhookKind.SendGrid => new SendGridWebhook(),
        WebhookKind.Mailgun => new MailgunWebhook(),
        WebhookKind.Postmark => new PostmarkWebhook(),
        _ => new ResendWebhook(),
    };

    private static WebhookRequest Request(WebhookKind kind, byte[] body, JsonElement vector)
    {
        var headers = new HeaderDictionary();
        if (vector.TryGetProperty("headers", out var given))
        {
            foreach (var field in given.EnumerateObject())
                headers[field.Name] = field.Value.GetString();
        }
        return new WebhookRequest(kind.ToString().ToLowerInvariant(), [], headers, body, DateTimeOffset.UnixEpoch);
    }

    private static OutcomeKind[] KindsOf(string word) => word switch
    {
        "received" => [OutcomeKind.Accepted],
        "dropped" => [OutcomeKind.Dropped],
        "delivered" => [OutcomeKind.Delivered],
        "deferred" => [OutcomeKind.Deferred],
        "bounce" => [OutcomeKind.BouncedHard],
        "open" => [OutcomeKind.Opened],
        "click" => [OutcomeKind.Clicked],
        "spam" => [OutcomeKind.Complained],
        "unsubscribe" => [OutcomeKind.Unsubscribed],
        _ => [],
    };

    private static DateTimeOffset TimeOf(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out var seconds)
        ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond))
        : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
