using System.Net;
using System.Net.Sockets;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Tests.Deliver.Upstreams;

public sealed class UpstreamAddressesTests
{
    private static readonly UpstreamModel Named = Models.Upstream("up") with { Host = "smtp.example.com", Tls = TlsMode.StartTls };

    [Theory]
    [InlineData(TlsMode.StartTls, "192.0.2.1 2001:db8::1", null)]
    [InlineData(TlsMode.StartTls, "127.0.0.1", "127.0.0.1, which is not an address of the internet")]
    [InlineData(TlsMode.Implicit, "192.0.2.1 10.0.0.1", "10.0.0.1, which is not an address of the internet")]
    [InlineData(TlsMode.StartTls, "::ffff:192.168.0.1", "::ffff:192.168.0.1, which is not")]
    [InlineData(TlsMode.StartTls, "100.64.0.1", "100.64.0.1, which is not")]
    [InlineData(TlsMode.StartTls, "0.0.0.0", "0.0.0.0, which is not")]
    [InlineData(TlsMode.None, "127.0.0.1 fd00::1", null)]
    [InlineData(TlsMode.None, "10.0.0.1 192.0.2.1", "192.0.2.1, which is neither loopback nor private")]
    [InlineData(TlsMode.None, "0.0.0.0", "0.0.0.0, which is neither")]
    public void S47_FindProblem_NameAndItsAddresses_SaysWhichIsWrong(TlsMode tls, string addresses, string? expected)
    {
        var problem = UpstreamAddresses.FindProblem(Named with { Tls = tls }, [.. addresses.Split(' ').Select(IPAddress.Parse)]);

        if (expected is null)
            Assert.Null(problem);
        else
            Assert.StartsWith("smtp.example.com resolves to " + expected, problem);
    }

    [Fact]
    public async Task S47_FindAsync_PrivateAddress_IsRefusedWithoutConnecting()
    {
        var (addresses, failure) = await FindAsync(Named, (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]));

        Assert.Empty(addresses);
        Assert.Equal((SmtpStage.Connect, SmtpFailureKind.RefusedLocally), (failure!.Stage, failure.Failure));
    }

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("::1")]
    public async Task S47_FindAsync_AddressLiteral_IsMeantAndNobodyIsAsked(string host)
    {
        var (addresses, failure) = await FindAsync(Named with { Host = host }, (_, _) => throw new InvalidOperationException("asked"));

        Assert.Null(failure);
        Assert.Equal([IPAddress.Parse(host)], addresses);
    }

    [Fact]
    public async Task S2_FindAsync_NoSuchName_IsTheConnections()
    {
        var (_, failure) = await FindAsync(Named, (_, _) => throw new SocketException((int)SocketError.HostNotFound));

        Assert.Equal((SmtpStage.Connect, SmtpFailureKind.Unreachable), (failure!.Stage, failure.Failure));
        Assert.Contains("HostNotFound", failure.Detail);
    }

    [Fact]
    public async Task S2_FindAsync_NoAddress_IsTheConnections()
    {
        var (_, failure) = await FindAsync(Named, (_, _) => Task.FromResult<IPAddress[]>([]));

        Assert.Equal(SmtpFailureKind.Unreachable, failure!.Failure);
    }

    [Fact]
    public async Task S2_FindAsync_NoAnswer_IsATimeout()
    {
        var time = new FakeTime();
        var finding = new UpstreamAddresses(NeverAsync, time).FindAsync(Named, default);

        time.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(SmtpFailureKind.Timeout, (await finding).Failure!.Failure);
    }

    [Fact]
    public async Task FindAsync_Cancelled_SaysSo()
    {
        var (_, failure) = await new UpstreamAddresses(NeverAsync, TimeProvider.System).FindAsync(Named, new CancellationToken(canceled: true));

        Assert.Equal(SmtpFailureKind.Cancelled, failure!.Failure);
    }

    private static async Task<IPAddress[]> NeverAsync(string host, CancellationToken cancel)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
        return [];
    }

    private static Task<(IReadOnlyList<IPAddress> Addresses, SmtpResult? Failure)> FindAsync(UpstreamModel upstream, HostResolver resolve) =>
        new UpstreamAddresses(resolve, TimeProvider.System).FindAsync(upstream, default);
}
