using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Policy.Rotate;

public sealed class PoolViewTests
{
    private readonly FakeTime _time = new();

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Look_UnitsOfToday_TellWhetherThereIsRoom(int taken, bool hasFree) => Assert.Equal(hasFree, Look(Models.Pool(Models.Sender("a@x.example", 2)), taken).HasFree);

    [Fact]
    public void Look_DomainLimitReached_HasNoRoom() =>
        Assert.False(Look(Models.Pool(Models.Sender("a@x.example")) with { DomainDailyLimit = 1 }, 1).HasFree);

    [Fact]
    public void Look_SendersThatAreSwitchedOff_DoNotCount() => Assert.Equal(
        new PoolStanding("pool", 1, 0, true), Look(Models.Pool(Models.Sender("a@x.example"), Models.Sender("b@x.example", 0), Models.Sender("c@x.example", weight: 0)), 0));

    private PoolStanding Look(PoolModel pool, int taken)
    {
        var model = Models.Relay(Models.Client(Models.Direction(pool, Models.Upstream("up"))));
        var parts = new RotationParts(_time, new FakeStore());
        var today = DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime);
        parts.Ledger.Publish([new(BudgetKeys.Sender("a@x.example", today), taken), new(BudgetKeys.Domain("x.example", today), taken)]);
        return Assert.Single(new PoolView(parts.Ledger, parts.Rotation, _time).Look(model));
    }
}
