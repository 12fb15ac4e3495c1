namespace OutreachRelay.Tests.Configuration;

/// <summary>What single keys accept, and what they say of the rest.</summary>
public sealed class KeyAndValueTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("[delivery]\nexpire = \"3\"", "21:10: error: delivery.expire: expected a duration such as \"30s\", \"5m\", \"2h\" or \"3d\", found '3'")]
    [InlineData("[delivery]\nexpire = 3", "21:10: error: delivery.expire: expected a duration such as \"30s\", \"5m\", \"2h\" or \"3d\", found an integer")]
    [InlineData("[delivery]\nexpire = \"9999999999999999999d\"", "21:10: error: delivery.expire: expected a duration such as \"30s\", \"5m\", \"2h\" or \"3d\", found '9999999999999999999d'")]
    [InlineData("[delivery]\nexpire = \"999999999999999d\"", "21:10: error: delivery.expire: expected a duration from 1m to 60d, found '999999999999999d'")]
    [InlineData("[delivery]\nretry = [\"1m\", \"5 m\"]", "21:16: error: delivery.retry[1]: expected a duration such as \"30s\", \"5m\", \"2h\" or \"3d\", found '5 m'")]
    [InlineData("[delivery]\nretry = \"1m\"", "21:9: error: delivery.retry: expected an array in brackets, found a string")]
    [InlineData("[delivery]\nin_doubt = \"hodl\"", "21:12: error: delivery.in_doubt: expected one of \"retry\", \"hold\", found 'hodl'; did you mean 'hold'?")]
    [InlineData("[policy]\nmax_recipients = 0", "21:18: error: policy.max_recipients: expected a whole number from 1 to 10000, found 0")]
    [InlineData("[policy]\nmax_recipients = 1.5", "21:18: error: policy.max_recipients: expected a whole number from 1 to 10000, found a float")]
    [InlineData("[log]\nlevel = \"loud\"", "21:9: error: log.level: expected one of \"trace\", \"debug\", \"info\", \"warn\", \"error\", found 'loud'")]
    [InlineData("[http]\naddress = \"8025\"", "21:11: error: http.address: expected an address and port such as \"127.0.0.1:2525\" or \"[::1]:2525\", found '8025'")]
    [InlineData("[http]\naddress = \"127.0.0.1:2525\"", "21:11: error: http.address: 127.0.0.1:2525 is taken already, at relay.toml:4:11")]
    [InlineData("[http]\naddress = \"127.0.0.1:80\"\npublic_address = \"127.0.0.1:80\"", "22:18: error: http.public_address: 127.0.0.1:80 is taken already, at relay.toml:21:11")]
    [InlineData("[http]\npublic_url = \"ftp://x\"", "21:14: error: http.public_url: expected a URL such as \"https://relay.example.com\", without user, query or fragment")]
    [InlineData("[deliverry]\nexpire = \"3d\"", "20:2: error: deliverry: there is no such table; did you mean 'delivery'?")]
    [InlineData("[delivery]\nexpires = \"3d\"", "21:1: error: delivery.expires: there is no such key; did you mean 'expire'?")]
    [InlineData("[delivery]\n\"a\\nb\" = 1", "21:1: error: delivery.'a?b': there is no such key")]
    [InlineData("[[listener]]\naddress = \"127.0.0.1:2526\"\nmax_message_size = \"25MB\"", "22:20: error: listener[1].max_message_size: expected a size such as \"25MiB\", \"64KiB\", \"1GiB\" or a number of octets, found '25MB'")]
    [InlineData("[[listener]]\naddress = \"127.0.0.1:2526\"\nmax_message_size = 1", "22:20: error: listener[1].max_message_size: expected a size from 1024 to 1073741824 octets")]
    [InlineData("[[listener]]\naddress = \"127.0.0.1:2526\"\ntls = \"starttls\"", "22:7: error: listener[1].tls: TLS needs a certificate; expected certificate = \"PATH\" of a chain in PEM form")]
    [InlineData("[[listener]]\nmax_connections = 5", "20:1: error: listener[1].address: is missing, and has no default")]
    [InlineData("[[domain]]\nname = \"a@b.example\"", "21:8: error: domain[0].name: expected a domain such as \"example.com\", found 'a@b.example'")]
    [InlineData("[[domain]]\nname = \"B.example\"\n[[domain]]\nname = \"b.example\"", "23:8: error: domain[1].name: there is a domain 'b.example' already, at relay.toml:21:8")]
    public void Load_WrongKeyOrValue_NamesPlacePathAndExpectation(string more, string problem)
    {
        Assert.Equal(["relay.toml:" + problem], _folder.Problems(ConfigurationFolder.Minimal + more));
    }

    [Theory]
    [InlineData("hostname = \"relay.example.com\"", "hostname = \"relay_example..com\"", "2:12: error: relay.hostname: expected a host name such as \"relay.example.com\", found 'relay_example..com'")]
    [InlineData("hostname = \"relay.example.com\"", "hostname = \"relay.example.com\"\nstore = \"postgres\"", "3:9: error: relay.store: PostgreSQL does not work yet; expected \"sqlite\"")]
    [InlineData("hostname = \"relay.example.com\"", "data_dir = \"d\"", "1:1: error: relay.hostname: is missing, and has no default")]
    [InlineData("[[client]]", "[client]", "5:1: error: client: expected tables with double brackets, [[client]], found a table")]
    public void Load_WrongMinimum_NamesPlacePathAndExpectation(string from, string to, string problem)
    {
        Assert.Contains("relay.toml:" + problem, _folder.Problems(ConfigurationFolder.Minimal.Replace(from, to)));
    }

    [Theory]
    [InlineData("[[listener]]\naddress = \"[::1]:0\"\nmax_message_size = 1048576")]
    [InlineData("[[listener]]\naddress = \"127.0.0.1:2526\"\nproxy_protocol_from = [\"10.0.0.5\", \"2001:db8::/32\"]")]
    [InlineData("[[listener]]\naddress = \"0.0.0.0:25\"\ntls = \"none\"\nmax_message_size = \"1GiB\"")]
    [InlineData("[delivery]\nretry = []\nin_doubt = \"hold\"\nin_doubt_wait = \"0s\"")]
    [InlineData("[http]\npublic_url = \"https://relay.example.com\"\npublic_address = \"0.0.0.0:8443\"")]
    [InlineData("[[domain]]\nname = \"bücher.example\"\nreturn_path = \"bounce.bücher.example\"")]
    public void Load_RightValue_HasNoProblem(string more)
    {
        Assert.Empty(_folder.Problems(ConfigurationFolder.Minimal + more));
    }

    [Fact]
    public void Load_KeyWithoutItsFeature_WarnsOnce()
    {
        var problems = _folder.Problems(ConfigurationFolder.Minimal.Replace("[relay]\n", "[relay]\npostgres = \"env:DATABASE\"\n"));

        Assert.Equal(["relay.toml:2:12: warning: relay.postgres: is not in force yet; the value is checked and has no effect"], problems);
    }

    [Theory]
    [InlineData("spread = \"off\"")]
    [InlineData("window = \"always\"")]
    [InlineData("window = \"Mon-Fri 08:00-18:00\"\nspread = \"window\"\ngap = \"5m\"")]
    [InlineData("window = \"Mon,Wed 22:00-06:00\"")]
    [InlineData("window = \"Mon-Fri 00:00-24:00\"")]
    [InlineData("gap = \"0s\"")]
    [InlineData("sticky = \"off\"")]
    [InlineData("sticky = \"thread\"\nsticky_missing = \"0s\"")]
    [InlineData("warmup = { start = 5, step = 2 }\nwarmup_idle = \"720h\"\ndomain_warmup = \"off\"")]
    [InlineData("warmup = \"careful\"\ndomain_warmup = { start = 0, step = 1 }")]
    [InlineData("domain_hourly_limit = 50\npause_dwell = \"7d\"\npause_complaints = 1\npause_bounce_rate = 0\npause_min_samples = 1")]
    public void Load_RightPoolKey_HasNoProblem(string line)
    {
        Assert.Empty(_folder.Problems(ConfigurationFolder.Minimal.Replace("name = \"p\"\n", "name = \"p\"\n" + line + "\n")));
    }

    [Theory]
    [InlineData("warmup = { start = 5 }", "pool[0].warmup.step: is missing")]
    [InlineData("window = \"Mon-Fry 08:00-18:00\"", "expected \"always\" or days and hours")]
    [InlineData("window = \"Mon-Fri 08:00-24:30\"", "expected \"always\" or days and hours")]
    [InlineData("warmup = \"mailboxes\"", "pool[0].warmup: expected one of \"mailbox\", \"new-domain\", \"careful\", found 'mailboxes'; did you mean 'mailbox'?")]
    [InlineData("warmup = { start = 0, step = 0 }", "pool[0].warmup: a ramp that starts at 0 and does not grow never sends anything")]
    [InlineData("domain_warmup = { start = 0, step = 0 }", "pool[0].domain_warmup: a ramp that starts at 0 and does not grow never sends anything")]
    [InlineData("domain_warmup = \"on\"", "pool[0].domain_warmup: expected one of \"off\", found 'on'")]
    [InlineData("domain_warmup = 5", "expected one table, [pool.domain_warmup], found an integer")]
    [InlineData("warmup_idle = \"36h\"", "pool[0].warmup_idle: expected whole days, such as \"30d\"")]
    [InlineData("window = \"Mon 24:00-06:00\"", "expected \"always\" or days and hours")]
    [InlineData("window = \" 08:00-18:00\"", "expected \"always\" or days and hours")]
    [InlineData("pause_complaints = 0", "expected a whole number from 1 to 1000000, found 0")]
    [InlineData("pause_bounce_rate = 1.1", "expected a number from 0 to 1, found 1.1")]
    [InlineData("pause_bounce_rate = nan", "expected a number from 0 to 1, found NaN")]
    [InlineData("time_zone = \"Europe/Atlantis\"", "expected a time zone of this system such as \"Europe/Berlin\", found 'Europe/Atlantis'")]
    [InlineData("time_zone = \"../../etc/passwd\"", "expected a time zone of this system")]
    [InlineData("daily_limit = -1", "expected a whole number from 0 to 2147483647, found -1")]
    public void Load_PoolKey_SaysWhatItExpects(string line, string message)
    {
        Assert.Contains(_folder.Problems(ConfigurationFolder.Minimal.Replace("name = \"p\"\n", "name = \"p\"\n" + line + "\n")), problem => problem.StartsWith("relay.toml:1", StringComparison.Ordinal) && problem.Contains(message));
    }

    [Fact]
    public void L34_EmptyWindow_IsAnError()
    {
        var toml = ConfigurationFolder.Minimal.Replace("name = \"p\"\n", "name = \"p\"\nwindow = \"Mon 08:00-08:00\"\n");

        Assert.Contains(_folder.Problems(toml), problem => problem.StartsWith("relay.toml:16:10: error: pool[0].window: the window is empty", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_ThousandsOfErrors_AreCutOffWithAWord()
    {
        var problems = _folder.Problems(ConfigurationFolder.Minimal + "[delivery]\nretry = [" + string.Concat(Enumerable.Repeat("1,\n", 5_000)) + "]\n");

        Assert.Equal(1001, problems.Length);
        Assert.EndsWith("more than 1000 problems; the others of this file are not listed", problems[^1]);
    }
}
