using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Tests.Outcome.Replies;

/// <summary>The replies that have misled others, and what they mean by the shipped rules.</summary>
public sealed class ReplyCasesTests
{
    [Theory]
    [InlineData(null, "535 5.7.8 Authentication credentials invalid")]
    [InlineData("mailgun", "535 Authentication failed")]
    [InlineData("ses", "535 Authentication Credentials Invalid")]
    [InlineData(null, "535 5.7.139 Authentication unsuccessful")]
    [InlineData(null, "550 go away")]
    public void S13_LoginRefused_AccountRests(string? provider, string reply) =>
        Expect(provider, SmtpStage.Auth, reply, ReplyScope.Account, ReplyAction.PauseAccount, minutes: 15);

    [Theory]
    [InlineData(SmtpStage.Mail, "530 Authentication required")]
    [InlineData(SmtpStage.Mail, "530 5.7.57 Client not authenticated to send anonymous mail")]
    [InlineData(SmtpStage.Rcpt, "535 5.7.139 Authentication unsuccessful")]
    [InlineData(SmtpStage.FinalDot, "550 5.7.13 User account disabled")]
    public void S13_NotLoggedInLater_AccountRests(SmtpStage stage, string reply) =>
        Expect(null, stage, reply, ReplyScope.Account, ReplyAction.PauseAccount, minutes: 15);

    [Theory]
    [InlineData("451 4.3.0 Try again later")]
    [InlineData("454 Temporary authentication failure")]
    [InlineData("421 4.7.0 Try again later")]
    [InlineData("432 4.7.12 A password transition is needed")]
    public void S14_LoginRefusedForNow_AccountRestsShortly(string reply) =>
        Expect("ses", SmtpStage.Auth, reply, ReplyScope.Account, ReplyAction.PauseAccount, minutes: 1);

    [Theory]
    [InlineData("sendgrid")]
    [InlineData(null)]
    public void S14_CreditsExceeded_RestsAsARefusedLogin(string? provider) =>
        Expect(provider, SmtpStage.Auth, "451 Authentication failed: Maximum credits exceeded", ReplyScope.Account, ReplyAction.PauseAccount, minutes: 15);

    [Fact]
    public void S14_SessionLostItsLogin_AccountRests() =>
        Expect("sendgrid", SmtpStage.Mail, "550 Unauthenticated Senders Not Allowed", ReplyScope.Account, ReplyAction.PauseAccount, minutes: 15);

    [Theory]
    [InlineData("sendgrid", "403 You are not authorized to send from that email address")]
    [InlineData("sendgrid", "550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.")]
    [InlineData("ses", "554 Message rejected: Email address is not verified. The following identities failed the check in region US-EAST-1: a@example.com")]
    [InlineData("postmark", "550 The 'From' address you supplied (a@example.com) is not a Sender Signature on your account.")]
    [InlineData(null, "553 5.7.1 <a@example.com>: Sender address rejected: not owned by user acme")]
    public void S15_SenderNotVerified_LeavesTheUpstream(string? provider, string reply)
    {
        foreach (var stage in (SmtpStage[])[SmtpStage.Mail, SmtpStage.Rcpt, SmtpStage.Data, SmtpStage.FinalDot])
            Expect(provider, stage, reply, ReplyScope.Sender, ReplyAction.PauseSender, minutes: 60);
    }

    [Fact]
    public void S15_DomainNotVerified_LeavesTheUpstream() => Expect(
        "resend", SmtpStage.FinalDot, "550 The example.com domain is not verified. Please, add and verify your domain", ReplyScope.Domain, ReplyAction.PauseDomain, minutes: 60);

    [Theory]
    [InlineData("550 Requested action not taken: mailbox unavailable")]
    [InlineData("553 mailbox name not allowed")]
    public void S15_RefusedAtMail_IsTheSender(string reply) =>
        Expect(null, SmtpStage.Mail, reply, ReplyScope.Sender, ReplyAction.PauseSender, minutes: 60);

