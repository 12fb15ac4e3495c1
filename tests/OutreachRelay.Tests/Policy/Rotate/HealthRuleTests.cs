using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Policy.Rotate;

public sealed class HealthRuleTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = new(2026, 3, 2);
    private static readonly HealthModel Health = new();

    private static readonly SenderCondition Paused = SenderCondition.Healthy with
    {
        Status = SenderStatus.Paused,
        Since = Now.AddDays(-1),
        Until = Now,
        Pauses = 1,
        Reason = "3 of 20",
        LastPause = Now.AddDays(-1),
    };

    [Theory]
    [InlineData(2, 1, SenderStatus.Healthy)]
    [InlineData(19, 19, SenderStatus.Healthy)]
    [InlineData(20, 2, SenderStatus.Degraded)]
    [InlineData(20, 3, SenderStatus.Paused)]
    [InlineData(30, 3, SenderStatus.Degraded)]
    [InlineData(20, 1, SenderStatus.Healthy)]
    [InlineData(99, 9, SenderStatus.Degraded)]
    [InlineData(100, 8, SenderStatus.Degraded)]
    [InlineData(100, 9, SenderStatus.Paused)]
    [InlineData(210, 15, SenderStatus.Degraded)]
    [InlineData(210, 16, SenderStatus.Paused)]
    public void L25_Next_OutcomesOfOneDay_PausesAboveTheRateOnly(int outcomes, int bad, SenderStatus expected) =>
        Assert.Equal(expected, Next(SenderCondition.Healthy, new HealthSamples(outcomes, bad, 0)).Status);

    // What a sender to whom nothing bad was ever counted is not judged for.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(1_000_000)]
    public void Next_HealthyWithNothingBad_StaysWhatItIsUnderTheStrictestModel(int outcomes)
    {
        var strictest = new HealthModel { PauseBounceRate = 0, PauseMinSamples = 1, PauseComplaints = 1 };

        Assert.Same(SenderCondition.Healthy, Next(SenderCondition.Healthy, new HealthSamples(outcomes, 0, 0), strictest));
    }

    [Fact]
    public void L25_Next_LowLimit_NeedsThreeBadOnes()
    {
        var strict = Health with { PauseBounceRate = 0.01, PauseMinSamples = 1 };

        Assert.NotEqual(SenderStatus.Paused, Next(SenderCondition.Healthy, new HealthSamples(2, 2, 0), strict).Status);
        Assert.Equal(SenderStatus.Paused, Next(SenderCondition.Healthy, new HealthSamples(3, 3, 0), strict).Status);
    }

    [Fact]
    public void Next_Paused_SaysWhyAndUntilWhen()
    {
        var paused = Next(SenderCondition.Healthy, new HealthSamples(20, 3, 0));

        Assert.Equal("3 of 20 bounced or were blocked in 7 days, limit 10 %", paused.Reason);
        Assert.Equal((Now, Now.AddDays(1), 1, Now), (paused.Since, paused.Until, paused.Pauses, paused.LastPause));
    }

    [Theory]
    [InlineData(1, SenderStatus.Healthy)]
    [InlineData(2, SenderStatus.Paused)]
    public void Next_Complaints_NeedNoShare(int complaints, SenderStatus expected) =>
        Assert.Equal(expected, Next(SenderCondition.Healthy, new HealthSamples(0, 0, complaints)).Status);

    [Fact]
    public void Next_SamplesOfSevenDays_CountTogetherAndOlderOnesDoNot()
    {
        var days = new HealthSamples[HealthSamples.Days];
        days[0] = new(10, 1, 0);
        days[6] = new(10, 2, 1);

        Assert.Equal(SenderStatus.Paused, HealthRule.Next(SenderCondition.Healthy, days, Today, Health, Now).Status);
        Assert.Equal(SenderStatus.Healthy, HealthRule.Next(SenderCondition.Healthy, days.AsSpan(0, 6), Today, Health, Now).Status);
    }

    [Fact]
    public void Next_ManyOutcomesOfLateDays_HideOlderBadOnesButNotComplaints()
    {
        HealthSamples[] days = [new(150, 0, 0), new(150, 3, 1), new(150, 150, 1)];

        var samples = HealthSamples.Sum(days, Today, null, enough: 20);

        Assert.Equal(new HealthSamples(300, 3, 2), samples);
        Assert.Equal(new HealthSamples(450, 153, 2), HealthSamples.Sum(days, Today, null, enough: 400));
    }

    [Theory]
    [InlineData(40, 2, SenderStatus.Degraded)]
    [InlineData(40, 1, SenderStatus.Degraded)]
    [InlineData(41, 1, SenderStatus.Healthy)]
    [InlineData(0, 0, SenderStatus.Healthy)]
    public void Next_Degraded_IsWholeBelowAQuarterOfTheLimit(int outcomes, int bad, SenderStatus expected)
    {
        var degraded = Next(SenderCondition.Healthy, new HealthSamples(20, 2, 0));

        Assert.Equal(expected, Next(degraded, new HealthSamples(outcomes, bad, 0)).Status);
    }

    [Fact]
    public void Next_NoBadOneAllowed_StillHeals()
    {
        var strict = Health with { PauseBounceRate = 0 };
        var degraded = Next(SenderCondition.Healthy, new HealthSamples(20, 1, 0), strict);

        Assert.Equal(SenderStatus.Degraded, degraded.Status);
        Assert.Equal(SenderStatus.Healthy, Next(degraded, new HealthSamples(20, 0, 0), strict).Status);
    }

    [Fact]
    public void L26_Next_DwellOver_BeginsATrialOnWhatIsNewOnly()
    {
        var old = new HealthSamples(20, 3, 1);

        Assert.Same(Paused, Next(Paused, old, at: Now.AddTicks(-1)));
        var trial = Next(Paused, old);

        Assert.Equal((SenderStatus.Trial, null), (trial.Status, trial.Until));
        Assert.Same(trial, Next(trial, old));
    }

    [Theory]
    [InlineData(20, 0, 0, SenderStatus.Healthy)]
    [InlineData(20, 1, 0, SenderStatus.Healthy)]
    [InlineData(19, 1, 0, SenderStatus.Trial)]
    [InlineData(20, 2, 0, SenderStatus.Paused)]
    [InlineData(2, 2, 0, SenderStatus.Paused)]
    [InlineData(2, 1, 1, SenderStatus.Paused)]
    [InlineData(0, 0, 2, SenderStatus.Paused)]
    public void L26_Next_OutcomesOfTheTrial_EndIt(int outcomes, int bad, int complaints, SenderStatus expected)
    {
        var old = new HealthSamples(20, 3, 0);
        var trial = Next(Paused, old);

        Assert.Equal(expected, Next(trial, old + new HealthSamples(outcomes, bad, complaints)).Status);
    }

    [Fact]
    public void L26_Next_FailedTrial_DoublesTheDwellAndAPassedOneDoesNot()
    {
        var trial = Next(Paused, default);

        var again = Next(trial, new HealthSamples(2, 2, 0));
        Assert.Equal((Now.AddDays(2), 2), (again.Until, again.Pauses));
        Assert.Equal("2 of 2 bounced or were blocked on trial, with 0 complaints; at most 1 may", again.Reason);

        var passed = Next(trial, new HealthSamples(20, 1, 0));
        Assert.Equal((0, ""), (passed.Pauses, passed.Reason));
        Assert.Equal(Now.AddDays(1), Next(passed, new HealthSamples(40, 10, 0)).Until);
    }

    [Theory]
    [InlineData(24, 0, 24)]
    [InlineData(24, 1, 48)]
    [InlineData(24, 2, 96)]
    [InlineData(24, 3, 168)]
    [InlineData(24, 60, 168)]
    [InlineData(1, 1, 2)]
    [InlineData(240, 3, 240)]
    public void Next_PausesInARow_DoubleUpToAWeek(int dwellHours, int pauses, int expectedHours)
    {
        var health = Health with { PauseDwell = TimeSpan.FromHours(dwellHours) };
        var trial = SenderCondition.Healthy with { Status = SenderStatus.Trial, Pauses = pauses };

        Assert.Equal(Now.AddHours(expectedHours), Next(trial, new HealthSamples(2, 2, 0), health).Until);
    }

    [Theory]
    [InlineData(29, true)]
    [InlineData(30, false)]
    public void L26_Next_ThirdPauseWithin30Days_WaitsForTheOperator(int daysSinceTheFirst, bool isLast)
    {
        var trial = SenderCondition.Healthy with { Status = SenderStatus.Trial, LastPause = Now.AddDays(-9), PauseBefore = Now.AddDays(-daysSinceTheFirst) };

        var paused = Next(trial, new HealthSamples(2, 2, 0));

        Assert.Equal(isLast, paused.Until is null);
        Assert.Equal(isLast, paused.Reason.EndsWith("the third pause in 30 days, so the operator must resume it", StringComparison.Ordinal));
        Assert.Equal((Now, Now.AddDays(-9)), (paused.LastPause, paused.PauseBefore));
        Assert.Equal(isLast ? SenderStatus.Paused : SenderStatus.Trial, Next(paused, default, at: Now.AddYears(1)).Status);
    }

    [Fact]
    public void L26_Next_TrialOverManyDays_KeepsWhatItHasShown()
    {
        var condition = Next(Paused, new HealthSamples(20, 3, 0));
        var days = new HealthSamples[HealthSamples.Days];
        // Two outcomes a day, the second of the first day bad: the window never has more than 14 of the 20.
        for (var day = 1; day <= 10; day++)
        {
            Assert.Equal(SenderStatus.Trial, condition.Status);
            Array.Copy(days, 0, days, 1, days.Length - 1);
            days[0] = new HealthSamples(2, day == 1 ? 1 : 0, 0);
            condition = HealthRule.Next(condition, days, Today.AddDays(day), Health, Now.AddDays(day));
        }

        Assert.Equal(SenderStatus.Healthy, condition.Status);
    }

    [Fact]
    public void Next_OperatorsPause_IsNotLiftedBySamplesButByItsTime()
    {
        var held = HealthRule.PauseByOperator(SenderCondition.Healthy, new OperatorPause(Now, Now.AddHours(1), "on leave", "ann"));

        Assert.Same(held, Next(held, new HealthSamples(100, 0, 0)));
        Assert.Null(Next(held, default, at: Now.AddHours(1)).Operator);
    }

    [Fact]
    public void Resume_AfterAPause_ClearsAllAndRestartsTheWindow()
    {
        var bad = new HealthSamples(20, 20, 5);

        var resumed = HealthRule.Resume(bad.Begin(Today), Now);

        Assert.Same(resumed, Next(resumed, bad));
        Assert.Equal((SenderStatus.Healthy, 0, null, null), (resumed.Status, resumed.Pauses, resumed.LastPause, resumed.Operator));
        Assert.Equal(SenderStatus.Paused, Next(resumed, bad + new HealthSamples(20, 3, 0)).Status);
    }

    [Fact]
    public void OfDomain_HasFiveTimesTheSamples()
    {
        var domain = HealthRule.OfDomain(Health);

        Assert.Equal((100, 10), (domain.PauseMinSamples, domain.PauseComplaints));
        Assert.Equal(SenderStatus.Healthy, Next(SenderCondition.Healthy, new HealthSamples(99, 99, 0), domain).Status);
        Assert.Equal(SenderStatus.Paused, Next(SenderCondition.Healthy, new HealthSamples(100, 11, 0), domain).Status);
        Assert.Equal(int.MaxValue, HealthRule.OfDomain(Health with { PauseMinSamples = int.MaxValue }).PauseMinSamples);
    }

    [Fact]
    public void L26_Next_AnySamples_ChangeNothingWithinTheDwellAndDecideAlike() => Prop.ForAll(Story().ToArbitrary(), story =>
    {
        var days = new HealthSamples[HealthSamples.Days];
        var (condition, now) = (SenderCondition.Healthy, Now);
        foreach (var (hours, outcomes, bad, complaints) in story)
        {
            var before = DateOnly.FromDateTime(now.UtcDateTime);
            now = now.AddHours(hours);
            var today = DateOnly.FromDateTime(now.UtcDateTime);
            Shift(days, today.DayNumber - before.DayNumber);
            days[0] += new HealthSamples(outcomes, Math.Min(bad, outcomes), complaints);
            var next = HealthRule.Next(condition, days, today, Health, now);
            Assert.Equal(next, HealthRule.Next(condition, days, today, Health, now));
            // What it has decided on these samples stands.
            Assert.Same(next, HealthRule.Next(next, days, today, Health, now));
            if (condition.Status == SenderStatus.Paused && !(now >= condition.Until))
                Assert.Same(condition, next);
            if (next.Status == SenderStatus.Paused && condition.Status != SenderStatus.Paused)
                Assert.True(next.Until is null || next.Until >= now + Health.PauseDwell);
            condition = next;
        }
    }).QuickCheckThrowOnFailure();

    private static Gen<List<(int Hours, int Outcomes, int Bad, int Complaints)>> Story() =>
        (from hours in Gen.Choose(0, 40)
         from outcomes in Gen.Choose(0, 30)
         from bad in Gen.Choose(0, 4)
         from complaints in Gen.Frequency((9, Gen.Constant(0)), (1, Gen.Constant(1)))
         select (hours, outcomes, bad, complaints)).ListOf().Select(list => list.ToList());

    private static void Shift(HealthSamples[] days, int by)
    {
        for (var i = days.Length - 1; i >= 0; i--)
            days[i] = i >= by ? days[i - by] : default;
    }

    private static SenderCondition Next(SenderCondition condition, HealthSamples today, HealthModel? health = null, DateTimeOffset? at = null)
    {
        var days = new HealthSamples[HealthSamples.Days];
        days[0] = today;
        return HealthRule.Next(condition, days, Today, health ?? Health, at ?? Now);
    }
}
