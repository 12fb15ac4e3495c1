using OutreachRelay.Outcome;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Outcome.Suppression;

/// <summary>Which ends of attempts suppress their recipient, by the rules for replies that come with the program.</summary>
public sealed class BounceSuppressionTests
{
    [Theory]
    [InlineData(550, "5.1.1", "user unknown", SuppressionReason.HardBounce)]
    [InlineData(550, "5.2.1", "mailbox disabled", SuppressionReason.HardBounce)]
    [InlineData(552, "5.2.2", "mailbox full", SuppressionReason.SoftBounce)]
    public void Of_AReplyAboutTheRecipient_SaysWhy(int code, string enhanced, string text, SuppressionReason reason) =>
        Assert.Equal(reason, Judge(null, code, enhanced, text));

    [Theory]
    [InlineData(550, "5.7.1", "Service unavailable; client host blocked using Spamhaus")]
    [InlineData(554, "5.7.1", "Message rejected as spam")]
    [InlineData(421, "4.7.0", "try again later, rate limited")]
    [InlineData(451, "4.7.1", "greylisted, try again in 300 seconds")]
    [InlineData(535, "5.7.8", "authentication failed")]
    [InlineData(550, "", "no")]
    [InlineData(554, "5.0.0", "something else")]
    [InlineData(452, "4.2.2", "mailbox full for now")]
    [InlineData(552, "5.3.4", "message too big")]
    public void Of_InfrastructurePolicyAndTheUnknown_NeverSuppress(int code, string enhanced, string text) => Assert.Null(Judge(null, code, enhanced, text));

    [Fact]
    public void F13_Of_AProvidersOwnSuppression_IsThatReason() => Assert.Equal(
        SuppressionReason.Provider,
        Judge("postmark", 550, "", "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: jane@example.com."));

    private static SuppressionReason? Judge(string? provider, int code, string enhanced, string text)
    {
        var status = EnhancedStatusCode.TryParse(System.Text.Encoding.ASCII.GetBytes(enhanced), out var parsed, out _) ? parsed : default;
        var meaning = Models.ShippedReplies.Classify(provider, SmtpStage.Rcpt, code, status, text);
        // The last attempt of its schedule.
        var verdict = AttemptVerdict.Decide(meaning, new AttemptContext(3, MaybeSent: false, IsLastResort: true), Models.Delivery(), default);
        return BounceSuppression.Of(verdict);
    }
}
