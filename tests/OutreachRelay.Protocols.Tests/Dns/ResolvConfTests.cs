using System.Net;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Protocols.Tests.Dns;

public class ResolvConfTests
{
    [Fact]
    public void Parse_UsualFile_GivesServersAndPatience()
    {
        var conf = ResolvConf.Parse(
            """
            # comment
            ; comment
            search example.com
            nameserver 192.0.2.1
            	nameserver	2001:db8::1  trailing
            options edns0 timeout:3 attempts:4 rotate
            """);

        Assert.Equal([new IPEndPoint(IPAddress.Parse("192.0.2.1"), 53), new IPEndPoint(IPAddress.Parse("2001:db8::1"), 53)], conf.Servers);
        Assert.Equal((3, 4), ((int)conf.Timeout.TotalSeconds, conf.Attempts));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nameserver\nnameserver x.example\nNAMESERVER 192.0.2.1\noptions\noptions timeout: attempts:x timeout:-1 timeout:99999999999")]
    public void Parse_NothingUsable_IsThisHostWithTheUsualPatience(string text)
    {
        var conf = ResolvConf.Parse(text);

        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 53)], conf.Servers);
        Assert.Equal((5, 2), ((int)conf.Timeout.TotalSeconds, conf.Attempts));
    }

    [Fact]
    public void Parse_TooMuchOfAll_IsCut()
    {
        var conf = ResolvConf.Parse("options timeout:600 attempts:0\r\n" + string.Concat(Enumerable.Repeat("nameserver 192.0.2.1\r\n", 9)));

        Assert.Equal(3, conf.Servers.Count);
        Assert.Equal((30, 1), ((int)conf.Timeout.TotalSeconds, conf.Attempts));
    }

    [Fact]
    public void Load_File_IsParsed()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "nameserver 192.0.2.7\n");
            Assert.Equal("192.0.2.7:53", StubResolverOptions.From(ResolvConf.Load(file)).Servers.Single().ToString());
        }
        finally
        {
            File.Delete(file);
        }
    }
}
