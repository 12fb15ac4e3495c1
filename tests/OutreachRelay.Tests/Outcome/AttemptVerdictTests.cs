using OutreachRelay.Outcome;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Outcome;

public sealed class AttemptVerdictTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Decide_Accepted_IsRelayedAndKeepsItsUnit()
    {
        var verdict = Decide(new SmtpResult { Stage = SmtpStage.FinalDot, Reply = new SmtpReply(250, "OK") });

        Assert.Equal((EntryState.Relayed, false), (verdict.State, verdict.GivesBack));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 5)]
    [InlineData(2, 15)]
    public void S26_TransientReply_WaitsForTheNextStep(int attempts, int minutes)
    {
        var verdict = Decide(Refused(SmtpStage.Rcpt, 451), attempts);

        Assert.Equal((EntryState.Queued, Now.AddMinutes(minutes), true), (verdict.State, verdict.Due, verdict.UsedStep));
    }

    [Fact]
    public void S26_ScheduleUsedUp_GoesToTheDeadLetterQueue()
    {
        Assert.Equal(EntryState.Dead, Decide(Refused(SmtpStage.Data, 452), attempts: 3).State);
    }

    [Theory]
    [InlineData(SmtpStage.Mail, 554)]
    [InlineData(SmtpStage.Rcpt, 550)]
    [InlineData(SmtpStage.Data, 554)]
    [InlineData(SmtpStage.FinalDot, 552)]
    public void Decide_PermanentReply_FailsAndGivesTheUnitBack(SmtpStage stage, int code)
    {
        var verdict = Decide(Refused(stage, code));

        Assert.Equal((EntryState.Failed, true), (verdict.State, verdict.GivesBack));
    }

    [Theory]
    [InlineData(SmtpStage.Connect, SmtpFailureKind.Unreachable)]
    [InlineData(SmtpStage.Connect, SmtpFailureKind.Timeout)]
    [InlineData(SmtpStage.Tls, SmtpFailureKind.Tls)]
    [InlineData(SmtpStage.Greeting, SmtpFailureKind.ConnectionLost)]
    [InlineData(SmtpStage.Data, SmtpFailureKind.ConnectionLost)]
    [InlineData(SmtpStage.Content, SmtpFailureKind.ConnectionLost)]
    [InlineData(SmtpStage.Rcpt, SmtpFailureKind.Protocol)]
    public void S1_S9_FailureOfTheConnectionBeforeTheFinalDot_GoesElsewhereUncounted(SmtpStage stage, SmtpFailureKind failure)
    {
        var verdict = Decide(new SmtpResult { Stage = stage, Failure = failure });

        Assert.Equal((ReplyScope.Connection, true, false), (verdict.Meaning.Scope, verdict.GoesElsewhere, verdict.UsedStep));
    }

    [Theory]
    [InlineData(SmtpStage.Greeting, 554)]
    [InlineData(SmtpStage.Hello, 502)]
    [InlineData(SmtpStage.Mail, 421)]
    [InlineData(SmtpStage.FinalDot, 421)]
    public void S6_S7_S8_RefusalThatSpeaksOfTheService_GoesElsewhereUncounted(SmtpStage stage, int code)
    {
        Assert.Equal(ReplyScope.Connection, Decide(Refused(stage, code)).Meaning.Scope);
    }

    [Fact]
    public void S13_RefusedLogin_IsTheAccounts()
    {
        Assert.Equal(ReplyScope.Account, Decide(Refused(SmtpStage.Auth, 535)).Meaning.Scope);
    }

    [Fact]
    public void S5_NoMechanismThatWeKnow_IsTheAccountsAndNotForTheMomentOnly()
    {
        var meaning = Decide(new SmtpResult { Stage = SmtpStage.Auth, Failure = SmtpFailureKind.NoMechanism }).Meaning;

        Assert.Equal((ReplyScope.Account, ReplyAction.PauseAccount, TimeSpan.FromMinutes(15)), (meaning.Scope, meaning.Action, meaning.Rest));
    }

    [Fact]
    public void S13_ConnectionLostDuringLogin_IsTheConnections()
    {
        Assert.Equal(ReplyScope.Connection, Decide(new SmtpResult { Stage = SmtpStage.Auth, Failure = SmtpFailureKind.ConnectionLost }).Meaning.Scope);
    }

    [Fact]
    public void S27_LostAfterTheFinalDot_IsInDoubtAndWaits()
    {
        var verdict = Decide(new SmtpResult { Stage = SmtpStage.FinalDot, Failure = SmtpFailureKind.ConnectionLost, InDoubt = true });

        Assert.Equal((EntryState.InDoubt, Now.AddMinutes(15)), (verdict.State, verdict.Due));
    }

    [Theory]
    [InlineData(SmtpFailureKind.TooLarge)]
    [InlineData(SmtpFailureKind.MissingExtension)]
    [InlineData(SmtpFailureKind.RefusedLocally)]
    public void S12_WhatTheUpstreamCannotCarry_Fails(SmtpFailureKind failure)
    {
        Assert.Equal(EntryState.Failed, Decide(new SmtpResult { Stage = SmtpStage.Mail, Failure = failure }).State);
    }

    [Theory]
    [InlineData(SmtpFailureKind.TooLarge)]
    [InlineData(SmtpFailureKind.MissingExtension)]
    public void W31_S12_WhatAnotherUpstreamMayCarry_GoesThereUncounted(SmtpFailureKind failure)
    {
        var verdict = DecideUnfit(failure, maybeSent: false);

        Assert.Equal(
            (ReplyAction.CannotCarry, EntryState.Queued, true, false, false),
            (verdict.Meaning.Action, verdict.State, verdict.GoesElsewhere, verdict.UsedStep, verdict.GivesBack));
    }

    [Fact]
    public void W31_WhatMayHaveBeenSent_IsNotSeenByAnotherUpstream()
    {
        var verdict = DecideUnfit(SmtpFailureKind.MissingExtension, maybeSent: true);

        Assert.Equal((EntryState.Failed, false), (verdict.State, verdict.GivesBack));
    }

    [Fact]
    public void Decide_AddressThatMayNotBeSent_FailsEvenWithAnAlternative()
    {
        Assert.Equal(EntryState.Failed, DecideUnfit(SmtpFailureKind.RefusedLocally, maybeSent: false).State);
    }

    [Fact]
    public void S47_UpstreamThatMayNotBeConnectedTo_IsTheConnections()
    {
        Assert.Equal(ReplyScope.Connection, Decide(new SmtpResult { Stage = SmtpStage.Connect, Failure = SmtpFailureKind.RefusedLocally }).Meaning.Scope);
    }

    [Theory]
    [InlineData(SmtpStage.Mail, SmtpFailureKind.MissingExtension, UpstreamSign.None)]
    [InlineData(SmtpStage.Mail, SmtpFailureKind.RefusedLocally, UpstreamSign.None)]
    [InlineData(SmtpStage.Content, SmtpFailureKind.Content, UpstreamSign.None)]
    [InlineData(SmtpStage.Connect, SmtpFailureKind.RefusedLocally, UpstreamSign.Fails)]
    [InlineData(SmtpStage.Data, SmtpFailureKind.ConnectionLost, UpstreamSign.Fails)]
    public void SignOf_WhatWasDecidedHere_ShowsNothing(SmtpStage stage, SmtpFailureKind failure, UpstreamSign expected)
    {
        var result = new SmtpResult { Stage = stage, Failure = failure };

        Assert.Equal(expected, AttemptMeaning.SignOf(result, AttemptMeaning.Of(result, Models.ShippedReplies, null)));
    }

    [Fact]
    public void Decide_UnreadableContent_IsTransient()
    {
        Assert.Equal(EntryState.Queued, Decide(new SmtpResult { Stage = SmtpStage.Content, Failure = SmtpFailureKind.Content }).State);
    }

    [Theory]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(false, false, false)]
    public void S36_WasStale_OnlyWhenAPooledSessionDiedUnasked(bool hasCarried, bool answered, bool expected)
    {
        var result = new SmtpResult { Stage = SmtpStage.Mail, Failure = SmtpFailureKind.ConnectionLost, Answered = answered };

        Assert.Equal(expected, AttemptVerdict.WasStale(result, hasCarried));
    }

    [Theory]
    [InlineData(421)]
    [InlineData(451)]
    [InlineData(454)]
    public void S14_TransientRefusalOfTheLogin_IsTheAccountsForNowAndUncounted(int code)
    {
        var refused = Refused(SmtpStage.Auth, code) with { Answered = false };

        var verdict = Decide(refused, new AttemptContext(0, MaybeSent: false, IsLastResort: true));

        Assert.Equal(
            (ReplyScope.Account, TimeSpan.FromMinutes(1), true, false),
            (verdict.Meaning.Scope, verdict.Meaning.Rest, verdict.GoesElsewhere, verdict.UsedStep));
    }

    [Fact]
    public void S14_CreditsUsedUp_IsTheAccountsAsAPermanentRefusal()
    {
        var refused = Refused(SmtpStage.Auth, 451) with { Reply = new SmtpReply(451, "Authentication failed: Maximum credits exceeded") };

        Assert.Equal((ReplyScope.Account, TimeSpan.FromMinutes(15)), (Decide(refused).Meaning.Scope, Decide(refused).Meaning.Rest));
    }

    [Theory]
    [InlineData(SmtpStage.Mail)]
    [InlineData(SmtpStage.Rcpt)]
    public void Decide_AuthenticationRequired_IsTheAccountsAndNoFailureOfTheMessage(SmtpStage stage)
    {
        var verdict = Decide(Refused(stage, 530));

        Assert.Equal((ReplyScope.Account, true), (verdict.Meaning.Scope, verdict.GoesElsewhere));
    }

    [Fact]
    public void Decide_HangUpOnTheMessageWithNobodyElseToAsk_UsesAStep()
    {
        var result = new SmtpResult { Stage = SmtpStage.Content, Failure = SmtpFailureKind.ConnectionLost, Answered = true };

        var verdict = Decide(result, new AttemptContext(0, MaybeSent: false, IsLastResort: true));

        Assert.Equal((EntryState.Queued, Now.AddMinutes(1), true, false), (verdict.State, verdict.Due, verdict.UsedStep, verdict.GoesElsewhere));
    }

    [Theory]
    [InlineData(SmtpStage.Mail, 421)]
    [InlineData(SmtpStage.Rcpt, 450)]
    [InlineData(SmtpStage.FinalDot, 452)]
    public void S27_EntryThatMayHaveBeenSent_StaysInDoubtUntilADefiniteWord(SmtpStage stage, int code)
    {
        var verdict = Decide(Refused(stage, code), new AttemptContext(1, MaybeSent: true, IsLastResort: false));

        Assert.Equal((EntryState.InDoubt, false), (verdict.State, verdict.GoesElsewhere));
    }

    [Fact]
    public void L8_RefusedAfterADoubt_KeepsTheUnit()
    {
        var verdict = Decide(Refused(SmtpStage.FinalDot, 550), new AttemptContext(1, MaybeSent: true, IsLastResort: false));

        Assert.Equal((EntryState.Failed, false), (verdict.State, verdict.GivesBack));
    }

    [Theory]
    [InlineData(SmtpStage.Idle, 500, true)]
    [InlineData(SmtpStage.Mail, 421, true)]
    [InlineData(SmtpStage.Mail, 550, false)]
    public void S36_S38_WasStale_WhenThePooledSessionRefusedToGoOn(SmtpStage stage, int code, bool expected)
    {
        Assert.Equal(expected, AttemptVerdict.WasStale(Refused(stage, code) with { Answered = false }, hadCarried: true));
    }

    private static AttemptVerdict DecideUnfit(SmtpFailureKind failure, bool maybeSent) => Decide(
        new SmtpResult { Stage = SmtpStage.Mail, Failure = failure }, new AttemptContext(0, maybeSent, IsLastResort: false) { MayFitElsewhere = true });

    private static AttemptVerdict Decide(SmtpResult result, int attempts = 0) =>
        Decide(result, new AttemptContext(attempts, MaybeSent: false, IsLastResort: false));

    private static AttemptVerdict Decide(SmtpResult result, AttemptContext context) =>
        AttemptVerdict.Decide(AttemptMeaning.Of(result, Models.ShippedReplies, null), context, Models.Delivery(), Now);

    private static SmtpResult Refused(SmtpStage stage, int code) =>
        new() { Stage = stage, Failure = SmtpFailureKind.Refused, Reply = new SmtpReply(code, "no"), Answered = true };
}
