using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;

namespace OutreachRelay.Tests.Deliver.Upstreams;

public sealed class RestingCredentialsTests
{
    private static readonly CredentialModel Credential = new("up/x.example", ["x.example"], "user", "secret");

    private readonly FakeTime _time = new();
    private readonly RestingCredentials _resting;

    public RestingCredentialsTests() => _resting = new RestingCredentials(_time);

    [Fact]
    public void S13_RefusedForGood_RestsAQuarterOfAnHour()
    {
        _resting.Begin(Credential, TimeSpan.FromMinutes(15));

        AssertRests(minutes: 15);
    }

    [Fact]
    public void S14_RefusedForNow_RestsTwiceAsLongEachTimeInARow()
    {
        foreach (var minutes in (int[])[1, 2, 4, 8, 15, 15])
        {
            _resting.Begin(Credential, TimeSpan.FromMinutes(1));
            AssertRests(minutes);
        }
    }

    [Fact]
    public void S14_RefusedSideBySide_CountsOnce()
    {
        _resting.Begin(Credential, TimeSpan.FromMinutes(1));
        _resting.Begin(Credential, TimeSpan.FromMinutes(1));

        AssertRests(minutes: 1);
    }

    [Fact]
    public void S14_TakenInBetween_RestsAMinuteAgain()
    {
        _resting.Begin(Credential, TimeSpan.FromMinutes(1));
        AssertRests(minutes: 1);
        _resting.End(Credential);

        _resting.Begin(Credential, TimeSpan.FromMinutes(1));

        AssertRests(minutes: 1);
    }

    [Fact]
    public void S17_RestOfHours_IsNeitherDoubledNorCut()
    {
        foreach (var minutes in (int[])[6 * 60, 6 * 60])
        {
            _resting.Begin(Credential, TimeSpan.FromMinutes(minutes));
            AssertRests(minutes);
        }
    }

    [Fact]
    public void S13_ChangedByAReload_IsTriedAtOnce()
    {
        _resting.Begin(Credential, TimeSpan.FromMinutes(15));

        Assert.False(_resting.Contains(Credential with { Password = "other" }));
        Assert.False(_resting.Contains(null));
    }

    private void AssertRests(int minutes)
    {
        _time.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
        Assert.True(_resting.Contains(Credential));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_resting.Contains(Credential));
    }
}
