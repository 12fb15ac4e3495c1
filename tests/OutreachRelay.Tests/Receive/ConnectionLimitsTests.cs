using System.Net;
using OutreachRelay.Receive;

namespace OutreachRelay.Tests.Receive;

public sealed class ConnectionLimitsTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Two = IPAddress.Parse("192.0.2.2");

    private readonly ConnectionLimits _limits = new();

    [Fact]
    public void R45_OneAddress_IsBoundedAndTheOthersAreUnharmed()
    {
        Assert.True(_limits.Enter(One, 10, 2));
        Assert.True(_limits.Enter(One, 10, 2));
        Assert.False(_limits.Enter(One, 10, 2));
        Assert.True(_limits.Enter(Two, 10, 2));
        Assert.Equal(3, _limits.Total);
    }

    [Fact]
    public void R45_Total_IsBounded()
    {
        Assert.True(_limits.Enter(One, 1, 5));
        Assert.False(_limits.Enter(Two, 1, 5));
        _limits.Leave(One);
        Assert.True(_limits.Enter(Two, 1, 5));
    }

    [Fact]
    public void R45_RefusedConnections_TakeNothingFromTheOthers()
    {
        for (var i = 0; i < 50; i++)
            _limits.Enter(One, 10, 2);
        Assert.Equal(2, _limits.Total);
        Assert.True(_limits.Enter(Two, 10, 2));
    }

    [Fact]
    public void Enter_LimitLoweredByAReload_CountsThoseThatAreThere()
    {
        for (var i = 0; i < 3; i++)
            _limits.Enter(One, 10, 10);
        Assert.False(_limits.Enter(One, 2, 10));
        Assert.False(_limits.Enter(One, 10, 2));
        Assert.Equal(3, _limits.Total);
    }

    [Fact]
    public void Enter_FromManyThreads_NeverExceedsTheLimit()
    {
        var entered = 0;
        Parallel.For(0, 1000, _ =>
        {
            if (!_limits.Enter(One, 50, 20))
                return;
            Assert.InRange(_limits.Total, 1, 20);
            Interlocked.Increment(ref entered);
            _limits.Leave(One);
        });
        Assert.Equal(0, _limits.Total);
        Assert.InRange(entered, 1, 1000);
    }
}
