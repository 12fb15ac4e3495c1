using System.Text.Json;
using OutreachRelay.Tests.Policy.Score;

namespace OutreachRelay.Tests.Cli;

public sealed class ScoreCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("outreach-relay-test-").FullName;
    private readonly Shell _shell = new("");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Score_Files_TellsRuleWeightReasonAndPlace()
    {
        var (clean, bad) = (Write("clean.eml", ScoreMessages.Clean), Write("bad.eml", ScoreMessages.Clean.Replace("Hello Ann", "Hi {{first_name}}", StringComparison.Ordinal)));

        Assert.Equal(0, await _shell.RunAsync("score", clean, bad));

        Assert.Equal($"{clean}: 0\n{bad}: 8\n     +8  placeholder-braces: a placeholder was not filled in (text: {{{{first_name}}}})\n", _shell.Output.ToString());
    }

    [Fact]
    public async Task Score_LineEndsOfThisMachine_AreRead()
    {
        Assert.Equal(0, await _shell.RunAsync("score", Write("unix.eml", ScoreMessages.Clean.ReplaceLineEndings("\n"))));

        Assert.EndsWith(": 0\n", _shell.Output.ToString());
    }

    [Fact]
    public async Task Score_Json_IsAnArrayOfFiles()
    {
        var file = Write("bad.eml", ScoreMessages.Clean.Replace("Subject: Your", "Subject: {{x}}", StringComparison.Ordinal));

        Assert.Equal(0, await _shell.RunAsync("score", "--json", file));

        var report = Assert.Single(JsonDocument.Parse(_shell.Output.ToString()).RootElement.EnumerateArray());
        Assert.Equal((file, 8, "accept"), (report.GetProperty("file").GetString(), report.GetProperty("score").GetInt32(), report.GetProperty("action").GetString()));
        var finding = Assert.Single(report.GetProperty("findings").EnumerateArray());
        Assert.Equal(("placeholder-braces", "subject: {{x}}"), (finding.GetProperty("rule").GetString(), finding.GetProperty("where").GetString()));
    }

    [Fact]
    public async Task Score_NoMessage_IsNamedAndTheOthersAreScored()
    {
        Assert.Equal(65, await _shell.RunAsync("score", Write("list.csv", "a,b\n"), Path.Combine(_folder, "none.eml"), Write("clean.eml", ScoreMessages.Clean)));

        Assert.Contains("clean.eml: 0\n", _shell.Output.ToString());
        Assert.Contains("list.csv: is no message", _shell.Error.ToString());
        Assert.Contains("none.eml: cannot be read", _shell.Error.ToString());
    }

    [Fact]
    public async Task Score_RelayAddsUnsubscribe_DoesNotMissIt()
    {
        var file = Write("a.eml", ScoreMessages.Clean.Replace("List-Unsubscribe", "X-None", StringComparison.Ordinal));

        await _shell.RunAsync("score", file);
        await _shell.RunAsync("score", "--adds-unsubscribe", file);

        Assert.Equal(["1.5", "0"], _shell.Output.ToString().Split('\n').Where(line => line.StartsWith(file, StringComparison.Ordinal)).Select(line => line.Split(": ")[1]));
    }

    // O22: what stands in a mail cannot speak to the terminal.
    [Fact]
    public async Task O22_Score_HostileSubject_IsOneInertLine()
    {
        await _shell.RunAsync("score", Write("a.eml", ScoreMessages.Clean.Replace("Your drawings", "{{\u001b[31m\u202ex}}", StringComparison.Ordinal)));

        Assert.DoesNotContain('\u001b', _shell.Output.ToString());
        Assert.DoesNotContain('\u202e', _shell.Output.ToString());
    }

    private string Write(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        return path;
    }
}
