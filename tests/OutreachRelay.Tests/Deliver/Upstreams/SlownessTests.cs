using OutreachRelay.Deliver.Upstreams;

namespace OutreachRelay.Tests.Deliver.Upstreams;

public sealed class SlownessTests
{
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(1);

    private readonly FakeTime _time = new();
    private readonly Slowness _slowness;

    public SlownessTests() => _slowness = new Slowness(_time);

    [Fact]
    public void S40_ThreeMailsInARowAreLate_IsSlowFromTheThird()
    {
        Assert.Equal([false, false, true, false], new[] { Late, Late, Late, Late }.Select(took => _slowness.Note(took, 1000)));
        Assert.True(_slowness.IsSlow);
    }

    [Fact]
    public void S40_EveryThirdMailIsQuick_IsNotSlow()
    {
        foreach (var took in new[] { Late, Late, Quick, Late, Late, Quick, Late })
            Assert.False(_slowness.Note(took, 1000));
        Assert.False(_slowness.IsSlow);
    }

    [Fact]
    public void Note_QuickMail_IsQuickAgain()
    {
        Slow();

        Assert.True(_slowness.Note(Quick, 1000));
        Assert.False(_slowness.IsSlow);
    }

    [Theory]
    [InlineData(60, 1_000, true)]
    [InlineData(60, 25 * 1024 * 1024, false)]
    [InlineData(600, 25 * 1024 * 1024, true)]
    [InlineData(10, 0, false)]
    public void Note_LargeMails_MayTakeTheirTime(int seconds, long octets, bool slow)
    {
        for (var mail = 0; mail < Slowness.InARow; mail++)
            _slowness.Note(TimeSpan.FromSeconds(seconds), octets);

        Assert.Equal(slow, _slowness.IsSlow);
    }

    [Fact]
    public void IsSlow_NoMailForItsMemory_IsShownSomeAndIsSlowAtTheFirstLateOne()
    {
        Slow();

        _time.Advance(Slowness.Memory);

        Assert.False(_slowness.IsSlow);
        Assert.True(_slowness.Note(Late, 1000));
        Assert.True(_slowness.IsSlow);
    }

    [Fact]
    public void Forget_Slow_BeginsAnew()
    {
        Slow();

        _slowness.Forget();

        Assert.False(_slowness.IsSlow);
        Assert.False(_slowness.Note(Late, 1000));
    }

    private void Slow()
    {
        for (var mail = 0; mail < Slowness.InARow; mail++)
            _slowness.Note(Late, 1000);
    }
}
