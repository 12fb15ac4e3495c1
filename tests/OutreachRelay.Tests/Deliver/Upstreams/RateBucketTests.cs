using OutreachRelay.Configuration.Reading;
using OutreachRelay.Deliver.Upstreams;

namespace OutreachRelay.Tests.Deliver.Upstreams;

public sealed class RateBucketTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(20, 60, 1, 20)]
    [InlineData(90, 60, 1.5, 90)]
    [InlineData(10, 1, 10, 256)]
    [InlineData(600, 3600, 1, 10)]
    [InlineData(5000, 86400, 1, 3)]
    [InlineData(1, 86400, 1, 1)]
    public void Size_Rate_IsOneSecondsWorth(long count, int seconds, double size, int backlog)
    {
        var bucket = Bucket(count, seconds);

        Assert.Equal((size, backlog), (bucket.Size, bucket.Backlog));
    }

    [Fact]
    public void TryPromise_AtTheStart_IsEmpty()
    {
        var bucket = Bucket(10, 1);

        Assert.False(bucket.TryPromise(Start));
        Assert.Equal(TimeSpan.FromMilliseconds(100), bucket.Wait(Start));
        Assert.True(bucket.TryPromise(Start.AddMilliseconds(100)));
    }

    [Fact]
    public void TryPromise_AfterALongRest_GivesOneSecondsWorth()
    {
        var bucket = Bucket(10, 1);
        var now = Start.AddHours(1);

        Assert.Equal(10, Enumerable.Range(0, 50).Count(_ => bucket.TryPromise(now)));
    }

    [Fact]
    public void TryPromise_PromisesThatLast_ArePartOfTheBucket()
    {
        var bucket = Bucket(2, 1);
        var now = Start.AddHours(1);
        Assert.True(bucket.TryPromise(now) && bucket.TryPromise(now));

        now = now.AddHours(1);
        Assert.False(bucket.TryPromise(now));
        Assert.Null(bucket.Wait(now));

        bucket.Take(now);
        Assert.False(bucket.TryPromise(now));
        Assert.Equal(TimeSpan.FromSeconds(0.5), bucket.Wait(now));
    }

    [Fact]
    public void Return_Promise_MayBeGivenAgain()
    {
        var bucket = Bucket(1, 1);
        var now = Start.AddSeconds(1);
        Assert.True(bucket.TryPromise(now));

        bucket.Return();

        Assert.True(bucket.TryPromise(now));
    }

    [Theory]
    [InlineData(7, 1)]
    [InlineData(20, 60)]
    [InlineData(333, 3600)]
    public void TryPromise_WhoWaitsAsTold_GetsExactlyTheRate(long count, int seconds)
    {
        var bucket = Bucket(count, seconds);
        var (now, taken) = (Start, 0);
        while (now < Start.AddSeconds(20 * seconds))
        {
            if (bucket.TryPromise(now))
            {
                bucket.Take(now);
                taken++;
            }
            now += bucket.Wait(now)!.Value;
        }
        Assert.InRange(taken, (20 * count) - 1, (20 * count) + 1);
    }

    [Fact]
    public void Change_Rate_KeepsWhatFits()
    {
        var bucket = Bucket(10, 1);
        var now = Start.AddSeconds(1);

        bucket.Change(new Rate(2, TimeSpan.FromSeconds(1)), now);
        Assert.Equal(2, bucket.Level(now));

        bucket.Change(null, now);
        Assert.True(bucket.TryPromise(now));
        Assert.Null(bucket.Wait(now));

        bucket.Change(new Rate(2, TimeSpan.FromSeconds(1)), now);
        Assert.Equal(0, bucket.Level(now));
    }

    private static RateBucket Bucket(long count, int seconds) => new(new Rate(count, TimeSpan.FromSeconds(seconds)), Start);
}
