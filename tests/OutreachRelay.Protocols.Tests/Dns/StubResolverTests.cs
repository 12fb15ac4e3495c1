using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Protocols.Tests.Dns;

/// <summary>What a well-behaved server says, and how long the resolver waits for it.</summary>
public class StubResolverTests
{
    private static Zone Example => new Zone()
        .Add("example.com", DnsType.TXT, "v=spf1 ", "-all")
        .Add("example.com", DnsType.MX, "10", "mail.example.com")
        .Add("example.com", DnsType.NS, "ns.example.com")
        .Add("mail.example.com", DnsType.A, "192.0.2.1")
        .Add("mail.example.com", DnsType.AAAA, "2001:db8::1")
        .Add("1.2.0.192.in-addr.arpa", DnsType.PTR, "mail.example.com")
        .Add("www.example.com", DnsType.CNAME, "web.example.com")
        .Add("web.example.com", DnsType.CNAME, "mail.example.com")
        .Add("gone.example.com", DnsType.CNAME, "nowhere.example.com")
        .Add("loop.example.com", DnsType.CNAME, "loop.example.com")
        .Add("long.example.com", DnsType.TXT, new string('x', 3000));

    [Theory]
    [InlineData("example.com", DnsType.TXT, "v=spf1 -all")]
    [InlineData("EXAMPLE.com.", DnsType.MX, "10 mail.example.com")]
    [InlineData("example.com", DnsType.NS, "ns.example.com")]
    [InlineData("mail.example.com", DnsType.A, "192.0.2.1")]
    [InlineData("mail.example.com", DnsType.AAAA, "2001:db8::1")]
    [InlineData("1.2.0.192.in-addr.arpa", DnsType.PTR, "mail.example.com")]
    [InlineData("www.example.com", DnsType.CNAME, "web.example.com")]
    [InlineData("www.example.com", DnsType.A, "192.0.2.1")]
    public async Task Resolve_RecordOfAType_GivesItsValue(string name, DnsType type, string value)
    {
        await using var server = new ZoneServer(Example);

        var answer = await server.Resolver().ResolveAsync(name, type);

        Assert.Equal(DnsStatus.Records, answer.Status);
        Assert.Equal(value, Describe(Assert.Single(answer.Records)));
        Assert.Equal(TimeSpan.FromSeconds(60), answer.TimeToLive);
    }

    [Theory]
    [InlineData("nowhere.example.com", DnsType.A, DnsStatus.NoSuchName)]
    [InlineData("gone.example.com", DnsType.A, DnsStatus.NoSuchName)]
    [InlineData("mail.example.com", DnsType.TXT, DnsStatus.NoData)]
    [InlineData("www.example.com", DnsType.TXT, DnsStatus.NoData)]
    [InlineData("2.0.192.in-addr.arpa", DnsType.PTR, DnsStatus.NoData)]
    [InlineData("loop.example.com", DnsType.A, DnsStatus.TemporaryError)]
    public async Task Resolve_NothingThere_SaysWhatKindOfNothing(string name, DnsType type, DnsStatus status)
    {
        await using var server = new ZoneServer(Example);

        Assert.Equal(status, (await server.Resolver().ResolveAsync(name, type)).Status);
    }

    [Theory]
    [InlineData(300, 60, 60)]
    [InlineData(30, 3600, 30)]
    [InlineData(0x80000001, 60, 0)]
    public async Task Resolve_NegativeAnswer_LastsAsLongAsItsSoaSays(uint timeToLive, uint minimum, int expected)
    {
        await using var server = new ZoneServer(Example) { Negative = (timeToLive, minimum) };

        Assert.Equal(expected, (await server.Resolver().ResolveAsync("no.example.com", DnsType.A)).TimeToLive.TotalSeconds);
    }

    [Fact]
    public async Task Resolve_ServerThatDoesNotChaseAliases_IsAskedForEach()
    {
        await using var server = new ZoneServer(Example);
        server.OverUdp = (query, _) =>
        {
            var answer = server.Zone.Find(query.Name, query.Type)!;
            return [ZoneMessage.Write(query, answer with { Records = answer.Records[..1] })];
        };

        Assert.Equal("192.0.2.1", Describe(Assert.Single((await server.Resolver().ResolveAsync("www.example.com", DnsType.A)).Records)));
        Assert.Equal(["www.example.com", "web.example.com", "mail.example.com"], server.Asked.Select(asked => asked.Name.ToLowerInvariant()));
    }

