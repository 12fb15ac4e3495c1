using System.Net;
using Microsoft.Extensions.Logging;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Tests.Configuration;

public sealed class ConfigurationLoaderTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_MinimalFile_FillsInTheDefaults()
    {
        var model = _folder.Model(ConfigurationFolder.Minimal);

        Assert.Equal(Path.Combine(_folder.Path, "data"), model.DataDirectory);
        Assert.Equal(Path.Combine(_folder.Path, "data", "admin.sock"), model.AdminSocket);
        Assert.Equal(256L << 20, model.MinFreeSpace);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:8025"), model.Http.Address);
        Assert.Equal([60, 300, 900], model.Delivery.Retry.Select(wait => (int)wait.TotalSeconds));
        Assert.Equal((TimeSpan.FromDays(3), TimeSpan.FromSeconds(20), TimeSpan.FromDays(30)), (model.Delivery.Expire, model.Delivery.Grace, model.Delivery.Retention));
        Assert.Equal((25L << 20, 500, 50), (model.Listeners[0].MaxMessageSize, model.Listeners[0].MaxConnections, model.Listeners[0].MaxConnectionsPerAddress));
        Assert.Equal((100, TimeSpan.FromHours(1), PreflightMode.Warn), (model.Policy.MaxRecipients, model.Policy.DuplicateWindow, model.Policy.Preflight.Mode));
        Assert.Equal(new LogModel(LogLevel.Information, LogFormat.Text, RecipientLogging.Hash), model.Log);
    }

    [Fact]
    public void Load_MinimalFile_LinksClientDirectionPoolAndUpstream()
    {
        var model = _folder.Model(ConfigurationFolder.Minimal);

        var direction = model.Clients["acme"].DefaultDirection;
        Assert.Same(direction, model.Clients["acme"].Directions["cold"]);
        Assert.Same(model.Pools["p"], direction.Pool);
        Assert.Same(model.Upstreams["capture"], Assert.Single(direction.Upstreams));
        Assert.Equal((ReplyToMode.Keep, false, false), (direction.ReplyTo.Mode, direction.KeepDisplayName, direction.RewriteMessageId));
        Assert.Equal(("a@example.com", 50, 1.0, TimeZoneInfo.Utc), (model.Senders["a@example.com"].Key, direction.Pool.Senders[0].DailyLimit, direction.Pool.Senders[0].Weight, direction.Pool.Senders[0].TimeZone));
    }

    [Fact]
    public void Load_KeysThatWereAdded_AreInTheModel()
    {
        var toml = ConfigurationFolder.Minimal.Replace("\n[[listener]]", "\nmin_free_space = \"1GiB\"\n[delivery]\ngrace = \"5s\"\nretention = \"7d\"\n[[listener]]")
            .Replace("type = \"capture\"", "type = \"smtp\"\nhost = \"127.0.0.1\"\ntls = \"none\"\nmax_messages_per_connection = 7");

        var model = _folder.Model(toml);

        Assert.Equal((1L << 30, TimeSpan.FromSeconds(5), TimeSpan.FromDays(7)), (model.MinFreeSpace, model.Delivery.Grace, model.Delivery.Retention));
        Assert.Equal((7, 25), (model.Upstreams["capture"].MaxMessagesPerConnection, model.Upstreams["capture"].Port));
    }

    [Theory]
    [InlineData("", 256 << 20, 64 << 20, 1000)]
    [InlineData("min_free_space = \"1MiB\"", 1 << 20, 256 << 10, 1000)]
    [InlineData("min_free_space = 0", 0, 0, 1000)]
    [InlineData("hard_min_free_space = \"256MiB\"\nmin_free_inodes = 0", 256 << 20, 256 << 20, 0)]
    public void R32_FreeSpace_HardFloorIsAQuarterUnlessItIsGiven(string keys, long soft, long hard, long inodes)
    {
        var model = _folder.Model(ConfigurationFolder.Minimal.Replace("\n[[listener]]", $"\n{keys}\n[[listener]]"));

        Assert.Equal((soft, hard, inodes), (model.MinFreeSpace, model.HardMinFreeSpace, model.MinFreeInodes));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("received_from = \"full\"", false)]
    [InlineData("received_from = \"hidden\"", true)]
    public void W35_ReceivedFrom_HidesClientsOnlyWhenAsked(string key, bool hides) =>
        Assert.Equal(hides, _folder.Model(ConfigurationFolder.Minimal.Replace("\n[[listener]]", $"\n{key}\n[[listener]]")).HidesClients);

    [Fact]
    public void R32_HardFloorAboveTheSoftMark_IsAnError()
    {
        var problems = _folder.Load(ConfigurationFolder.Minimal.Replace("\n[[listener]]", "\nmin_free_space = 9\nhard_min_free_space = 10\n[[listener]]")).Problems;

        Assert.Equal("relay.hard_min_free_space", Assert.Single(problems).Path);
    }

    [Fact]
    public void Load_EmptyFile_NamesAllThatIsMissing()
    {
        var problems = _folder.Load("").Problems;

        Assert.Equal(["client", "listener", "pool", "relay.hostname", "upstream"], problems.Select(problem => problem.Path).Order(StringComparer.Ordinal));
        Assert.All(problems, problem => Assert.Equal((1, 1, ProblemSeverity.Error), (problem.Line, problem.Column, problem.Severity)));
    }

    [Fact]
    public void O7_SeveralErrors_AreAllListedInOrder()
    {
        var toml = ConfigurationFolder.Minimal.Replace("127.0.0.1:2525", "localhost:2525").Replace("pool = \"p\"", "pool = \"q\"").Replace("[\"127.0.0.1/32\"]", "[\"127.0.0.1/33\"]");

        Assert.Equal(
            [
                "relay.toml:4:11: error: listener[0].address: expected an address and port such as \"127.0.0.1:2525\" or \"[::1]:2525\", found 'localhost:2525'",
                "relay.toml:7:13: error: client[0].networks[0]: expected a prefix length from 0 to 32 behind the slash",
                "relay.toml:12:8: error: direction[0].pool: there is no pool 'q'; did you mean 'p'?",
            ],
            _folder.Problems(toml));
    }

    [Theory]
    [InlineData("nothing.toml", "the file does not exist")]
    [InlineData("", "the file is a folder")]
    public void O1_FileThatCannotBeRead_IsAProblem(string name, string message)
    {
        var loaded = ConfigurationLoader.Load(Path.Combine(_folder.Path, name));

        Assert.Null(loaded.Model);
        Assert.Equal(message, Assert.Single(loaded.Problems).Message);
    }

    [Fact]
    public void Load_FileOverTheLimit_IsNotRead()
    {
        var path = Path.Combine(_folder.Path, "huge.toml");
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
            RandomAccess.SetLength(file, 1L << 30); // sparse

        Assert.Equal($"{path}:1:1: error: the file is larger than {TomlReader.MaxLength >> 20} MiB", Assert.Single(ConfigurationLoader.Load(path).Problems).ToString());
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    [InlineData("")]
    [InlineData("a\0b")]
    public void Load_PathOfSomethingElse_EndsWithErrors(string path)
    {
        Assert.Null(ConfigurationLoader.Load(path).Model);
    }

    [Fact]
    public void O1_SyntaxError_NamesLineAndColumn()
    {
        Assert.Equal(["relay.toml:2:12: error: the string is not closed on its line"], _folder.Problems("[relay]\nhostname = \"relay\n"));
    }

    [Fact]
    public void O1_MissingCsv_NamesTheKey()
    {
        File.Delete(Path.Combine(_folder.Path, "s.csv"));

        Assert.Equal(["relay.toml:16:11: error: pool[0].senders: the file 's.csv' does not exist"], _folder.Problems(ConfigurationFolder.Minimal));
    }

    [Fact]
    public void Version_SameContent_IsTheSameTwelveDigits()
    {
        var version = _folder.Model(ConfigurationFolder.Minimal).Version;

        Assert.Matches("^[0-9a-f]{12}$", version);
        Assert.Equal(version, _folder.Model(ConfigurationFolder.Minimal).Version);
    }

    [Fact]
    public void Version_OtherFileCsvOrSecret_IsAnother()
    {
        var toml = ConfigurationFolder.Minimal.Replace("name = \"acme\"\n", "name = \"acme\"\nusername = \"u\"\npassword = \"env:P\"\n");
        _folder.Environment["P"] = "one";
        var versions = new List<string> { _folder.Model(toml).Version };

        versions.Add(_folder.Model(toml + "# changed").Version);
        _folder.Environment["P"] = "two";
        versions.Add(_folder.Model(toml).Version);
        _folder.Write("s.csv", "address\nb@example.com\n");
        versions.Add(_folder.Model(toml).Version);

        Assert.Equal(4, versions.Distinct().Count());
    }

    [Fact]
    public void Load_ChangedOctets_NeverThrows()
    {
        var random = new Random(7);
        var toml = ConfigurationFolder.Minimal;
        for (var round = 0; round < 2_000; round++)
        {
            var changed = toml.ToCharArray();
            for (var changes = random.Next(1, 5); changes > 0; changes--)
                changed[random.Next(changed.Length)] = toml[random.Next(toml.Length)];

            var loaded = _folder.Load(new string(changed));

            Assert.Equal(loaded.Model is null, loaded.Problems.Any(problem => problem.Severity == ProblemSeverity.Error));
        }
    }
}
