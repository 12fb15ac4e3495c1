using System.Text;

namespace OutreachRelay.Tests.Configuration;

/// <summary>Senders in CSV files and in <c>[[sender]]</c> tables.</summary>
public sealed class SenderFileTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_AllColumnsInAnotherOrder_AreRead()
    {
        _folder.Write("s.csv", "\uFEFFupstreams,time_zone,weight,daily_limit,warmup_start,display_name,address\r\n\"capture\",Europe/Berlin,0.5,3,2026-01-31,\"Weber, \"\"Anna\"\" ü\",Anna@Bücher.example\r\n\r\n");

        var sender = _folder.Model(ConfigurationFolder.Minimal).Senders["anna@xn--bcher-kva.example"];

        Assert.Equal(("Weber, \"Anna\" ü", 3, 0.5, "Europe/Berlin"), (sender.DisplayName, sender.DailyLimit, sender.Weight, sender.TimeZone.Id));
        Assert.Equal(("Anna@Bücher.example", "xn--bcher-kva.example", "capture"), (sender.Address.ToString(), sender.Domain, Assert.Single(sender.Upstreams)));
    }

    [Fact]
    public void Load_EmptyFields_TakeThePoolsDefaults()
    {
        _folder.Write("s.csv", "address,daily_limit,weight,time_zone\na@example.com,,,\n");

        var sender = _folder.Model(ConfigurationFolder.Minimal.Replace("name = \"p\"\n", "name = \"p\"\ndaily_limit = 7\ntime_zone = \"Asia/Tokyo\"\n")).Senders["a@example.com"];

        Assert.Equal((7, 1.0, "Asia/Tokyo", ""), (sender.DailyLimit, sender.Weight, sender.TimeZone.Id, sender.DisplayName));
    }

    [Theory]
    [InlineData("address\nno-at\n", "2:1: error: address: expected an address such as jane@example.com: there is no @")]
    [InlineData("address\na@example.com\n\na@localhost\n", "4:1: error: address: expected an address such as jane@example.com: the domain has no dot")]
    [InlineData("address,weight\n,1\n", "2:1: error: address: expected an address, found an empty field")]
    [InlineData("display_name,address\nÄ,x\n", "2:3: error: address: expected an address such as jane@example.com: there is no @")]
    [InlineData("display_name,address\n\"😀, b\",x\n", "2:8: error: address: expected an address such as jane@example.com: there is no @")]
    [InlineData("address,daily_limit\na@example.com,-1\n", "2:15: error: daily_limit: expected a whole number from 0 to 2147483647, found -1")]
    [InlineData("address,daily_limit\na@example.com,many\n", "2:15: error: daily_limit: expected a whole number from 0 to 2147483647, found 'many'")]
    [InlineData("address,warmup_start\na@example.com,31.01.2026\n", "2:15: error: warmup_start: expected a date such as 2026-01-31, found '31.01.2026'")]
    [InlineData("address,time_zone\na@example.com,Mars/Base\n", "2:15: error: time_zone: expected a time zone of this system such as \"Europe/Berlin\", found 'Mars/Base'")]
    [InlineData("address,upstreams\na@example.com,capture captur\n", "2:15: error: upstreams: there is no upstream 'captur'; did you mean 'capture'?")]
    [InlineData("address,weight\na@example.com\n", "2:1: error: expected as many fields as in the header row (2), found 1")]
    [InlineData("address\na@example.com,\n", "2:1: error: expected as many fields as in the header row (1), found 2")]
    [InlineData("address,mail\na@example.com,b\n", "1:9: error: expected a column of address,display_name,daily_limit,weight,warmup_start,time_zone,upstreams, found 'mail'")]
    [InlineData("address,daily-limit\na@example.com,b\n", "1:9: error: expected a column of address,display_name,daily_limit,weight,warmup_start,time_zone,upstreams, found 'daily-limit'; did you mean 'daily_limit'?")]
    [InlineData("address,address\na@example.com,b\n", "1:9: error: the column 'address' stands here twice")]
    [InlineData("display_name\nAnna\n", "1:1: error: address: the header row lacks the column 'address'")]
    [InlineData("address,display_name\na@example.com,\"Anna\n", "2:15: error: the quote is not closed")]
    [InlineData("address,display_name\na@example.com,An\"na\nb@example.com,B\n", "2:17: error: expected a comma or the end of the line; a field that holds quotes must be quoted, and each quote in it doubled")]
    [InlineData("address,display_name\na@example.com,\"An\"na\nb@example.com,B\n", "2:19: error: expected a comma or the end of the line; a field that holds quotes must be quoted, and each quote in it doubled")]
    [InlineData("address\na@example.com\rb@example.com\n", "2:14: error: expected a comma or the end of the line; a field that holds quotes must be quoted, and each quote in it doubled")]
    [InlineData("", "1:1: error: expected a header row with these columns in any order: address,display_name,daily_limit,weight,warmup_start,time_zone,upstreams")]
    public void Load_BrokenCsv_NamesFileLineAndColumn(string csv, string problem)
    {
        _folder.Write("s.csv", csv);

        Assert.Contains("s.csv:" + problem, _folder.Problems(ConfigurationFolder.Minimal));
    }

    [Theory]
    [InlineData("An\nna")]
    [InlineData("An\r\nna")]
    [InlineData("An\0na")]
    [InlineData("An\u001bna")]
    [InlineData("An\u202ena")]
    [InlineData("An\u2066na")]
    [InlineData("An\u2028na")]
    public void W10_ControlCharacterInADisplayName_IsAnErrorWithItsPlace(string name)
    {
        _folder.Write("s.csv", $"address,display_name\nb@example.com,B\na@example.com,\"{name}\"\n");

        Assert.Equal(["s.csv:3:15: error: display_name: a display name must not hold line ends, control characters or direction overrides"], _folder.Problems(ConfigurationFolder.Minimal));
    }

    [Fact]
    public void W10_ControlCharacterInAnInlineName_IsAnErrorWithItsPlace()
    {
        Assert.Equal(["relay.toml:23:16: error: sender[0].display_name: a display name must not hold line ends, control characters or direction overrides"],
            _folder.Problems(ConfigurationFolder.Minimal + "[[sender]]\npool = \"p\"\naddress = \"b@example.com\"\ndisplay_name = \"B\\r\\nBcc: x\"\n"));
    }

    [Fact]
    public void Load_LinesAfterAMultiLineField_AreCountedRight()
    {
        _folder.Write("s.csv", "address,display_name\na@example.com,\"A\nB\"\nx,C\n");

        Assert.Contains("s.csv:4:1: error: address: expected an address such as jane@example.com: there is no @", _folder.Problems(ConfigurationFolder.Minimal));
    }

    [Theory]
    [InlineData("a@example.com", "A@Example.COM")]
    [InlineData("a@bücher.example", "a@XN--BCHER-KVA.example")]
    public void L10_SameAddressTwiceInAPool_NamesBothPlaces(string first, string second)
    {
        _folder.Write("s.csv", $"address\n{first}\n{second}\n");

        Assert.Equal(["s.csv:3:1: error: address: the address is in the pool 'p' already, at s.csv:2:1"], _folder.Problems(ConfigurationFolder.Minimal));
    }

    [Fact]
    public void L11_PlusTag_IsASenderOfItsOwn()
    {
        _folder.Write("s.csv", "address\na@example.com\na+x@example.com\n");

        Assert.Equal(2, _folder.Model(ConfigurationFolder.Minimal).Senders.Count);
    }

    [Fact]
    public void Load_InlineSenders_AddToTheFiles()
    {
        var toml = ConfigurationFolder.Minimal + "[[sender]]\npool = \"p\"\naddress = \"b@example.com\"\ndisplay_name = \"Bé\"\ndaily_limit = 3\nweight = 2\ntime_zone = \"UTC\"\nupstreams = [\"capture\"]\n";

        Assert.Equal(["a@example.com", "b@example.com"], _folder.Model(toml).Pools["p"].Senders.Select(sender => sender.Key));
    }

    [Theory]
    [InlineData("pool = \"q\"\naddress = \"b@example.com\"", "21:8: error: sender[0].pool: there is no pool 'q'; did you mean 'p'?")]
    [InlineData("pool = \"p\"\naddress = \"a@example.com\"", "22:11: error: sender[0].address: the address is in the pool 'p' already, at s.csv:2:1")]
    [InlineData("pool = \"p\"", "20:1: error: sender[0].address: is missing, and has no default")]
    [InlineData("pool = \"p\"\naddress = \"b@example.com\"\nweight = -0.5", "23:10: error: sender[0].weight: expected a number from 0 to 1000000000, found -0.5")]
    [InlineData("pool = \"p\"\naddress = \"b@example.com\"\nupstreams = [\"ses\"]", "23:14: error: sender[0].upstreams[0]: there is no upstream 'ses'")]
    public void Load_WrongInlineSender_NamesThePlace(string lines, string problem)
    {
        Assert.Equal(["relay.toml:" + problem], _folder.Problems(ConfigurationFolder.Minimal + "[[sender]]\n" + lines));
    }

    [Theory]
    [InlineData("0", true)]
    [InlineData("1e9", false)]
    [InlineData("1000000000", true)]
    [InlineData("-1", false)]
    [InlineData("NaN", false)]
    [InlineData("", true)]
    public void L37_Weight_IsFromZeroUp(string weight, bool valid)
    {
        _folder.Write("s.csv", $"address,weight\na@example.com,{weight}\n");

        Assert.Equal(valid, _folder.Load(ConfigurationFolder.Minimal).Model is not null);
    }

    [Theory]
    [InlineData("address\n", "16:11: error: pool[0].senders: the pool has no senders; expected senders = \"FILE.csv\" or [[sender]] tables with this pool")]
    public void Load_PoolWithoutSenders_IsAnError(string csv, string problem)
    {
        _folder.Write("s.csv", csv);

        Assert.Equal(["relay.toml:" + problem], _folder.Problems(ConfigurationFolder.Minimal));
    }

    [Fact]
    public void Load_SenderThatNoUpstreamOfItsDirectionMayCarry_IsWarnedOf()
    {
        _folder.Write("s.csv", "address,upstreams\na@example.com,other\nb@example.com,other capture\n");

        Assert.Equal(["s.csv:2:1: warning: address: none of the sender's upstreams is one of direction 'cold', at relay.toml:11:8"],
            _folder.Problems(ConfigurationFolder.Minimal + "[[upstream]]\nname = \"other\"\ntype = \"capture\"\n"));
    }

    [Fact]
    public void Load_ErrorsInBothFiles_AreToldWithTheConfigurationFirst()
    {
        _folder.Write("s.csv", "address\nx\n");

        Assert.Equal(["relay.toml", "s.csv"], _folder.Problems(ConfigurationFolder.Minimal.Replace("[\"capture\"]", "[\"c\"]")).Select(problem => problem.Split(':')[0]));
    }

    [Fact]
    public void Load_CsvThatIsNotUtf8_NamesThePlace()
    {
        File.WriteAllBytes(Path.Combine(_folder.Path, "s.csv"), [.. "address,display_name\na@example.com,Zo"u8, 0xEB, (byte)'\n']);

        Assert.Equal(["s.csv:2:17: error: the file is not valid UTF-8"], _folder.Problems(ConfigurationFolder.Minimal));
    }

    [Fact]
    public void Load_ChangedCsv_NeverThrows()
    {
        var random = new Random(11);
        var sample = "address,display_name,daily_limit\r\na@example.com,\"A, \"\"B\"\"\",5\nb@example.com,Zoë,\n";
        const string Pieces = "\",\r\n\0é a@1";
        for (var round = 0; round < 2_000; round++)
        {
            var text = new StringBuilder(sample);
            for (var changes = random.Next(1, 6); changes > 0; changes--)
                text[random.Next(text.Length)] = Pieces[random.Next(Pieces.Length)];
            _folder.Write("s.csv", text.ToString());

            Assert.All(_folder.Load(ConfigurationFolder.Minimal).Problems, problem => Assert.True(problem is { Line: > 0, Column: > 0 }));
        }
    }

    [Fact]
    public void Load_HundredThousandSenders_TakesSeconds()
    {
        _folder.Write("s.csv", "address,display_name\n" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $"s{i}@d{i % 500}.example,\"Sender, {i}\"\n")));
        var clock = System.Diagnostics.Stopwatch.StartNew();

        Assert.Equal(100_000, _folder.Model(ConfigurationFolder.Minimal).Senders.Count);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }
}
