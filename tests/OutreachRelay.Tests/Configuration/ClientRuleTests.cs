namespace OutreachRelay.Tests.Configuration;

/// <summary>Clients, directions and who owns which senders.</summary>
public sealed class ClientRuleTests : IDisposable
{
    private const string Second = """
        [[client]]
        name = "beta"
        networks = ["10.0.0.0/8"]
        default_direction = "cold"
        [[direction]]
        client = "beta"
        name = "cold"
        pool = "p2"
        upstreams = ["capture"]
        [[pool]]
        name = "p2"
        senders = "s2.csv"

        """;

    private readonly ConfigurationFolder _folder = new();

    public ClientRuleTests() => _folder.Write("s2.csv", "address\nb@example.com\n");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_TwoClients_HaveTheirOwnDirections()
    {
        var model = _folder.Model(ConfigurationFolder.Minimal + Second);

        Assert.Equal(("p", "p2"), (model.Clients["acme"].DefaultDirection.Pool.Name, model.Clients["beta"].DefaultDirection.Pool.Name));
    }

    [Theory]
    [InlineData("10.0.0.0/8", "127.0.0.1/32")]
    [InlineData("10.0.0.0/8", "127.0.0.1")]
    [InlineData("10.0.0.0/8", "::ffff:127.0.0.1")]
    public void R52_SameNetworkInTwoClients_IsAnErrorThatNamesBoth(string from, string to)
    {
        Assert.Equal(
            ["relay.toml:22:13: error: client[1].networks[0]: the network 127.0.0.1/32 belongs to client 'acme' already, at relay.toml:7:13"],
            _folder.Problems(ConfigurationFolder.Minimal + Second.Replace(from, to)));
    }

    [Theory]
    [InlineData("0.0.0.0/0", "everybody could submit without AUTH: an open relay; expected the networks of the client")]
    [InlineData("::/0", "everybody could submit without AUTH: an open relay; expected the networks of the client")]
    [InlineData("10.0.0.1/8", "bits are set behind the prefix; expected \"10.0.0.0/8\" or \"10.0.0.1\"")]
    [InlineData("2001:db8::1/32", "bits are set behind the prefix; expected \"2001:db8::/32\" or \"2001:db8::1\"")]
    [InlineData("10.0.0", "expected a network such as \"10.0.0.0/8\" or an address, found '10.0.0'")]
    [InlineData("crm.example.com", "expected a network such as \"10.0.0.0/8\" or an address, found 'crm.example.com'")]
    public void Load_WrongNetwork_IsAnError(string network, string message)
    {
        Assert.Equal([$"relay.toml:22:13: error: client[1].networks[0]: {message}"], _folder.Problems(ConfigurationFolder.Minimal + Second.Replace("10.0.0.0/8", network)));
    }

    [Fact]
    public void Load_SameUsernameTwice_IsAnErrorThatNamesBoth()
    {
        _folder.Environment["P"] = "secret";
        var login = "username = \"crm\"\npassword = \"env:P\"\n";
        var toml = (ConfigurationFolder.Minimal + Second).Replace("name = \"acme\"\nn", "name = \"acme\"\n" + login + "n").Replace("name = \"beta\"\nn", "name = \"beta\"\n" + login + "n");

        Assert.Equal(["relay.toml:24:12: error: client[1].username: another client has this user name, at relay.toml:7:12"], _folder.Problems(toml));
    }

