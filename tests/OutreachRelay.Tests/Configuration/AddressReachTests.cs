using System.Net;
using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Configuration;

public sealed class AddressReachTests
{
    [Theory]
    [InlineData("127.0.0.1", AddressReach.Private)]
    [InlineData("127.255.255.254", AddressReach.Private)]
    [InlineData("10.0.0.0", AddressReach.Private)]
    [InlineData("172.15.255.255", AddressReach.Public)]
    [InlineData("172.16.0.1", AddressReach.Private)]
    [InlineData("172.31.255.255", AddressReach.Private)]
    [InlineData("172.32.0.0", AddressReach.Public)]
    [InlineData("192.168.7.8", AddressReach.Private)]
    [InlineData("192.169.0.1", AddressReach.Public)]
    [InlineData("169.254.169.254", AddressReach.Private)]
    [InlineData("100.63.255.255", AddressReach.Public)]
    [InlineData("100.64.0.1", AddressReach.Private)]
    [InlineData("100.127.255.255", AddressReach.Private)]
    [InlineData("100.128.0.0", AddressReach.Public)]
    [InlineData("0.0.0.0", AddressReach.None)]
    [InlineData("0.1.2.3", AddressReach.None)]
    [InlineData("224.0.0.1", AddressReach.None)]
    [InlineData("255.255.255.255", AddressReach.None)]
    [InlineData("192.0.2.1", AddressReach.Public)]
    [InlineData("::", AddressReach.None)]
    [InlineData("::1", AddressReach.Private)]
    [InlineData("::7f00:1", AddressReach.None)]
    [InlineData("::ffff:127.0.0.1", AddressReach.Private)]
    [InlineData("::ffff:10.1.2.3", AddressReach.Private)]
    [InlineData("::ffff:192.0.2.1", AddressReach.Public)]
    [InlineData("::ffff:0.0.0.0", AddressReach.None)]
    [InlineData("64:ff9b::10.0.0.1", AddressReach.Private)]
    [InlineData("64:ff9b::192.0.2.1", AddressReach.Public)]
    [InlineData("2002:a00:1::1", AddressReach.Private)]
    [InlineData("2002:c000:201::1", AddressReach.Public)]
    [InlineData("fc00::1", AddressReach.Private)]
    [InlineData("fdff::1", AddressReach.Private)]
    [InlineData("fe80::1", AddressReach.Private)]
    [InlineData("fe80::1%2", AddressReach.Private)]
    [InlineData("fec0::1", AddressReach.Private)]
    [InlineData("fe00::1", AddressReach.Public)]
    [InlineData("ff02::1", AddressReach.None)]
    [InlineData("2001:db8::1", AddressReach.Public)]
    [InlineData("2a00:1450:4001:831::200e", AddressReach.Public)]
    public void S47_Of_Address_SaysFromWhereItIsReached(string address, AddressReach expected)
    {
        Assert.Equal(expected, AddressReaches.Of(IPAddress.Parse(address)));
    }
}
