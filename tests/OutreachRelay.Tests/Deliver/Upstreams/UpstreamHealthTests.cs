using OutreachRelay.Deliver.Upstreams;

namespace OutreachRelay.Tests.Deliver.Upstreams;

public sealed class UpstreamHealthTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Dwell = TimeSpan.FromSeconds(30);
    private readonly UpstreamHealth _health = new(Dwell, Start);

    [Fact]
    public void Failed_TwiceInARow_StaysClosed()
    {
        Assert.False(_health.Failed(Start, "reset", isAccount: false));
        Assert.False(_health.Failed(Start, "reset", isAccount: false));

        Assert.Equal(CircuitState.Closed, _health.State);
        Assert.True(_health.CanTake);
    }

    [Fact]
    public void Failed_ThreeTimesInARow_OpensForTheDwellTime()
    {
        Open();

        Assert.Equal(CircuitState.Open, _health.State);
        Assert.False(_health.CanTake);
        Assert.Equal(Start + Dwell, _health.ProbeAt);
        Assert.Equal("reset", _health.Reason);
    }

    [Fact]
    public void Succeeded_BetweenFailures_StartsTheCountAfresh()
    {
        _health.Failed(Start, "reset", isAccount: false);
        _health.Failed(Start, "reset", isAccount: false);
        _health.Succeeded(Start);
        _health.Failed(Start, "reset", isAccount: false);

        Assert.Equal(CircuitState.Closed, _health.State);
    }

    [Fact]
    public void S13_AccountRefused_OpensAtOnceAndForLong()
    {
        Assert.True(_health.Failed(Start, "535 5.7.8 no", isAccount: true));

        Assert.Equal(Start + TimeSpan.FromMinutes(15), _health.ProbeAt);
    }

    [Fact]
    public void Probed_Well_LetsExactlyOneTrialThrough()
    {
        Open();

        Assert.True(_health.Probed(Start + Dwell, succeeded: true, ""));

        Assert.Equal(CircuitState.HalfOpen, _health.State);
        Assert.True(_health.CanTake);
        Assert.True(_health.Take());
        Assert.False(_health.CanTake);
    }

    [Fact]
    public void Probed_Well_DoesNotCloseByItself()
    {
        Open();
        _health.Probed(Start + Dwell, succeeded: true, "");

        Assert.False(_health.Probed(Start + Dwell + Dwell, succeeded: true, ""));

        Assert.Equal(CircuitState.HalfOpen, _health.State);
    }

    [Fact]
    public void Succeeded_Trial_Closes()
    {
        HalfOpen();

        Assert.True(_health.Succeeded(Start));

        Assert.Equal(CircuitState.Closed, _health.State);
        Assert.False(_health.Take());
    }

    [Fact]
    public void Failed_Trial_OpensForTwiceTheDwellTime()
    {
        HalfOpen();

        Assert.True(_health.Failed(Start, "again", isAccount: false));

        Assert.Equal(Start + 2 * Dwell, _health.ProbeAt);
    }

    [Fact]
    public void TrialReturned_LetsTheNextOneThrough()
    {
        HalfOpen();

        Assert.True(_health.TrialReturned());

        Assert.True(_health.CanTake);
    }

    [Fact]
    public void Probed_BadlyAgainAndAgain_WaitsLongerUpToAQuarterOfAnHour()
    {
        Open();
        var now = Start;
        for (var i = 0; i < 10; i++)
        {
            now = _health.ProbeAt;
            Assert.False(_health.Probed(now, succeeded: false, "still down"));
        }

        Assert.Equal(TimeSpan.FromMinutes(15), _health.ProbeAt - now);
        Assert.Equal("still down", _health.Reason);
    }

    [Fact]
    public void S14_RefusedForNow_OpensForAMinuteAndTwiceAsLongEachTime()
    {
        var waits = new List<double>();
        var now = Start;
        for (var i = 0; i < 6; i++)
        {
            Assert.True(_health.RefusedForNow(now, "454 4.7.0 busy"));
            waits.Add((_health.ProbeAt - now).TotalMinutes);
            now = _health.ProbeAt;
            _health.Probed(now, succeeded: true, "");
            _health.Take();
        }

        Assert.Equal([1, 2, 4, 8, 15, 15], waits);
        Assert.True(_health.Succeeded(now));
        _health.RefusedForNow(now, "454 4.7.0 busy");
        Assert.Equal(now + TimeSpan.FromMinutes(1), _health.ProbeAt);
    }

    [Fact]
    public void S14_RefusedForNow_SideBySideCountsOnce()
    {
        _health.RefusedForNow(Start, "454 4.7.0 busy");

        Assert.False(_health.RefusedForNow(Start, "454 4.7.0 busy"));

        Assert.Equal(Start + TimeSpan.FromMinutes(1), _health.ProbeAt);
    }

    [Fact]
    public void DownSince_OverFailedTrials_IsWhenItFirstOpened()
    {
        HalfOpen();
        _health.Failed(Start + Dwell, "again", isAccount: true);

        Assert.Equal((Start, Start + Dwell, true), (_health.DownSince!.Value, _health.Since, _health.IsAccountRefused));
    }

    [Fact]
    public void DownSince_ClosedAgain_IsNull()
    {
        _health.Failed(Start, "535 5.7.8 no", isAccount: true);
        _health.Probed(Start + Dwell, succeeded: true, "");
        Assert.True(_health.IsAccountRefused);
        _health.Succeeded(Start + Dwell);

        Assert.Null(_health.DownSince);
        Assert.False(_health.IsAccountRefused);
    }

    private void Open()
    {
        for (var i = 0; i < 3; i++)
            _health.Failed(Start, "reset", isAccount: false);
    }

    private void HalfOpen()
    {
        Open();
        _health.Probed(Start + Dwell, succeeded: true, "");
        _health.Take();
    }
}
