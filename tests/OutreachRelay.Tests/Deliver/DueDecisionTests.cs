using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Deliver;

public sealed class DueDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = new(2026, 3, 2);
    private readonly RelayModel _model = Models.Relay(Models.Sender("a@x.example"));

    [Fact]
    public void Decide_QueuedWithItsSender_IsSent() => Assert.Equal(DueAction.Send, Decide(Entries.Queued()));

    [Fact]
    public void S45_PastItsExpiry_IsLeftToTheSweep() => Assert.Equal(DueAction.Leave, Decide(Entries.Queued() with { ExpiresAt = Now }));

    [Fact]
    public void Decide_DirectionNotConfigured_Waits() => Assert.Equal(DueAction.Leave, Decide(Entries.Queued() with { Direction = "gone" }));

    [Fact]
    public void L9_SenderRemovedBeforeAnyAttempt_IsReassigned() =>
        Assert.Equal(DueAction.Reassign, Decide(Entries.Queued() with { Sender = "gone@x.example" }));

    [Fact]
    public void L9_SenderRemovedAfterAnAttempt_IsHeld() =>
        Assert.Equal(DueAction.Hold, Decide(Entries.Queued() with { Sender = "gone@x.example", Rank = EntryRank.Tried }));

    [Fact]
    public void S27_InDoubtWithRetry_IsSentAgain() => Assert.Equal(DueAction.Send, Decide(InDoubt(1)));

    [Fact]
    public void S27_InDoubtWithHold_IsHeld()
    {
        var model = _model with { Delivery = _model.Delivery with { InDoubt = InDoubtAction.Hold } };

        Assert.Equal(DueAction.Hold, DueDecision.Decide(InDoubt(1), model, Standing, Now).Action);
    }

    [Fact]
    public void S27_InDoubtAgainAndAgain_EndsInTheDeadLetterQueue() => Assert.Equal(DueAction.Bury, Decide(InDoubt(4)));

    [Fact]
    public void S27_InDoubtAndItsUpstreamGone_IsHeld() => Assert.Equal(DueAction.Hold, Decide(InDoubt(1) with { Upstream = "gone" }));

    [Fact]
    public void S27_ReleasedAfterADoubt_GoesBackToItsUpstream() =>
        Assert.Equal(DueAction.Send, Decide(InDoubt(1) with { State = EntryState.Queued }));

    [Theory]
    [InlineData("2026-03-01")]
    [InlineData("2026-03-03")]
    public void L8_UnitOfAnotherDay_IsExchangedBeforeTheAttempt(string date) =>
        Assert.Equal(DueAction.Redate, Decide(Entries.Queued() with { UnitDate = DateOnly.Parse(date) }));

    private static QueueEntry InDoubt(int attempts) =>
        Entries.Queued() with { State = EntryState.InDoubt, MaybeSent = true, Attempts = attempts, Upstream = "a", UnitDate = new DateOnly(2026, 3, 1) };

    [Fact]
    public void Decide_NoSenderYet_GetsOne() => Assert.Equal(DueAction.Reassign, Decide(Entries.Queued() with { Sender = null, UnitDate = null }));

    [Theory]
    [InlineData(EntryRank.First, 0, DueAction.Reassign)]
    [InlineData(EntryRank.FollowUp, 23, DueAction.Leave)]
    [InlineData(EntryRank.FollowUp, 24, DueAction.Reassign)]
    [InlineData(EntryRank.Tried, 48, DueAction.Send)]
    public void L29_SenderPaused_MovesFirstMailsAtOnceFollowUpsLaterAndWhatWasTriedNever(EntryRank rank, int hours, DueAction expected) =>
        Assert.Equal(expected, DueDecision.Decide(Entries.Queued() with { Rank = rank }, _model, new SenderStanding(Today, Now.AddHours(-hours), "3 of 20"), Now).Action);

    [Theory]
    [InlineData(EntryRank.First, DueAction.Leave)]
    [InlineData(EntryRank.Tried, DueAction.Send)]
    public void R16_AuthorPausedWhoseMailKeepsIt_WaitsForIt(EntryRank rank, DueAction expected) => Assert.Equal(
        expected,
        DueDecision.Decide(Entries.Queued() with { Rank = rank, KeepsAuthor = true }, _model, new SenderStanding(Today, Now.AddDays(-9), "3 of 20"), Now).Action);

    [Fact]
    public void R16_AuthorRemovedWhoseMailKeepsIt_IsHeld() =>
        Assert.Equal(DueAction.Hold, Decide(Entries.Queued() with { Sender = "gone@x.example", KeepsAuthor = true }));

    [Fact]
    public void L9_SenderMovedToAnotherClient_ItsUntriedMailIsReassigned()
    {
        var other = Models.Sender("b@x.example") with { Pool = "other" };
        var clients = Models.Relay(
            Models.Client(Models.Direction(Models.Pool(Models.Sender("a@x.example")), Models.Upstream("a"))),
            Models.Client(Models.Direction(new PoolModel { Name = "other", Senders = [other], DomainDailyLimit = null, Sticky = Stickiness.Off }, Models.Upstream("a"))) with { Name = "beta" });

        Assert.Equal(DueAction.Reassign, DueDecision.Decide(Entries.Queued() with { Sender = "b@x.example" }, clients, Standing, Now).Action);
    }

    private static SenderStanding Standing => new(Today, null, "");

    private DueAction Decide(QueueEntry entry) =>
        DueDecision.Decide(entry, _model, entry.Sender == "a@x.example" ? Standing : null, Now).Action;
}