    [Fact]
    public void S17_SesRate_SlowsDownForSeconds() => Assert.Equal(
        new ReplyVerdict(ReplyScope.Throttle, ReplyAction.SlowDown, TimeSpan.FromSeconds(5), ReplyBounce.None, "ses-sending-rate"),
        ServerReplies.Classify("ses", SmtpStage.FinalDot, "454 Throttling failure: Maximum sending rate exceeded."));

    [Fact]
    public void S17_SesDailyQuota_RestsForHalfAnHour() => Expect(
        "ses", SmtpStage.FinalDot, "454 Throttling failure: Daily message quota exceeded.", ReplyScope.Account, ReplyAction.PauseAccount, minutes: 30);

    [Theory]
    [InlineData(SmtpStage.Mail)]
    [InlineData(SmtpStage.Rcpt)]
    [InlineData(SmtpStage.FinalDot)]
    public void S18_TooManyRecipients_IsAThrottle(SmtpStage stage) =>
        Expect(null, stage, "452 4.5.3 Too many recipients", ReplyScope.Throttle, ReplyAction.SlowDown, minutes: 1);

    [Theory]
    [InlineData("452 4.5.3 Daily message limit exceeded", 30)]
    [InlineData("554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", 1)]
    [InlineData("421 4.7.28 Gmail has detected an unusual rate of unsolicited mail", 30)]
    public void S18_OtherLimits_AreThrottles(string reply, int minutes) =>
        Expect(null, SmtpStage.Mail, reply, ReplyScope.Throttle, ReplyAction.SlowDown, minutes);

    [Fact]
    public void S18_SendGridHourlyLimit_WaitsForTheHour() =>
        Expect("sendgrid", SmtpStage.Rcpt, "452 Too many recipients received this hour (throttled)", ReplyScope.Throttle, ReplyAction.SlowDown, minutes: 60);

    [Theory]
    [InlineData(SmtpStage.Data, "550 Refused", ReplyScope.Message, ReplyBounce.None)]
    [InlineData(SmtpStage.FinalDot, "550 Refused", ReplyScope.Message, ReplyBounce.None)]
    [InlineData(SmtpStage.FinalDot, "550 5.7.1 Refused", ReplyScope.Message, ReplyBounce.Blocked)]
    [InlineData(SmtpStage.FinalDot, "554 5.7.1 Message rejected as spam", ReplyScope.Message, ReplyBounce.Blocked)]
    [InlineData(SmtpStage.FinalDot, "550 No such user here", ReplyScope.Recipient, ReplyBounce.Soft)]
    public void S19_RefusedAfterRcpt_FailsAndSuppressesNobody(SmtpStage stage, string reply, ReplyScope scope, ReplyBounce bounce)
    {
        var verdict = ServerReplies.Classify(null, stage, reply);

        Assert.Equal((scope, ReplyAction.Fail, bounce), (verdict.Scope, verdict.Action, verdict.Bounce));
    }

    [Theory]
    [InlineData(SmtpStage.Rcpt)]
    [InlineData(SmtpStage.FinalDot)]
    public void S20_SuppressedByTheProvider_IsSuppressedHere(SmtpStage stage) =>
        Expect(null, stage, "254 4.7.1 Suppression for user", ReplyScope.Recipient, ReplyAction.Suppress);

    [Theory]
    [InlineData(SmtpStage.Rcpt, "253 OK, pending", ReplyScope.Recipient)]
    [InlineData(SmtpStage.Rcpt, "220 what?", ReplyScope.Recipient)]
    [InlineData(SmtpStage.FinalDot, "251 will forward", ReplyScope.Message)]
    [InlineData(SmtpStage.FinalDot, "354 go on", ReplyScope.Message)]
    [InlineData(SmtpStage.FinalDot, "254 something else", ReplyScope.Message)]
    public void S20_OtherPositiveReply_IsNoAcceptance(SmtpStage stage, string reply, ReplyScope scope)
    {
        var verdict = ServerReplies.Classify(null, stage, reply);

        Assert.Equal((scope, ReplyAction.Retry, "unknown-other"), (verdict.Scope, verdict.Action, verdict.RuleId));
    }

