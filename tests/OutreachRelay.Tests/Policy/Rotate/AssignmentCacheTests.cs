using OutreachRelay.Policy.Rotate;

namespace OutreachRelay.Tests.Policy.Rotate;

public sealed class AssignmentCacheTests
{
    [Fact]
    public void L20_OneRecipientOfTwoClients_HasTwoAssignments()
    {
        var cache = new AssignmentCache();
        cache.Set("acme", "to@y.example", "a@x.example");
        cache.Set("beta", "to@y.example", "b@x.example");

        Assert.Equal("a@x.example", cache.Find("acme", "to@y.example"));
        Assert.Equal("b@x.example", cache.Find("beta", "to@y.example"));
    }

    [Fact]
    public void Find_MoreThanItHolds_RemembersWhatIsUsed()
    {
        var cache = new AssignmentCache(capacity: 100);
        cache.Set("acme", "used@y.example", "a@x.example");
        for (var i = 0; i < 1000; i++)
        {
            cache.Set("acme", $"to{i}@y.example", "b@x.example");
            Assert.Equal("a@x.example", cache.Find("acme", "used@y.example"));
        }

        Assert.Null(cache.Find("acme", "to0@y.example"));
        Assert.Equal("b@x.example", cache.Find("acme", "to999@y.example"));
    }

    [Fact]
    public void Set_Null_Forgets()
    {
        var cache = new AssignmentCache();
        cache.Set("acme", "to@y.example", "a@x.example");

        cache.Set("acme", "to@y.example", null);

        Assert.Null(cache.Find("acme", "to@y.example"));
    }
}
