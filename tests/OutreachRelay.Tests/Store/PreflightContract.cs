using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

/// <summary>What preflight found is kept.</summary>
public abstract class PreflightContract(StoreHarness harness) : StoreContract(harness)
{
    [Fact]
    public async Task SavePreflight_Again_ReplacesItAndSurvivesAReopening()
    {
        Assert.True(await Store.SavePreflightAsync(Record("one.example", "ses", "old")));
        Assert.True(await Store.SavePreflightAsync(Record("one.example", "sendgrid", "other")));
        Pass(TimeSpan.FromHours(1));
        Assert.True(await Store.SavePreflightAsync(Record("one.example", "ses", "new")));
        await ReopenAsync();

        var kept = await Store.ReadPreflightAsync(CancellationToken.None);

        Assert.Equal(["sendgrid other", "ses new"], kept.Select(record => $"{record.Upstream} {record.Report}").Order());
        Assert.Equal(Time.GetUtcNow(), kept.Single(record => record.Upstream == "ses").CheckedAt);
    }

    [Fact]
    public async Task SavePreflight_NotLookedAtForLong_IsDropped()
    {
        await Store.SavePreflightAsync(Record("gone.example", "ses", "{}"));
        Pass(TimeSpan.FromDays(31));

        await Store.SavePreflightAsync(Record("one.example", "ses", "{}"));

        Assert.Equal("one.example", Assert.Single(await Store.ReadPreflightAsync(CancellationToken.None)).Domain);
    }

    private PreflightRecord Record(string domain, string upstream, string report) => new(domain, upstream, Time.GetUtcNow(), report);
}
