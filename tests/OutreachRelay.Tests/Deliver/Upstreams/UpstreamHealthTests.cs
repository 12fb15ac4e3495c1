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
        Assert.False(_health.Failed(Start, "reset"));
        Assert.False(_health.Failed(Start, "reset"));

        Assert.Equal(CircuitState.Closed, _health.State);
        Assert.True(_health.CanTake);
    }

    [Fact]
    public void ProbeAt_Closed_IsAnIntervalAfterTheLastSuccess()
    {
        Assert.Equal(Start + Dwell, _health.ProbeAt);

        _health.Succeeded(Start + TimeSpan.FromSeconds(1));

        Assert.Equal(Start + TimeSpan.FromSeconds(1) + Dwell, _health.ProbeAt);
    }

    [Fact]
    public void Probed_ClosedAndInVainThrice_Opens()
    {
        var now = Start;
        for (var probe = 1; probe <= 3; probe++)
        {
            now = _health.ProbeAt;
            Assert.Equal(probe == 3, _health.Probed(now, succeeded: false, "refused"));
        }

        Assert.Equal((CircuitState.Open, "refused"), (_health.State, _health.Reason));
    }

    [Fact]
    public void Probed_ClosedWithSuccess_DoesNotHideThatAttemptsFail()
    {
        _health.Failed(Start, "reset at MAIL");
        _health.Failed(Start, "reset at MAIL");
        _health.Probed(Start + Dwell, succeeded: true, "");

        Assert.True(_health.Failed(Start + Dwell, "reset at MAIL"));
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
        _health.Failed(Start, "reset");
        _health.Failed(Start, "reset");
        _health.Succeeded(Start);
        _health.Failed(Start, "reset");

        Assert.Equal(CircuitState.Closed, _health.State);
    }

    [Fact]
    public void S13_AccountRefused_OpensAtOnceAndForLong()
    {
        Assert.True(_health.Refused(Start, "535 5.7.8 no", TimeSpan.FromMinutes(15)));

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

        Assert.True(_health.Failed(Start, "again"));

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
            Assert.True(_health.Refused(now, "454 4.7.0 busy", TimeSpan.FromMinutes(1)));
            waits.Add((_health.ProbeAt - now).TotalMinutes);
            now = _health.ProbeAt;
            _health.Probed(now, succeeded: true, "");
            _health.Take();
        }

        Assert.Equal([1, 2, 4, 8, 15, 15], waits);
        Assert.True(_health.Succeeded(now));
        _health.Refused(now, "454 4.7.0 busy", TimeSpan.FromMinutes(1));
        Assert.Equal(now + TimeSpan.FromMinutes(1), _health.ProbeAt);
    }

    [Fact]
    public void S14_RefusedForNow_SideBySideCountsOnce()
    {
        _health.Refused(Start, "454 4.7.0 busy", TimeSpan.FromMinutes(1));

        Assert.False(_health.Refused(Start, "454 4.7.0 busy", TimeSpan.FromMinutes(1)));

        Assert.Equal(Start + TimeSpan.FromMinutes(1), _health.ProbeAt);
    }

    [Fact]
    public void DownSince_OverFailedTrials_IsWhenItFirstOpened()
    {
        HalfOpen();
        _health.Refused(Start + Dwell, "again", TimeSpan.FromMinutes(15));

        Assert.Equal((Start, Start + Dwell, true), (_health.DownSince!.Value, _health.Since, _health.IsAccountRefused));
    }

    [Fact]
    public void DownSince_ClosedAgain_IsNull()
    {
        _health.Refused(Start, "535 5.7.8 no", TimeSpan.FromMinutes(15));
        _health.Probed(Start + Dwell, succeeded: true, "");
        Assert.True(_health.IsAccountRefused);
        _health.Succeeded(Start + Dwell);

        Assert.Null(_health.DownSince);
        Assert.False(_health.IsAccountRefused);
    }

    [Fact]
    public void S44_UpEveryOtherTenSeconds_ChangesItsStateSeldom()
    {
        var (changes, state) = (0, _health.State);
        for (var now = Start; now < Start.AddHours(1); now = now.AddSeconds(1))
        {
            var isUp = (now - Start).TotalSeconds % 20 < 10;
            if (_health.ProbeAt <= now)
                _health.Probed(now, isUp, "down");
            else if (_health.CanTake)
                Observe(now, isUp);
            changes += state == _health.State ? 0 : 1;
            state = _health.State;
        }

        Assert.InRange(changes, 3, 30);
    }

    [Fact]
    public void S44_FailsAgainSoonAfterItsReturn_RestsTwiceAsLongAndOnlyThen()
    {
        HalfOpen();
        var back = Start + Dwell;
        _health.Succeeded(back);
        for (var i = 0; i < 3; i++)
            _health.Failed(back.AddMinutes(1), "reset");
        Assert.Equal(back.AddMinutes(1) + (2 * Dwell), _health.ProbeAt);

        back = _health.ProbeAt;
        _health.Probed(back, succeeded: true, "");
        _health.Take();
        _health.Succeeded(back);
        for (var i = 0; i < 3; i++)
            _health.Failed(back.AddMinutes(15), "reset");

        Assert.Equal(back.AddMinutes(15) + Dwell, _health.ProbeAt);
    }

    private void Observe(DateTimeOffset now, bool isUp)
    {
        _health.Take();
        if (isUp)
            _health.Succeeded(now);
        else
            _health.Failed(now, "reset");
    }

    private void Open()
    {
        for (var i = 0; i < 3; i++)
            _health.Failed(Start, "reset");
    }

    private void HalfOpen()
    {
        Open();
        _health.Probed(Start + Dwell, succeeded: true, "");
        _health.Take();
    }

    [Fact]
    public void Paused_ComesBackByProbeAndTrialAfterAnHour()
    {
        Assert.True(_health.Paused(Start, "8 of 40 were blocked"));
        Assert.Equal((CircuitState.Open, true, "8 of 40 were blocked"), (_health.State, _health.IsPaused, _health.Reason));
        Assert.Equal(Start.AddHours(1), _health.ProbeAt);
        Assert.False(_health.Succeeded(Start.AddMinutes(1))); // an attempt that was under way

        Assert.True(_health.Probed(Start.AddHours(1), succeeded: true, ""));
        _health.Take();
        Assert.False(_health.CanTake);
        Assert.True(_health.Succeeded(Start.AddHours(1)));

        Assert.Equal((CircuitState.Closed, false), (_health.State, _health.IsPaused));
    }

    [Fact]
    public void Paused_AgainWithinADay_LastsTwiceAsLongEachTimeUpToADay()
    {
        var now = Start;
        foreach (var hours in (int[])[1, 2, 4, 8, 16, 24, 24])
        {
            _health.Paused(now, "blocked");
            Assert.Equal(now.AddHours(hours), _health.ProbeAt);
            now = _health.ProbeAt;
            _health.Probed(now, succeeded: true, "");
            _health.Succeeded(now);
        }

        _health.Paused(now.AddHours(25), "blocked");
        Assert.Equal(now.AddHours(26), _health.ProbeAt);
    }

    [Fact]
    public void Resumed_WhateverOpenedIt_IsTriedByTheNextMail()
    {
        Assert.False(_health.Resumed(Start));
        _health.Paused(Start, "blocked");

        Assert.True(_health.Resumed(Start));

        Assert.Equal((CircuitState.HalfOpen, false, true), (_health.State, _health.IsPaused, _health.CanTake));
    }
}
