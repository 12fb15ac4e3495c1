using OutreachRelay.Observe;

namespace OutreachRelay.Tests.Observe;

public sealed class ToldAlertsTests
{
    private static readonly TimeSpan Repeat = TimeSpan.FromHours(1);
    private readonly FakeTime _time = new();
    private readonly ToldAlerts _told;

    public ToldAlertsTests() => _told = new ToldAlerts(_time);

    [Fact]
    public void FindOwed_EverNewAlertsThatNobodyTakes_KeepsABoundedNumberInMind()
    {
        var offered = new HashSet<string>();
        for (var i = 0; i < 5 * AlertBook.Capacity; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(5));
            var (alert, isActive) = _told.FindOwed([Alert($"u{i}")], Repeat)!.Value;
            if (isActive)
                offered.Add(alert.Subject);
            _told.Note(alert, isActive, delivered: false);
        }

        Assert.InRange(offered.Count, AlertBook.Capacity, 2 * AlertBook.Capacity);
    }

    [Fact]
    public void FindOwed_RaisedFailedAndCleared_OwesTheEnd()
    {
        var alert = Alert("ses");
        _told.Note(alert, isActive: true, delivered: false);

        Assert.Equal((alert, false), _told.FindOwed([], Repeat));
        _told.Note(alert, isActive: false, delivered: true);
        Assert.Null(_told.FindOwed([], Repeat));
    }

    [Fact]
    public void FindOwed_ClearedAndRaisedBetweenTwoLooks_OwesTheNewOne()
    {
        _told.Note(Alert("ses"), isActive: true, delivered: true);
        _time.Advance(TimeSpan.FromMinutes(1));
        var again = Alert("ses");

        Assert.Equal((again, true), _told.FindOwed([again], Repeat));
    }

    [Fact]
    public void FindOwed_EndFailedAndRaisedAgain_OwesItAgain()
    {
        var alert = Alert("ses");
        _told.Note(alert, isActive: true, delivered: true);
        _told.Note(alert, isActive: false, delivered: false);

        Assert.Equal((alert, true), _told.FindOwed([alert], Repeat));
    }

    [Fact]
    public void NextRepeat_SomeTold_IsThatOfTheOldest()
    {
        Assert.Equal(Timeout.InfiniteTimeSpan, _told.NextRepeat(Repeat));
        _told.Note(Alert("a"), isActive: true, delivered: true);
        _time.Advance(TimeSpan.FromMinutes(10));
        _told.Note(Alert("b"), isActive: true, delivered: true);
        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(TimeSpan.FromMinutes(40), _told.NextRepeat(Repeat));
        Assert.Equal(TimeSpan.Zero, _told.NextRepeat(TimeSpan.FromMinutes(5)));
    }

    private Alert Alert(string subject) => new(AlertName.UpstreamDown, subject, "down", _time.GetUtcNow());
}
