using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Outcome.Suppression;

public sealed class RecipientFilterTests
{
    [Fact]
    public void MayContain_AllMembers_AreKnownAndFewStrangersAre()
    {
        var random = new Random(7);
        var filter = new RecipientFilter();
        filter.Reserve(200_000);
        var members = Enumerable.Range(0, 200_000).Select(_ => Next(random)).ToList();
        members.ForEach(filter.Add);

        Assert.All(members, member => Assert.True(filter.MayContain(member)));
        Assert.InRange(Enumerable.Range(0, 100_000).Count(_ => filter.MayContain(Next(random))), 0, 1500);
        Assert.InRange(filter.Size, 200_000 * 12 / 8, 200_000 * 20 / 8 + 200_000);
    }

    [Fact]
    public void Add_BeyondWhatWasReserved_GrowsAndForgetsNobody()
    {
        var random = new Random(8);
        var filter = new RecipientFilter();
        var members = Enumerable.Range(0, 500_000).Select(_ => Next(random)).ToList();
        Parallel.ForEach(members, filter.Add);

        Assert.All(members, member => Assert.True(filter.MayContain(member)));
        Assert.InRange(Enumerable.Range(0, 100_000).Count(_ => filter.MayContain(Next(random))), 0, 4000);
    }

    [Fact]
    public void Add_TheSameAgainAndAgain_TakesNoMoreRoom()
    {
        var filter = new RecipientFilter();
        var before = filter.Size;

        for (var i = 0; i < 200_000; i++)
            filter.Add(new RecipientHash(42));

        Assert.Equal(before, filter.Size);
    }

    private static RecipientHash Next(Random random)
    {
        var octets = new byte[RecipientHash.Size];
        random.NextBytes(octets);
        return RecipientHash.Read(octets);
    }
}