    [Fact]
    public async Task Resolve_AliasesWithoutEnd_AreATemporaryError()
    {
        await using var server = new ZoneServer(Example);
        server.OverUdp = (query, _) => [ZoneMessage.Write(query, new ZoneAnswer(0, [new(query.Name, DnsType.CNAME, "x." + query.Name)]))];

        Assert.Equal("too many aliases", (await server.Resolver().ResolveAsync("example.com", DnsType.A)).Detail);
        Assert.Equal(9, server.Asked.Count);
    }

    [Fact]
    public async Task Resolve_AnswerTooLongForUdp_ComesOverTcp()
    {
        await using var server = new ZoneServer(Example);

        var answer = await server.Resolver().ResolveAsync("long.example.com", DnsType.TXT);

        Assert.Equal(3000, Assert.Single(answer.Records).Text.Length);
        Assert.Equal([false, true], server.Asked.Select(asked => asked.Tcp));
    }

    [Fact]
    public async Task Resolve_TcpClosedWithoutAnswer_IsATemporaryError()
    {
        await using var server = new ZoneServer(Example) { OverTcp = (_, _) => null };

        var answer = await server.Resolver().ResolveAsync("long.example.com", DnsType.TXT);

        Assert.Equal((DnsStatus.TemporaryError, "connection lost"), (answer.Status, answer.Detail));
    }

    [Fact]
    public async Task Resolve_SilentServer_IsAskedAgainAndThenATemporaryError()
    {
        await using var server = new ZoneServer(Example) { OverUdp = (_, _) => [] };
        var watch = Stopwatch.StartNew();

        var answer = await server.Resolver(seconds: 0.2, attempts: 2).ResolveAsync("example.com", DnsType.TXT);

        Assert.Equal((DnsStatus.TemporaryError, "timeout"), (answer.Status, answer.Detail));
        Assert.Equal(2, server.Asked.Count);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.35, 30);
    }

    [Fact]
    public async Task Resolve_FirstServerFails_TheSecondIsAsked()
    {
        await using var failing = new ZoneServer(new Zone { IsSilent = true }) { FailsInsteadOfSilence = true };
        await using var working = new ZoneServer(Example);
        var resolver = new StubResolver(new StubResolverOptions { Servers = [Closed(), failing.Address, working.Address] }, TimeProvider.System);

        Assert.Equal(DnsStatus.Records, (await resolver.ResolveAsync("example.com", DnsType.TXT)).Status);
        Assert.Single(failing.Asked);
    }

    [Fact]
    public async Task Resolve_EveryServerFails_SaysWhy()
    {
        await using var failing = new ZoneServer(new Zone { IsSilent = true }) { FailsInsteadOfSilence = true };

        Assert.Equal("server failure", (await failing.Resolver(attempts: 2).ResolveAsync("example.com", DnsType.TXT)).Detail);
        Assert.Equal(2, failing.Asked.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..example.com")]
    [InlineData(".example.com")]
    [InlineData("b\u00FCcher.example")]
    [InlineData("a123456789012345678901234567890123456789012345678901234567890123.example.com")]
    public async Task Resolve_NoDomainName_IsNotAsked(string name)
    {
        await using var server = new ZoneServer(Example);

        Assert.Equal(DnsStatus.NoSuchName, (await server.Resolver().ResolveAsync(name, DnsType.A)).Status);
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task Resolve_CallerGivesUp_Throws()
    {
        await using var server = new ZoneServer(Example) { OverUdp = (_, _) => [] };
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await server.Resolver().ResolveAsync("example.com", DnsType.TXT, cancel.Token));
    }

    private static IPEndPoint Closed()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    private static string Describe(DnsRecord record) => record.Type switch
    {
        DnsType.A or DnsType.AAAA => record.Address!.ToString(),
        DnsType.TXT => record.Text,
        DnsType.MX => $"{record.Preference} {record.Target}",
        _ => record.Target,
    };
}