    [Theory]
    [InlineData(SmtpStage.FinalDot, "250 2.0.0 queued as 4F2A")]
    [InlineData(SmtpStage.FinalDot, "250")]
    [InlineData(SmtpStage.FinalDot, "250 suppressed, spam, DMARC policy, over quota")]
    [InlineData(SmtpStage.Rcpt, "251 User not local; will forward")]
    [InlineData(SmtpStage.Rcpt, "252 Cannot VRFY user")]
    [InlineData(SmtpStage.Mail, "250 OK")]
    [InlineData(SmtpStage.Data, "354 Go ahead")]
    [InlineData(SmtpStage.Auth, "235 Welcome")]
    [InlineData(SmtpStage.Greeting, "220 Hello")]
    public void S21_Accepted_WhateverTheText(SmtpStage stage, string reply) => Assert.Equal(ReplyAction.Accept, ServerReplies.Classify(null, stage, reply).Action);

    [Theory]
    [InlineData("552 Message size exceeds fixed limit", ReplyScope.Message, ReplyAction.OtherUpstream, ReplyBounce.None)]
    [InlineData("552 Recipient is over quota", ReplyScope.Recipient, ReplyAction.Fail, ReplyBounce.Soft)]
    [InlineData("552 Refused", ReplyScope.Message, ReplyAction.Fail, ReplyBounce.None)]
    [InlineData("552 5.2.2 Refused", ReplyScope.Recipient, ReplyAction.Fail, ReplyBounce.Soft)]
    [InlineData("552 5.3.4 Quota or what", ReplyScope.Message, ReplyAction.OtherUpstream, ReplyBounce.None)]
    [InlineData("452 4.2.2 Over quota", ReplyScope.Recipient, ReplyAction.Retry, ReplyBounce.None)]
    public void S22_SizeOrQuota_IsToldApart(string reply, ReplyScope scope, ReplyAction action, ReplyBounce bounce)
    {
        var verdict = ServerReplies.Classify(null, SmtpStage.FinalDot, reply);

        Assert.Equal((scope, action, bounce), (verdict.Scope, verdict.Action, verdict.Bounce));
    }

    [Fact]
    public void S22_552AtSendGrid_IsTheMessage() =>
        Expect("sendgrid", SmtpStage.FinalDot, "552 exceeded storage allocation", ReplyScope.Message, ReplyAction.OtherUpstream);

    [Theory]
    [InlineData("550 5.7.1 Client host [203.0.113.7] blocked using zen.spamhaus.org", ReplyScope.Connection, ReplyAction.OtherUpstream, ReplyBounce.None)]
    [InlineData("550 5.7.1 Your IP has a poor reputation", ReplyScope.Connection, ReplyAction.OtherUpstream, ReplyBounce.None)]
    [InlineData("550 5.7.1 This message looks like spam", ReplyScope.Message, ReplyAction.Fail, ReplyBounce.Blocked)]
    [InlineData("550 5.7.1 Recipient rejected: you may not write to it", ReplyScope.Recipient, ReplyAction.Fail, ReplyBounce.None)]
    [InlineData("550 5.7.1 No", ReplyScope.Message, ReplyAction.Fail, ReplyBounce.Blocked)]
    [InlineData("550 5.7.1", ReplyScope.Message, ReplyAction.Fail, ReplyBounce.Blocked)]
    public void S23_Policy_IsJudgedByItsWordsAndSuppressesNobody(string reply, ReplyScope scope, ReplyAction action, ReplyBounce bounce)
    {
        foreach (var stage in (SmtpStage[])[SmtpStage.Rcpt, SmtpStage.FinalDot])
        {
            var verdict = ServerReplies.Classify(null, stage, reply);

            Assert.Equal((scope, action, bounce), (verdict.Scope, verdict.Action, verdict.Bounce));
        }
    }

