namespace OutreachRelay.Tests;

/// <summary>What the environment may say of passed sockets. That they work is shown with real processes.</summary>
public sealed class PassedSocketsTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("1", null)]
    [InlineData(null, "1")]
    [InlineData("2", "1")]
    [InlineData("1", "-1")]
    [InlineData("1", "x")]
    [InlineData("1", "0")]
    public void Read_NothingForUs_IsNone(string? pid, string? count)
    {
        var sockets = PassedSockets.Read(name => name == "LISTEN_PID" ? pid : name == "LISTEN_FDS" ? count : null, 1);

        Assert.Null(sockets.Stray(Models.Relay(Models.Sender("ann@example.com"))));
    }

    [Fact]
    public void Read_MoreThanThereCanBe_IsRefused() =>
        Assert.Throws<IOException>(() => PassedSockets.Read(name => name == "LISTEN_PID" ? "1" : "2000000000", 1));
}
