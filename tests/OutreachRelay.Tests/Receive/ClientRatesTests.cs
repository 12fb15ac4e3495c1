using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Receive;

namespace OutreachRelay.Tests.Receive;

public sealed class ClientRatesTests
{
    private static readonly ClientModel Client =
        Models.Client(Models.Direction(Models.Pool(Models.Sender("a@example.com")), Models.Upstream("u"))) with { Rate = new Rate(600, TimeSpan.FromMinutes(1)) };

    private readonly FakeTime _time = new();
    private readonly ClientRates _rates;

    public ClientRatesTests() => _rates = new ClientRates(_time);

    [Fact]
    public void TryTake_AtOnce_IsAsManyAsTheRateNames() => Assert.Equal(600, Take(Client, 1000));

    [Theory]
    [InlineData(1, 10)]
    [InlineData(30, 300)]
    [InlineData(60, 600)]
    [InlineData(86400, 600)]
    public void TryTake_Later_IsWhatHasFlownBackAndNeverMoreThanFull(int seconds, int expected)
    {
        Take(Client, 1000);
        _time.Advance(TimeSpan.FromSeconds(seconds));
        Assert.Equal(expected, Take(Client, 1000));
    }

    [Fact]
    public void TryTake_AtTheRate_IsNeverRefused()
    {
        Take(Client, 600);
        for (var i = 0; i < 6000; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100.001));
            Assert.True(_rates.TryTake(Client));
        }
    }

    [Fact]
    public void TryTake_OtherClient_HasItsOwn()
    {
        Take(Client, 1000);
        Assert.True(_rates.TryTake(Client with { Name = "other" }));
    }

    [Fact]
    public void TryTake_SmallerRateAfterAReload_HoldsAtOnce() =>
        Assert.Equal(3, Take(Client, 1) + Take(Client with { Rate = new Rate(2, TimeSpan.FromHours(1)) }, 100, after: TimeSpan.FromMilliseconds(1)));

    [Fact]
    public void TryTake_NoRate_IsNeverRefused() => Assert.Equal(10_000, Take(Client with { Rate = null }, 10_000));

    private int Take(ClientModel client, int times, TimeSpan after = default)
    {
        _time.Advance(after);
        return Enumerable.Range(0, times).Count(_ => _rates.TryTake(client));
    }
}