    [Theory]
    [InlineData("550 5.7.26 Unauthenticated email from example.com is not accepted")]
    [InlineData("550 5.7.515 Access denied, sending domain example.com does not meet the required authentication level.")]
    [InlineData("550-5.7.1 Unauthenticated email from example.com is not accepted due to\n550-5.7.1 domain's DMARC\n550 5.7.1 policy. Please contact the administrator")]
    [InlineData("421 4.7.26 This mail has been rate limited because it is unauthenticated.")]
    public void S24_DomainFailsAuthentication_LeavesTheUpstream(string reply) =>
        Expect(null, SmtpStage.FinalDot, reply, ReplyScope.Domain, ReplyAction.PauseDomain, minutes: 60);

    [Theory]
    [InlineData(SmtpStage.Mail, "599 Nope", ReplyScope.Message, ReplyAction.Fail, "unknown-5yz")]
    [InlineData(SmtpStage.Rcpt, "550 Nope", ReplyScope.Recipient, ReplyAction.Fail, "unknown-5yz")]
    [InlineData(SmtpStage.FinalDot, "554 Transaction failed", ReplyScope.Message, ReplyAction.Fail, "unknown-5yz")]
    [InlineData(SmtpStage.Mail, "450 Nope", ReplyScope.Message, ReplyAction.Retry, "unknown-4yz")]
    [InlineData(SmtpStage.Rcpt, "470 Nope", ReplyScope.Recipient, ReplyAction.Retry, "unknown-4yz")]
    [InlineData(SmtpStage.FinalDot, "451 Nope", ReplyScope.Message, ReplyAction.Retry, "unknown-4yz")]
    public void S25_UnknownText_GoesByItsClass(SmtpStage stage, string reply, ReplyScope scope, ReplyAction action, string id) =>
        Assert.Equal(new ReplyVerdict(scope, action, null, ReplyBounce.None, id), ServerReplies.Classify(null, stage, reply));

    [Theory]
    [InlineData("451 5.1.1 user unknown")]
    [InlineData("550 4.1.1 user unknown")]
    public void S25_ClassesThatDiffer_SuppressNobody(string reply) =>
        Assert.NotEqual(ReplyAction.Suppress, ServerReplies.Classify(null, SmtpStage.Rcpt, reply).Action);

    [Theory]
    [InlineData("550 5.1.1 user unknown")]
    [InlineData("553 5.1.2 bad domain")]
    [InlineData("501 5.1.3 bad syntax")]
    [InlineData("550 5.1.10 RecipientNotFound")]
    [InlineData("550 5.2.1 mailbox disabled")]
    public void Classify_AddressThatDoesNotWork_SuppressesButNotAtMail(string reply)
    {
        Expect(null, SmtpStage.Rcpt, reply, ReplyScope.Recipient, ReplyAction.Suppress);
        Assert.NotEqual(ReplyAction.Suppress, ServerReplies.Classify(null, SmtpStage.Mail, reply).Action);
        Assert.Equal(ReplyBounce.Hard, ServerReplies.Classify(null, SmtpStage.FinalDot, reply).Bounce);
    }

    [Theory]
    [InlineData("550 5.2.1 The user you are trying to contact is receiving mail at a rate that", ReplyAction.Fail)]
    [InlineData("450 4.2.1 The user you are trying to contact is receiving mail at a rate that", ReplyAction.Retry)]
    public void Classify_MailboxThatGetsTooMuch_IsNotSuppressed(string reply, ReplyAction action) => Expect(null, SmtpStage.Rcpt, reply, ReplyScope.Recipient, action);

