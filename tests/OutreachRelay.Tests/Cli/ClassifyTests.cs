using System.Text.Json;

namespace OutreachRelay.Tests.Cli;

public sealed class ClassifyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("outreach-relay-test-").FullName;
    private readonly Shell _shell = new("");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Classify_OneReply_TellsVerdictAndRule()
    {
        Assert.Equal(0, await _shell.RunAsync("classify", "--reply", "550 5.1.1 user unknown"));

        Assert.Equal("recipient: suppress, hard bounce [address-unknown] 550 5.1.1 user unknown\n", _shell.Output.ToString());
    }

    [Theory]
    [InlineData("ses", "final_dot", "454 Throttling failure: Maximum sending rate exceeded.", "throttle: slow_down for 5 s [ses-sending-rate] ")]
    [InlineData("mailgun", "auth", "535 no", "account: pause_account for 15 m [login-refused] ")]
    [InlineData("ses", "rcpt", "450 greylisted, try again in 300 seconds", "recipient: retry, asks for 5 m [greylisted] ")]
    [InlineData("ses", "final_dot", "250 Ok 0102", "message: accept [accepted] ")]
    public async Task Classify_ProviderAndStage_Decide(string provider, string stage, string reply, string expected)
    {
        Assert.Equal(0, await _shell.RunAsync("classify", "--reply", reply, "--provider", provider, "--stage", stage));

        Assert.Equal(expected + reply + "\n", _shell.Output.ToString());
    }

    [Fact]
    public async Task Classify_File_IsOneLineForEachReply()
    {
        Assert.Equal(0, await _shell.RunAsync("classify", "--replies", Write("r.txt", "550 5.1.1 a\r\n\n451 greylisted\n550 5.7.1")));

        Assert.Equal(["address-unknown", "greylisted", "policy"], _shell.Output.ToString().TrimEnd().Split('\n').Select(line => line.Split('[', ']')[1]));
    }

    [Fact]
    public async Task Classify_FileWithOtherLines_NamesThemAndEndsWith65()
    {
        var file = Write("r.txt", "550 5.1.1 a\nnonsense\n550-open\n\u001b[31m\n451 b\n");

        Assert.Equal(65, await _shell.RunAsync("classify", "--replies", file));

        Assert.Equal(2, _shell.Output.ToString().Count(c => c == '\n'));
        Assert.Equal([2, 3, 4], _shell.Error.ToString().TrimEnd().Split('\n').Select(line => int.Parse(line.Split(':')[2])));
    }

    [Fact]
    public async Task Classify_Json_IsOneObjectALine()
    {
        await _shell.RunAsync("classify", "--json", "--provider", "ses", "--replies", Write("r.txt", "454 Throttling failure: Daily message quota exceeded.\n550 5.1.1 a\n"));

        var lines = _shell.Output.ToString().TrimEnd().Split('\n');
        Assert.Equal("""
            {"scope":"account","action":"pause_account","pause_seconds":1800,"bounce":"none","rule":"ses-daily-quota","wait_seconds":1800,"reply":"454 Throttling failure: Daily message quota exceeded."}
            """, lines[0]);
        using var second = JsonDocument.Parse(lines[1]);
        Assert.Equal("hard", second.RootElement.GetProperty("bounce").GetString());
    }

    [Fact]
    public async Task Classify_HostileReply_IsShownHarmless()
    {
        Assert.Equal(0, await _shell.RunAsync("classify", "--reply", "550 \u001b[2J\u202eevil"));

        Assert.DoesNotContain('\u001b', _shell.Output.ToString());
        Assert.DoesNotContain('\u202e', _shell.Output.ToString());
    }

    [Fact]
    public async Task Classify_RulesOfTheConfiguration_AreThose()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "mine", "replies"));
        Write("mine/replies/general.toml", """
            [[rule]]
            id = "mine"
            code = "5xx"
            scope = "message"
            action = "fail"
            bounce = "none"
            example = "550 no"
            """);
        // A secret that is not set here does not matter.
        var configuration = Write("relay.toml", "[relay]\nconf_dir = \"mine\"\n[[client]]\npassword = \"env:NOT_SET\"\n");

        Assert.Equal(0, await _shell.RunAsync("classify", "--config", configuration, "--reply", "550 5.1.1 a"));

        Assert.Contains("[mine]", _shell.Output.ToString());
    }

    [Fact]
    public async Task Classify_BrokenRules_AreListedAndEndWith78()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "mine", "replies"));
        Write("mine/replies/general.toml", "[[rule]]\n");
        var configuration = Write("relay.toml", "[relay]\nconf_dir = \"mine\"\n");

        Assert.Equal(78, await _shell.RunAsync("classify", "--config", configuration, "--reply", "550 no"));

        Assert.Contains("general.toml:1:1: error: rule[0].id: is missing", _shell.Error.ToString());
    }

    [Theory]
    [InlineData(64)]
    [InlineData(64, "--reply", "550 a", "--replies", "x")]
    [InlineData(64, "--reply", "550 a", "--stage", "dot")]
    [InlineData(64, "--reply", "550 a", "--provider", "nobody")]
    [InlineData(65, "--reply", "")]
    [InlineData(65, "--reply", "hello")]
    [InlineData(65, "--reply", "550-and more")]
    [InlineData(65, "--reply", "550 one\n550 two")]
    [InlineData(65, "--replies", "no/such/file")]
    [InlineData(65, "--replies", "")]
    public async Task Classify_WrongArguments_EndWithTheirCode(int code, params string[] args)
    {
        Assert.Equal(code, await _shell.RunAsync(["classify", .. args]));
        Assert.Equal("", _shell.Output.ToString());
    }

    private string Write(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        return path;
    }
}
