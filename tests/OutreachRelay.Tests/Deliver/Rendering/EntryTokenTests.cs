using OutreachRelay.Deliver.Rendering;

namespace OutreachRelay.Tests.Deliver.Rendering;

public sealed class EntryTokenTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 17, 30, 15, 123, TimeSpan.Zero);

    [Fact]
    public void Make_HasItsTimeAnd64RandomBits() => Assert.Matches("^01a1ff28a0d3[0-9a-f]{16}$", EntryToken.Make(Now));

    [Fact]
    public void Make_AtOneTime_IsAnotherEachTime() => Assert.Equal(100, Enumerable.Range(0, 100).Select(_ => EntryToken.Make(Now)).Distinct().Count());

    [Fact]
    public void Make_AMillisecondLater_SortsBehind() =>
        Assert.True(string.CompareOrdinal(EntryToken.Make(Now, [0xff]), EntryToken.Make(Now.AddMilliseconds(1), [0])) < 0);

    [Fact]
    public void Make_BeforeAndAfterAThousandYears_HasTheSameLength() =>
        Assert.Equal(EntryToken.Make(DateTimeOffset.UnixEpoch).Length, EntryToken.Make(Now.AddYears(1000)).Length);
}