    [Theory]
    [InlineData("450 4.2.0 Greylisted for 300 seconds")]
    [InlineData("451 4.7.1 Greylisting in action, please come back later")]
    [InlineData("450 4.7.1 You have been graylisted")]
    public void S39_Greylisting_IsRetried(string reply) => Expect(null, SmtpStage.Rcpt, reply, ReplyScope.Recipient, ReplyAction.Retry);

    [Theory]
    [InlineData(SmtpStage.Greeting)]
    [InlineData(SmtpStage.Tls)]
    [InlineData(SmtpStage.Hello)]
    [InlineData(SmtpStage.Idle)]
    [InlineData(SmtpStage.Mail)]
    [InlineData(SmtpStage.Rcpt)]
    [InlineData(SmtpStage.Data)]
    [InlineData(SmtpStage.Content)]
    [InlineData(SmtpStage.FinalDot)]
    public void Classify_421_IsTheConnectionAtEachStage(SmtpStage stage) =>
        Expect(null, stage, "421 4.3.2 Service shutting down", ReplyScope.Connection, ReplyAction.OtherUpstream);

    [Theory]
    [InlineData(null, "421 4.7.0 Too many concurrent connections", 30)]
    [InlineData("ses", "421 Too many concurrent SMTP connections", 5)]
    [InlineData("sendgrid", "421 Message from (203.0.113.7) temporarily deferred", 60)]
    [InlineData("sendgrid", "450 too frequent connects from 203.0.113.7, please try again later.", 60)]
    public void Classify_TooManyConnections_SlowsDown(string? provider, string reply, int seconds)
    {
        var verdict = ServerReplies.Classify(provider, SmtpStage.Rcpt, reply);

        Assert.Equal((ReplyScope.Throttle, ReplyAction.SlowDown, TimeSpan.FromSeconds(seconds)), (verdict.Scope, verdict.Action, verdict.Pause));
    }

    [Theory]
    [InlineData("421 Domain d.example is not allowed to send: recipient limit exceeded, try again after Mon, 25 Aug 2025 07:00:31 UTC", 60)]
    [InlineData("421 Domain d.example is not allowed to send: Please activate your Mailgun account.", 360)]
    public void Classify_MailgunDomain_Rests(string reply, int minutes) =>
        Expect("mailgun", SmtpStage.Data, reply, ReplyScope.Domain, ReplyAction.PauseDomain, minutes);

    [Fact]
    public void Classify_MailgunRecipientDomain_GoesElsewhere() =>
        Expect("mailgun", SmtpStage.FinalDot, "554 Recipients' domain disabled", ReplyScope.Recipient, ReplyAction.OtherUpstream);

    [Theory]
    [InlineData(SmtpStage.Connect, "554 No SMTP service here")]
    [InlineData(SmtpStage.Greeting, "521 Host does not accept mail")]
    [InlineData(SmtpStage.Hello, "550 5.7.1 Service refused")]
    [InlineData(SmtpStage.Tls, "454 4.7.0 TLS not available")]
    [InlineData(SmtpStage.Mail, "503 5.5.1 Bad sequence of commands")]
    [InlineData(SmtpStage.Mail, "555 MAIL FROM parameters not recognized")]
    public void Classify_NothingOfTheEntry_GoesElsewhere(SmtpStage stage, string reply) =>
        Expect(null, stage, reply, ReplyScope.Connection, ReplyAction.OtherUpstream);

    private static void Expect(string? provider, SmtpStage stage, string reply, ReplyScope scope, ReplyAction action, int minutes = 0)
    {
        var verdict = ServerReplies.Classify(provider, stage, reply);

        TimeSpan? pause = minutes == 0 ? null : TimeSpan.FromMinutes(minutes);
        Assert.Equal((scope, action, pause), (verdict.Scope, verdict.Action, verdict.Pause));
    }
}