    [Theory]
    [InlineData("name = \"beta\"", "name = \"acme\"", "21:8: error: client[1].name: there is a client 'acme' already, at relay.toml:6:8")]
    [InlineData("client = \"beta\"", "client = \"betta\"", "25:10: error: direction[1].client: there is no client 'betta'; did you mean 'beta'?")]
    [InlineData("default_direction = \"cold\"", "default_direction = \"gold\"", "23:21: error: client[1].default_direction: there is no direction 'gold' of client 'beta'; did you mean 'cold'?")]
    [InlineData("upstreams = [\"capture\"]", "upstreams = [\"captrue\"]", "28:14: error: direction[1].upstreams[0]: there is no upstream 'captrue'; did you mean 'capture'?")]
    [InlineData("upstreams = [\"capture\"]", "upstreams = []", "28:13: error: direction[1].upstreams: expected the name of at least one upstream")]
    [InlineData("upstreams = [\"capture\"]", "upstreams = [\"capture\", \"capture\"]", "28:25: error: direction[1].upstreams[1]: the upstream 'capture' stands here twice")]
    [InlineData("pool = \"p2\"", "pool = \"pp2\"", "27:8: error: direction[1].pool: there is no pool 'pp2'; did you mean 'p2'?")]
    [InlineData("pool = \"p2\"", "pool = \"p\"", "27:8: error: direction[1].pool: the pool 'p' belongs to client 'acme' already, at relay.toml:12:8; clients do not share senders")]
    [InlineData("name = \"p2\"", "name = \"p\"", "30:8: error: pool[1].name: there is a pool 'p' already, at relay.toml:15:8")]
    [InlineData("name = \"beta\"", "name = \"be ta\"", "21:8: error: client[1].name: expected a name of 1 to 64 letters, digits, '-', '_' and '.'")]
    [InlineData("pool = \"p2\"", "pool = \"p2\"\nreply_to = \"nobody\"", "28:12: error: direction[1].reply_to: expected \"keep\", \"original-from\", \"sender\" or an address, found 'nobody'")]
    public void Load_WrongReference_NamesPlaceAndSuggestion(string from, string to, string problem)
    {
        Assert.Contains("relay.toml:" + problem, _folder.Problems(ConfigurationFolder.Minimal + Second.Replace(from, to)));
    }

    [Fact]
    public void Load_ClientWithoutAnyWayIn_IsWarnedOf()
    {
        Assert.Equal(["relay.toml:20:1: warning: client[1]: nobody can submit as this client; it has neither username and password nor networks"],
            _folder.Problems(ConfigurationFolder.Minimal + Second.Replace("networks = [\"10.0.0.0/8\"]\n", "")));
    }

    [Fact]
    public void L10_AddressInTwoClientsPools_IsAnErrorThatNamesBothPlaces()
    {
        _folder.Write("s2.csv", "address\nb@example.com\nA@EXAMPLE.com\n");

        Assert.Equal(["s2.csv:3:1: error: address: the address belongs to client 'acme' already, at s.csv:2:1; clients do not share senders"],
            _folder.Problems(ConfigurationFolder.Minimal + Second));
    }

    [Fact]
    public void L10_AddressInTwoPoolsOfOneClient_IsOneSender()
    {
        _folder.Write("s2.csv", "address\na@example.com\n");

        var model = _folder.Model(ConfigurationFolder.Minimal + "[[pool]]\nname = \"p2\"\nsenders = \"s2.csv\"\n");

        Assert.Equal("p", Assert.Single(model.Senders).Value.Pool);
        Assert.Equal("p2", Assert.Single(model.Pools["p2"].Senders).Pool);
    }

    [Fact]
    public void L10_AddressInTwoPoolsWithTwoTimeZones_IsAnError()
    {
        _folder.Write("s2.csv", "address,time_zone\na@example.com,Europe/Berlin\n");

        Assert.StartsWith("s2.csv:2:1: error: address: the address has another time zone at s.csv:2:1",
            Assert.Single(_folder.Problems(ConfigurationFolder.Minimal + "[[pool]]\nname = \"p2\"\nsenders = \"s2.csv\"\n")));
    }

    [Fact]
    public void Load_Upstreams_AreSortedByTierInTheirOrder()
    {
        var toml = ConfigurationFolder.Minimal.Replace("[\"capture\"]", "[\"c\", \"b\", \"capture\", \"a\"]")
            + string.Concat(new[] { ("a", 0), ("b", 1), ("c", 2) }.Select(u => $"[[upstream]]\nname = \"{u.Item1}\"\ntype = \"capture\"\ntier = {u.Item2}\n"));

        Assert.Equal(["a", "b", "capture", "c"], _folder.Model(toml).Clients["acme"].DefaultDirection.Upstreams.Select(upstream => upstream.Name));
    }
}
