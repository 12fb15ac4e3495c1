using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Receive;

namespace OutreachRelay.Tests.Receive;

public sealed class LoginThrottleTests
{
    private static readonly IPAddress Attacker = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Other = IPAddress.Parse("192.0.2.2");

    private readonly FakeTime _time = new();
    private readonly LoginThrottle _throttle;

    public LoginThrottleTests() => _throttle = new LoginThrottle(_time, NullLogger<LoginThrottle>.Instance);

    [Fact]
    public void R40_TenFailures_AreDelayedMoreAndMoreAndThenBlocked()
    {
        var results = Enumerable.Range(0, 10).Select(i => _throttle.Failed(Attacker, $"user{i}")).ToList();
        Assert.Equal([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000], results.Select(result => (int)result.Delay.TotalMilliseconds));
        Assert.Equal([.. Enumerable.Repeat(false, 9), true], results.Select(result => result.IsBlocked));
        Assert.True(_throttle.IsBlocked(Attacker, "anybody"));
    }

    [Fact]
    public void R40_OtherAddress_IsUnaffected()
    {
        Fail(Attacker, "user", 10);
        Assert.False(_throttle.IsBlocked(Other, "user"));
        Assert.Equal(100, _throttle.Failed(Other, "user").Delay.TotalMilliseconds);
    }

    [Fact]
    public void R40_SuccessOfAnotherUser_DoesNotReset()
    {
        Fail(Attacker, "victim", 9);
        _throttle.Succeeded(Attacker, "own");
        Assert.True(_throttle.Failed(Attacker, "victim").IsBlocked);
    }

    [Fact]
    public void R40_SuccessOfTheSameUser_DoesNotResetEither()
    {
        Fail(Attacker, "user", 9);
        _throttle.Succeeded(Attacker, "user");
        Assert.True(_throttle.Failed(Attacker, "another").IsBlocked);
    }

    [Fact]
    public void R40_BlockIsOverAfterAWhile()
    {
        Fail(Attacker, "user", 10);
        _time.Advance(LoginThrottle.Memory - TimeSpan.FromSeconds(1));
        Assert.True(_throttle.IsBlocked(Attacker, "user"));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(_throttle.IsBlocked(Attacker, "user"));
        Assert.Equal(100, _throttle.Failed(Attacker, "user").Delay.TotalMilliseconds);
    }

    [Fact]
    public void R40_KnownUserWhoseBlockIsOver_LogsInAndStaysUnblocked()
    {
        _throttle.Succeeded(Attacker, "crm");
        Fail(Attacker, "crm", 10);
        Assert.True(_throttle.IsBlocked(Attacker, "crm"));
        _time.Advance(LoginThrottle.Memory + TimeSpan.FromSeconds(1));

        _throttle.Succeeded(Attacker, "crm");

        Assert.False(_throttle.IsBlocked(Attacker, "crm"));
        Assert.Equal(100, _throttle.Failed(Attacker, "crm").Delay.TotalMilliseconds);
    }

    [Fact]
    public void R40_KnownUserWhoFailsOnceADay_IsNeverBlocked()
    {
        _throttle.Succeeded(Attacker, "crm");
        for (var day = 0; day < LoginThrottle.MaxFailures; day++)
        {
            Assert.False(_throttle.Failed(Attacker, "crm").IsBlocked);
            for (var passed = TimeSpan.Zero; passed < TimeSpan.FromDays(1); passed += TimeSpan.FromMinutes(10))
            {
                _time.Advance(TimeSpan.FromMinutes(10));
                Assert.False(_throttle.IsBlocked(Attacker, "crm"));
                _throttle.Succeeded(Attacker, "crm");
            }
        }
    }

    [Fact]
    public void R40_UserWhoHasNotLoggedInForADay_CountsWithAllOthers()
    {
        _throttle.Succeeded(Attacker, "crm");
        _time.Advance(TimeSpan.FromHours(23));
        Fail(Attacker, "other", 10);
        Assert.False(_throttle.IsBlocked(Attacker, "crm"));
        _time.Advance(TimeSpan.FromHours(2));
        Fail(Attacker, "other", 10);
        Assert.True(_throttle.IsBlocked(Attacker, "crm"));
    }

    [Fact]
    public void R40_UserWhoIsKnownThere_IsNotLockedOutByOthers()
    {
        _throttle.Succeeded(Attacker, "crm");
        Fail(Attacker, "misconfigured", 10);
        Assert.True(_throttle.IsBlocked(Attacker, "misconfigured"));
        Assert.False(_throttle.IsBlocked(Attacker, "crm"));
    }

    [Fact]
    public void R40_UserWhoIsKnownThere_CanBeGuessedAtNoMoreOftenThanAnyOther()
    {
        _throttle.Succeeded(Attacker, "crm");
        Fail(Attacker, "crm", 9);
        Assert.False(_throttle.IsBlocked(Attacker, "crm"));
        Assert.True(_throttle.Failed(Attacker, "crm").IsBlocked);
        Assert.True(_throttle.IsBlocked(Attacker, "crm"));
        Assert.False(_throttle.IsBlocked(Attacker, "other"));
    }

    [Theory]
    [InlineData("2001:db8::1", "2001:db8::ffff:1", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    public void R40_IPv6_CountsBySlash64(string first, string second, bool isBlocked)
    {
        Fail(IPAddress.Parse(first), "user", 10);
        Assert.Equal(isBlocked, _throttle.IsBlocked(IPAddress.Parse(second), "user"));
    }

    [Fact]
    public void R40_FloodOfAddresses_IsRememberedUpToALimit()
    {
        for (var i = 0; i < 3 * LoginThrottle.MaxRemembered; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            _throttle.Failed(new IPAddress(i), "user");
            Assert.InRange(_throttle.Remembered, 1, LoginThrottle.MaxRemembered);
        }
        Fail(Attacker, "user", 10);
        Assert.True(_throttle.IsBlocked(Attacker, "user"));
    }

    private void Fail(IPAddress address, string username, int times)
    {
        for (var i = 0; i < times; i++)
            _throttle.Failed(address, username);
    }
}
