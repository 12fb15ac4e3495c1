using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Protocols.Tests.Dns;

/// <summary>What arrives is not always what the server sent (RFC 5452), and servers are not always as they should be.</summary>
public class StubResolverForgeryTests
{
    private static Zone Example => new Zone().Add("host.example.com", DnsType.A, "192.0.2.1");

    [Fact]
    public async Task Resolve_ForgedAnswersBeforeTheTrueOne_ArePassedOver()
    {
        await using var server = new ZoneServer(Example);
        server.OverUdp = (query, reply) =>
        [
            [],
            [1, 2, 3],
            Change(Forge(query), at: 0, by: 0x55),
            Change(Forge(query), at: 2, by: 0x80),
            Change(Forge(query), at: 13, by: 0x01),
            Change(Forge(query), at: 5, by: 0x03),
            reply,
        ];

        Assert.Equal("192.0.2.1", await AddressAsync(server));
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task Resolve_AnswerInAnotherCase_IsAskedForAgainOverTcp()
    {
        await using var server = new ZoneServer(Example);
        server.OverUdp = (query, _) => [Change(Forge(query), at: 13, by: 0x20)];

        Assert.Equal("192.0.2.1", await AddressAsync(server));
        Assert.Equal([false, true], server.Asked.Select(asked => asked.Tcp));
    }

    [Fact]
    public async Task Resolve_SomebodyGuessesIds_IsAskedForAgainOverTcp()
    {
        await using var server = new ZoneServer(Example);
        server.OverUdp = (query, _) => Enumerable.Range(1, 40).Select(guess => Change(Forge(query), at: 1, by: (byte)guess));

        Assert.Equal("192.0.2.1", await AddressAsync(server));
        Assert.Equal([false, true], server.Asked.Select(asked => asked.Tcp));
    }

    [Fact]
    public async Task Resolve_AnswerToAnotherQuestionOverTcp_IsATemporaryError()
    {
        await using var server = new ZoneServer(Example);
        server.OverUdp = (query, reply) => [ZoneMessage.Truncate(query, reply)];
        server.OverTcp = (query, _) => Change(Forge(query), at: 0, by: 1);

        Assert.Equal(DnsStatus.TemporaryError, (await server.Resolver().ResolveAsync("host.example.com", DnsType.A)).Status);
    }

    [Fact]
    public async Task Resolve_ServerWithoutEdns_IsAskedWithoutIt()
    {
        await using var server = new ZoneServer(Example);
        // FORMERR with the header alone, as old servers send it.
        server.OverUdp = (query, reply) => [query.HasEdns ? [.. query.Octets[..2], 0x81, 0x01, 0, 0, 0, 0, 0, 0, 0, 0] : reply];

        Assert.Equal("192.0.2.1", await AddressAsync(server));
        Assert.Equal(2, server.Asked.Count);
    }

    [Fact]
    public async Task Resolve_MalformedAnswer_IsATemporaryError()
    {
        await using var server = new ZoneServer(Example);
        server.OverUdp = (_, reply) => [reply[..^1]];

        var answer = await server.Resolver().ResolveAsync("host.example.com", DnsType.A);

        Assert.Equal((DnsStatus.TemporaryError, "malformed answer"), (answer.Status, answer.Detail));
    }

    [Fact]
    public async Task Resolve_ManyQuestions_HaveTheirOwnPortsIdsAndCases()
    {
        await using var server = new ZoneServer(Example);
        var resolver = new StubResolver(new StubResolverOptions { Servers = [server.Address] }, TimeProvider.System);
        for (var i = 0; i < 20; i++)
            await resolver.ResolveAsync("host.example.com", DnsType.A);

        Assert.True(server.Asked.Select(asked => asked.Port).Distinct().Count() > 10);
        Assert.True(server.Asked.Select(asked => asked.Id).Distinct().Count() > 15);
        Assert.True(server.Asked.Select(asked => asked.Name).Distinct().Count() > 15);
        Assert.All(server.Asked, asked => Assert.Equal("host.example.com", asked.Name, ignoreCase: true));
    }

    private static async Task<string> AddressAsync(ZoneServer server)
    {
        var answer = await server.Resolver().ResolveAsync("host.example.com", DnsType.A);
        return Assert.Single(answer.Records).Address!.ToString();
    }

    private static byte[] Forge(ServedQuery query) =>
        ZoneMessage.Write(query, new ZoneAnswer(0, [new ZoneRecord(query.Name, query.Type, "203.0.113.66")]));

    private static byte[] Change(byte[] message, int at, byte by)
    {
        message[at] ^= by;
        return message;
    }
}
