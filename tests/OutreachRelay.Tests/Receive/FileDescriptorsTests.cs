using OutreachRelay.Receive;

namespace OutreachRelay.Tests.Receive;

public sealed class FileDescriptorsTests
{
    [Theory]
    [InlineData(1024, 959, false)]
    [InlineData(1024, 960, true)]
    [InlineData(100, 74, false)]
    [InlineData(100, 75, true)]
    [InlineData(int.MaxValue, 1_000_000, false)]
    public void R46_IsScarce_WhenOnlyTheReserveIsLeft(int limit, int descriptor, bool isScarce) =>
        Assert.Equal(isScarce, new FileDescriptors(limit).IsScarce(descriptor));

    [Fact]
    public void R46_AreScarce_LooksAtWhatIsOpenNow()
    {
        Assert.True(new FileDescriptors(4).AreScarce());
        Assert.False(FileDescriptors.OfProcess().AreScarce());
    }
}
