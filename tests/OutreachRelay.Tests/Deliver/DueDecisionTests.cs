using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
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
        Assert.Equal(DueAction.Hold, Decide(Entries.Queued() with { Sender = "gone@x.example" }, wasLeased: true));

    [Fact]
    public void S27_InDoubtWithRetry_IsSentAgain() => Assert.Equal(DueAction.Send, Decide(InDoubt(1)));

    [Fact]
    public void S27_InDoubtWithHold_IsHeld()
    {
        var model = _model with { Delivery = _model.Delivery with { InDoubt = InDoubtAction.Hold } };

        Assert.Equal(DueAction.Hold, DueDecision.Decide(InDoubt(1), true, model, Today, Now).Action);
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

    private DueAction Decide(QueueEntry entry, bool wasLeased = false) => DueDecision.Decide(entry, wasLeased, _model, Today, Now).Action;
}
