using OutreachRelay.Outcome;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Outcome;

public sealed class SenderOutcomesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(ReplyBounce.Hard, SenderOutcome.HardBounce)]
    [InlineData(ReplyBounce.Blocked, SenderOutcome.Blocked)]
    [InlineData(ReplyBounce.Soft, SenderOutcome.Failed)]
    [InlineData(ReplyBounce.None, SenderOutcome.Failed)]
    public void Of_Failed_IsWhatTheRuleSaysOfTheBounce(ReplyBounce bounce, SenderOutcome expected) => Assert.Equal(expected, SenderOutcomes.Of(
        new AttemptVerdict(new ReplyVerdict(ReplyScope.Recipient, ReplyAction.Fail, null, bounce, "rule"), EntryState.Failed, null, UsedStep: true, GivesBack: true)));

    [Theory]
    [InlineData(SmtpStage.Rcpt, 550, "5.1.1", SenderOutcome.HardBounce)]
    [InlineData(SmtpStage.FinalDot, 554, "5.7.1", SenderOutcome.Blocked)]
    [InlineData(SmtpStage.Rcpt, 550, "", SenderOutcome.Failed)]
    [InlineData(SmtpStage.FinalDot, 550, "5.7.26", null)]
    public void S25_Of_PermanentReply_CountsAsItsRuleSays(SmtpStage stage, int code, string enhanced, SenderOutcome? expected) =>
        Assert.Equal(expected, Of(Refused(stage, code, enhanced)));

    [Fact]
    public void Of_Accepted_IsRelayed() =>
        Assert.Equal(SenderOutcome.Relayed, Of(new SmtpResult { Stage = SmtpStage.FinalDot, Reply = new SmtpReply(250, "OK") }));

    [Fact]
    public void Of_NotSendableAnywhere_IsNotTheSendersFault() =>
        Assert.Equal(SenderOutcome.Failed, Of(new SmtpResult { Stage = SmtpStage.Mail, Failure = SmtpFailureKind.TooLarge }));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Of_DeferredOrDeadLetter_IsNone(int attempts) => Assert.Null(Of(Refused(SmtpStage.Rcpt, 450, "4.2.1"), attempts));

    [Fact]
    public void Of_InDoubt_IsNoneUntilItEnds() =>
        Assert.Null(Of(new SmtpResult { Stage = SmtpStage.FinalDot, Failure = SmtpFailureKind.ConnectionLost, InDoubt = true }));

    [Fact]
    public void Of_FailureOfTheAccount_IsNone() => Assert.Null(Of(Refused(SmtpStage.Auth, 535, "5.7.8")));

    [Theory]
    [InlineData(SenderOutcome.Relayed, false)]
    [InlineData(SenderOutcome.Failed, false)]
    [InlineData(SenderOutcome.HardBounce, true)]
    [InlineData(SenderOutcome.Blocked, true)]
    public void Counters_Outcome_CountsForSenderDomainAndDirectionEachOnItsDate(SenderOutcome outcome, bool isBad)
    {
        var (local, utc) = (new DateOnly(2026, 3, 3), new DateOnly(2026, 3, 2));

        var model = Models.Relay(Models.Sender("a@x.example", zone: "Pacific/Kiritimati"));
        var rotation = new RotationParts(new FakeTime(Now.AddHours(3)), new FakeStore()).Rotation;
        var counters = SenderOutcomes.Counters(SenderOutcomes.CountsOf(outcome), Entries.Queued(), model, rotation, Now.AddHours(3), isBlocked: false);

        (string Name, DateOnly Date)[] subjects = [("a@x.example", local), ("x.example", utc), ("acme/cold", utc)];
        Assert.Equal(subjects, Of(CounterScope.Outcomes, counters));
        Assert.Equal(isBad ? subjects : [], Of(CounterScope.BadOutcomes, counters));
    }

    [Fact]
    public void Counters_SenderThatIsGone_AreNone()
    {
        var rotation = new RotationParts(new FakeTime(Now), new FakeStore()).Rotation;

        Assert.Empty(SenderOutcomes.Counters(OutcomeCounts.Ended, Entries.Queued(), Models.Relay(Models.Sender("ben@x.example")), rotation, Now, isBlocked: false));
    }

    private static IEnumerable<(string Name, DateOnly Date)> Of(CounterScope scope, IEnumerable<CounterKey> counters) =>
        counters.Where(counter => counter.Scope == scope).Select(counter => (counter.Name, counter.Date));

    private static SenderOutcome? Of(SmtpResult result, int attempts = 0) =>
        SenderOutcomes.Of(AttemptVerdict.Decide(AttemptMeaning.Of(result, Models.ShippedReplies, null), new AttemptContext(attempts, MaybeSent: false, IsLastResort: false), Models.Delivery(), Now));

    private static SmtpResult Refused(SmtpStage stage, int code, string enhanced)
    {
        var parsed = EnhancedStatusCode.TryParse(System.Text.Encoding.ASCII.GetBytes(enhanced), out var status, out _) ? status : default;
        return new SmtpResult { Stage = stage, Failure = SmtpFailureKind.Refused, Reply = new SmtpReply(code, parsed, "no"), Answered = true };
    }
}
