using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Events;
using OutreachRelay.Outcome.Webhooks;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Outcome.Webhooks;

/// <summary>What each provider's words mean, in the one vocabulary.</summary>
public sealed class EventMeaningTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("\"event\":\"processed\"", OutcomeKind.Accepted)]
    [InlineData("\"event\":\"deferred\",\"response\":\"451 4.7.1 greylisted\"", OutcomeKind.Deferred)]
    [InlineData("\"event\":\"bounce\",\"type\":\"bounce\",\"status\":\"5.1.1\",\"reason\":\"550 5.1.1 no such user\"", OutcomeKind.BouncedHard)]
    [InlineData("\"event\":\"bounce\",\"type\":\"bounce\",\"status\":\"5.2.1\",\"reason\":\"disabled\"", OutcomeKind.BouncedHard)]
    [InlineData("\"event\":\"bounce\",\"status\":\"5.0.0\",\"reason\":\"500 unknown recipient\",\"type\":\"bounce\"", OutcomeKind.BouncedHard)]
    [InlineData("\"event\":\"bounce\",\"type\":\"bounce\",\"status\":\"5.2.2\",\"reason\":\"552 5.2.2 mailbox full\"", OutcomeKind.BouncedSoft)]
    [InlineData("\"event\":\"bounce\",\"type\":\"bounce\",\"status\":\"4.4.1\",\"reason\":\"timed out\"", OutcomeKind.BouncedSoft)]
    [InlineData("\"event\":\"bounce\",\"type\":\"bounce\",\"status\":\"5.7.1\",\"reason\":\"550 5.7.1 listed at a block list\"", OutcomeKind.Blocked)]
    [InlineData("\"event\":\"bounce\",\"type\":\"expired\",\"reason\":\"unable to deliver\"", OutcomeKind.BouncedSoft)]
    [InlineData("\"event\":\"bounce\",\"type\":\"blocked\",\"reason\":\"550 spam\"", OutcomeKind.Blocked)]
    [InlineData("\"event\":\"bounce\",\"type\":\"blocked\",\"reason\":\"unable to get mx info: failed to get IPs\"", OutcomeKind.BouncedHard)]
    [InlineData("\"event\":\"spamreport\"", OutcomeKind.Complained)]
    [InlineData("\"event\":\"group_unsubscribe\"", OutcomeKind.Unsubscribed)]
    [InlineData("\"event\":\"group_resubscribe\"", OutcomeKind.Unknown)]
    public void SendGrid_Event_IsOfItsKind(string members, OutcomeKind expected) => Assert.Equal(expected, SendGrid(members).Kind);

    [Theory]
    [InlineData("Bounced Address", OutcomeCause.HardBounce, SuppressionReason.HardBounce)]
    [InlineData("Unsubscribed Address", OutcomeCause.OptOut, SuppressionReason.OptOut)]
    [InlineData("Spam Reporting Address", OutcomeCause.Complaint, SuppressionReason.Complaint)]
    [InlineData("Invalid", OutcomeCause.HardBounce, SuppressionReason.HardBounce)]
    [InlineData("Invalid SMTPAPI header", OutcomeCause.Message, null)]
    [InlineData("Spam Content (if spam checker app enabled)", OutcomeCause.Message, null)]
    [InlineData("Recipient List over Package Quota", OutcomeCause.Account, null)]
    public void F13_SendGrid_Dropped_IsByItsReason(string reason, OutcomeCause cause, SuppressionReason? suppressed)
    {
        var heard = SendGrid($"\"event\":\"dropped\",\"reason\":\"{reason}\"");

        Assert.Equal((OutcomeKind.Dropped, cause), (heard.Kind, heard.Cause));
        Assert.Equal(suppressed, OutcomeRule.SuppressFor(heard));
    }

    [Theory]
    [InlineData("failed", "permanent", "bounce", 550, "5.1.1", "no such user", OutcomeKind.BouncedHard, OutcomeCause.None)]
    [InlineData("failed", "permanent", "bounce", 552, "5.2.2", "full", OutcomeKind.BouncedSoft, OutcomeCause.None)]
    [InlineData("failed", "permanent", "generic", 550, "5.7.1", "rejected by policy", OutcomeKind.Blocked, OutcomeCause.None)]
    [InlineData("failed", "permanent", "old", 499, "", "Too old", OutcomeKind.BouncedSoft, OutcomeCause.None)]
    [InlineData("failed", "permanent", "suppress-bounce", 605, "", "", OutcomeKind.Dropped, OutcomeCause.HardBounce)]
    [InlineData("failed", "permanent", "suppress-unsubscribe", 606, "", "", OutcomeKind.Dropped, OutcomeCause.OptOut)]
    [InlineData("failed", "permanent", "suppress-complaint", 607, "", "", OutcomeKind.Dropped, OutcomeCause.Complaint)]
    [InlineData("failed", "permanent", "generic", 625, "", "", OutcomeKind.Dropped, OutcomeCause.None)]
    [InlineData("failed", "temporary", "generic", 451, "", "", OutcomeKind.Deferred, OutcomeCause.None)]
    [InlineData("delivered", "", "", 650, "", "", OutcomeKind.Unknown, OutcomeCause.None)]
    [InlineData("rejected", "", "", 0, "", "", OutcomeKind.Dropped, OutcomeCause.Message)]
    [InlineData("stored", "", "", 0, "", "", OutcomeKind.Unknown, OutcomeCause.None)]
    public void F13_Mailgun_Event_IsOfItsKind(
        string name, string severity, string reason, int code, string status, string text, OutcomeKind kind, OutcomeCause cause)
    {
        var heard = Read(new MailgunWebhook(), $$"""
            {"signature":{"token":"t"},"event-data":{"event":"{{name}}","severity":"{{severity}}","reason":"{{reason}}","timestamp":1521233195.37,
             "delivery-status":{"code":{{code}},"enhanced-code":"{{status}}","message":"{{text}}"} } }
            """);

        Assert.Equal((kind, cause), (heard.Kind, heard.Cause));
    }

    [Theory]
    [InlineData("Send", "", OutcomeKind.Accepted, OutcomeCause.None)]
    [InlineData("DeliveryDelay", "\"deliveryDelay\":{}", OutcomeKind.Deferred, OutcomeCause.None)]
    [InlineData("Bounce", "\"bounce\":{\"bounceType\":\"Permanent\",\"bounceSubType\":\"General\"}", OutcomeKind.BouncedHard, OutcomeCause.None)]
    [InlineData("Bounce", "\"bounce\":{\"bounceType\":\"Permanent\",\"bounceSubType\":\"suppressed\"}", OutcomeKind.Dropped, OutcomeCause.HardBounce)]
    [InlineData("Bounce", "\"bounce\":{\"bounceType\":\"Permanent\",\"bounceSubType\":\"OnAccountSuppressionList\"}", OutcomeKind.Dropped, OutcomeCause.HardBounce)]
    [InlineData("Bounce", "\"bounce\":{\"bounceType\":\"Transient\",\"bounceSubType\":\"MailboxFull\"}", OutcomeKind.BouncedSoft, OutcomeCause.None)]
    [InlineData("Bounce", "\"bounce\":{\"bounceType\":\"Transient\",\"bounceSubType\":\"ContentRejected\"}", OutcomeKind.Blocked, OutcomeCause.None)]
    [InlineData("Bounce", "\"bounce\":{\"bounceType\":\"Undetermined\",\"bounceSubType\":\"Undetermined\"}", OutcomeKind.BouncedSoft, OutcomeCause.None)]
    [InlineData("Complaint", "\"complaint\":{}", OutcomeKind.Complained, OutcomeCause.None)]
    [InlineData("Reject", "\"reject\":{\"reason\":\"Bad content\"}", OutcomeKind.Dropped, OutcomeCause.Message)]
    [InlineData("Rendering Failure", "\"failure\":{}", OutcomeKind.Dropped, OutcomeCause.Message)]
    [InlineData("Open", "\"open\":{}", OutcomeKind.Opened, OutcomeCause.None)]
    [InlineData("Novelty", "\"novelty\":{}", OutcomeKind.Unknown, OutcomeCause.None)]
    public void Ses_Event_IsOfItsKind(string type, string detail, OutcomeKind kind, OutcomeCause cause)
    {
        using var json = JsonDocument.Parse($$$"""
            {"eventType":"{{{type}}}","mail":{"timestamp":"2026-03-02T09:00:00.000Z","messageId":"0102","destination":["to@y.example"],"tags":{"orid":["abc"]}}{{{(detail.Length > 0 ? "," + detail : "")}}}}
            """);

        var heard = Assert.Single(SesEvents.Read(Request([]), json.RootElement, "sns-1"));

        Assert.Equal((kind, cause), (heard.Kind, heard.Cause));
        if (kind != OutcomeKind.Unknown)
            Assert.Equal(("abc", "0102", "to@y.example"), (heard.Correlation, heard.ProviderId, heard.Recipient));
    }

    [Fact]
    public void Ses_SameBounceByPublishingAndByTheIdentity_HasOneKey()
    {
        const string Rest = """
            "mail":{"messageId":"0102"},"bounce":{"bounceType":"Permanent","timestamp":"2026-03-02T09:00:00.000Z",
            "bouncedRecipients":[{"emailAddress":"to@y.example","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]}}
            """;
        using var published = JsonDocument.Parse("{\"eventType\":\"Bounce\"," + Rest);
        using var notified = JsonDocument.Parse("{\"notificationType\":\"Bounce\"," + Rest);

        var first = Assert.Single(SesEvents.Read(Request([]), published.RootElement, "sns-1"));
        var second = Assert.Single(SesEvents.Read(Request([]), notified.RootElement, "sns-2"));

        Assert.Equal(first.DedupKey, second.DedupKey);
        Assert.Equal((550, "5.1.1", "to@y.example"), (first.Code, first.Status, first.Recipient));
    }

    [Theory]
    [InlineData("HardBounce", "", OutcomeKind.BouncedHard, OutcomeCause.None)]
    [InlineData("BadEmailAddress", "", OutcomeKind.BouncedHard, OutcomeCause.None)]
    [InlineData("SoftBounce", "", OutcomeKind.BouncedSoft, OutcomeCause.None)]
    [InlineData("Transient", "", OutcomeKind.Deferred, OutcomeCause.None)]
    [InlineData("DMARCPolicy", "", OutcomeKind.Blocked, OutcomeCause.None)]
    [InlineData("SpamNotification", "", OutcomeKind.Complained, OutcomeCause.None)]
    [InlineData("ManualSuppression", "", OutcomeKind.Unsubscribed, OutcomeCause.None)]
    [InlineData("SMTPApiError", "You tried to send to a recipient that has been marked as inactive.", OutcomeKind.Dropped, OutcomeCause.HardBounce)]
    [InlineData("SMTPApiError", "Template error", OutcomeKind.Dropped, OutcomeCause.Message)]
    [InlineData("ManuallyDeactivated", "", OutcomeKind.Dropped, OutcomeCause.None)]
    [InlineData("AutoResponder", "", OutcomeKind.Unknown, OutcomeCause.None)]
    public void F13_Postmark_Bounce_IsOfItsKind(string type, string text, OutcomeKind kind, OutcomeCause cause)
    {
        var heard = Read(new PostmarkWebhook(), $$"""{"RecordType":"Bounce","ID":1,"Type":"{{type}}","Description":"{{text}}","BouncedAt":"2026-03-02T09:00:00Z"}""");

        Assert.Equal((kind, cause), (heard.Kind, heard.Cause));
    }

    [Theory]
    [InlineData("HardBounce", SuppressionReason.HardBounce)]
    [InlineData("SpamComplaint", SuppressionReason.Complaint)]
    [InlineData("ManualSuppression", SuppressionReason.OptOut)]
    public void Postmark_SubscriptionChange_SuppressesForItsReason(string reason, SuppressionReason expected)
    {
        var heard = Read(new PostmarkWebhook(), $$"""{"RecordType":"SubscriptionChange","SuppressSending":true,"SuppressionReason":"{{reason}}","ChangedAt":"2026-03-02T09:00:00Z"}""");

        Assert.Equal((OutcomeKind.Unsubscribed, (SuppressionReason?)expected), (heard.Kind, OutcomeRule.SuppressFor(heard)));
    }

    [Fact]
    public void Postmark_SubscriptionThatIsTakenUpAgain_LiftsNothing() => Assert.Equal(OutcomeKind.Unknown, Read(
        new PostmarkWebhook(), """{"RecordType":"SubscriptionChange","SuppressSending":false,"ChangedAt":"2026-03-02T09:00:00Z"}""").Kind);

    [Theory]
    [InlineData("email.delivery_delayed", "", OutcomeKind.Deferred, OutcomeCause.None)]
    [InlineData("email.bounced", "\"bounce\":{\"type\":\"Permanent\",\"subType\":\"General\",\"message\":\"x\"}", OutcomeKind.BouncedHard, OutcomeCause.None)]
    [InlineData("email.bounced", "\"bounce\":{\"type\":\"Permanent\",\"subType\":\"Suppressed\",\"message\":\"x\"}", OutcomeKind.Dropped, OutcomeCause.HardBounce)]
    [InlineData("email.bounced", "\"bounce\":{\"message\":\"The recipient's inbox was full.\"}", OutcomeKind.BouncedSoft, OutcomeCause.None)]
    [InlineData("email.bounced", "\"bounce\":{\"message\":\"Resend has suppressed sending to this address\"}", OutcomeKind.Dropped, OutcomeCause.HardBounce)]
    [InlineData("email.failed", "\"failed\":{\"reason\":\"reached_daily_quota\"}", OutcomeKind.Dropped, OutcomeCause.Account)]
    [InlineData("email.suppressed", "", OutcomeKind.Dropped, OutcomeCause.HardBounce)]
    [InlineData("contact.created", "", OutcomeKind.Unknown, OutcomeCause.None)]
    public void F13_Resend_Event_IsOfItsKind(string type, string members, OutcomeKind kind, OutcomeCause cause)
    {
        var heard = Read(new ResendWebhook(), $$"""{"type":"{{type}}","created_at":"2026-03-02T09:00:00Z","data":{ {{members}} } }""", ("svix-id", "msg_1"));

        Assert.Equal((kind, cause), (heard.Kind, heard.Cause));
    }

    [Theory]
    [InlineData("abc123", "abc123")]
    [InlineData("abc 123", null)]
    [InlineData("", null)]
    public void SendGrid_OurId_IsOneOrNothing(string told, string? expected) => Assert.Equal(expected, SendGrid($"\"event\":\"open\",\"orid\":\"{told}\"").Correlation);

    /// <summary>Requests that somebody has broken: each is read without an exception, into events within bounds.</summary>
    [Theory]
    [InlineData(WebhookKind.SendGrid)]
    [InlineData(WebhookKind.Mailgun)]
    [InlineData(WebhookKind.Ses)]
    [InlineData(WebhookKind.Postmark)]
    [InlineData(WebhookKind.Resend)]
    public async Task Receive_MutatedRequests_AreAnsweredEachTime(WebhookKind kind)
    {
        await using var bench = await WebhookBench.StartAsync();
        var (random, headers) = (new Random(7), new HeaderDictionary());
        var good = bench.Provider.Delivered(kind, "token", bench.Now);
        for (var i = 0; i < 3000; i++)
        {
            var body = good.Body.ToArray();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
                body[random.Next(body.Length)] = (byte)random.Next(256);
            headers.Clear();
            foreach (var (name, value) in good.Headers)
                headers[name] = random.Next(8) == 0 ? value[..random.Next(value.Length)] : value;

            var result = await bench.Receiver.ReceiveAsync(good.Upstream, headers, body[..random.Next(1, body.Length + 1)], CancellationToken.None);

            Assert.True(result is WebhookResult.Malformed or WebhookResult.Forged or WebhookResult.Stale or WebhookResult.Accepted or WebhookResult.Unavailable, $"{result}");
        }
    }

    private static OutcomeEvent SendGrid(string members) =>
        Read(new SendGridWebhook(), $$"""[{"email":"to@y.example","sg_event_id":"1","timestamp":1772442000,{{members}}}]""");

    private static OutcomeEvent Read(IWebhookKind kind, string json, params (string, string)[] headers)
    {
        using var document = JsonDocument.Parse(json);
        return Assert.Single(kind.Read(Request(headers), document.RootElement, Models.ShippedReplies));
    }

    private static WebhookRequest Request((string Name, string Value)[] headers)
    {
        var fields = new HeaderDictionary();
        foreach (var (name, value) in headers)
            fields[name] = value;
        return new WebhookRequest("a", [], fields, Encoding.UTF8.GetBytes("{}"), Now);
    }
}
