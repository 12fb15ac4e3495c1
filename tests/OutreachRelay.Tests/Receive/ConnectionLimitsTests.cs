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
        Assert.NotNull(Enter(One, 10, 2));
        Assert.NotNull(Enter(One, 10, 2));
        Assert.Null(Enter(One, 10, 2));
        Assert.NotNull(Enter(Two, 10, 2));
        Assert.Equal(3, _limits.Total);
    }

    [Fact]
    public void R45_Total_IsBounded()
    {
        var place = Enter(One, 1, 5);
        Assert.Null(Enter(Two, 1, 5));
        place!.Dispose();
        Assert.NotNull(Enter(Two, 1, 5));
    }

    [Fact]
    public void R45_RefusedConnections_TakeNothingFromTheOthers()
    {
        for (var i = 0; i < 50; i++)
            Enter(One, 10, 2);
        Assert.Equal(2, _limits.Total);
        Assert.NotNull(Enter(Two, 10, 2));
    }

    [Fact]
    public void R45_ConnectionOfWhichNothingIsKnown_CountsInAll()
    {
        using var place = _limits.Enter(1);
        Assert.Null(_limits.Enter(1));
        Assert.Equal(1, _limits.Total);
    }

    [Theory]
    [InlineData("2001:db8::1", "2001:db8::2", false)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", true)]
    public void R45_IPv6_CountsBySlash64(string first, string second, bool isWelcome)
    {
        Enter(IPAddress.Parse(first), 10, 1);
        Assert.Equal(isWelcome, Enter(IPAddress.Parse(second), 10, 1) is not null);
    }

    [Fact]
    public void Enter_LimitLoweredByAReload_CountsThoseThatAreThere()
    {
        for (var i = 0; i < 3; i++)
            Enter(One, 10, 10);
        Assert.Null(Enter(One, 2, 10));
        Assert.Null(Enter(One, 10, 2));
        Assert.Equal(3, _limits.Total);
    }

    [Fact]
    public void Dispose_Twice_GivesBackOnePlace()
    {
        Enter(One, 10, 10);
        var place = Enter(One, 10, 10)!;
        place.Dispose();
        place.Dispose();
        Assert.Equal(1, _limits.Total);
    }

    [Fact]
    public void Enter_FromManyThreads_NeverExceedsTheLimit()
    {
        var entered = 0;
        Parallel.For(0, 1000, _ =>
        {
            using var place = Enter(One, 50, 20);
            Assert.InRange(_limits.Total, 0, 50);
            if (place is not null)
                Interlocked.Increment(ref entered);
        });
        Assert.Equal(0, _limits.Total);
        Assert.InRange(entered, 1, 1000);
    }

    private ConnectionLimits.Place? Enter(IPAddress address, int max, int maxPerAddress) =>
        _limits.Enter(max) is { } place && place.Keep(address, maxPerAddress) ? place : null;
}
