using System.Text;
using OutreachRelay.Policy.Score;

namespace OutreachRelay.Tests.Policy.Score;

public sealed class ScoreRuleFolderTests : IDisposable
{
    private const string Good = """"
        [[rule]]
        id = "a"
        check = "pattern"
        in = ["subject"]
        pattern = 'foo'
        weight = 2.5
        reason = "it says foo"
        example = """
        Subject: foo

        x
        """
        counterexample = """
        Subject: bar

        x
        """

        """";

    private readonly string _folder = Directory.CreateTempSubdirectory("outreach-relay-test-").FullName;

    public ScoreRuleFolderTests() => Directory.CreateDirectory(Path.Combine(_folder, "score"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_OneRule_ScoresByIt()
    {
        var score = Load(Good).Rules!.Score(Encoding.UTF8.GetBytes("Subject: a foo\r\n\r\nx"), true, false)!;

        Assert.Equal([new ScoreFinding("a", 2.5, "it says foo", "subject: foo")], score.Findings);
        Assert.Equal(2.5, score.Score);
    }

    [Theory]
    [InlineData("'foo'", "'fo('", "general.toml:5:11: error: rule[0].pattern: is no regular expression: InsufficientClosingParentheses at its character 4")]
    [InlineData("'foo'", "'(?=f)'", "general.toml:5:11: error: rule[0].pattern: cannot be matched in linear time")]
    [InlineData("pattern = 'foo'", "limit = 3", "general.toml:1:1: error: rule[0].pattern: is missing, and this check needs it")]
    [InlineData("weight = 2.5", "weight = 2.5\npercent = 3", "general.toml:7:11: error: rule[0].percent: this check does not take it")]
    [InlineData("\"pattern\"", "\"patern\"", "general.toml:3:9: error: rule[0].check: expected one of ")]
    [InlineData("[\"subject\"]", "[]", "general.toml:4:6: error: rule[0].in: expected at least one")]
    [InlineData("[\"subject\"]", "[\"body\"]", "general.toml:4:7: error: rule[0].in[0]: expected one of ")]
    [InlineData("weight = 2.5", "weight = 5000", "general.toml:6:10: error: rule[0].weight: expected a number from -100 to 1000")]
    [InlineData("Subject: foo", "Subject: fo", "general.toml:8:11: error: rule[0].example: does not meet its rule")]
    [InlineData("Subject: bar", "Subject: foo", "general.toml:13:18: error: rule[0].counterexample: meets the rule")]
    [InlineData("Subject: bar\n\n", "", "general.toml:13:18: error: rule[0].counterexample: is no message")]
    [InlineData("reason = ", "reazon = ", "general.toml:7:1: error: rule[0].reazon: there is no such key")]
    public void Load_WrongRule_IsNamedWithItsPlace(string old, string other, string problem)
    {
        Assert.Contains(old, Good);

        var problems = Load(Good.Replace(old, other, StringComparison.Ordinal)).Problems.Select(found => found.ToString());

        Assert.Contains(problem, string.Join('\n', problems));
    }

    [Fact]
    public void Load_ExampleThatCannotBeTriedInTime_IsAnError()
    {
        var rule = Good.Replace("'foo'", @"'^(\w+\s?)*$'").Replace("Subject: foo", "Subject: " + new string('a', 60) + "!").Replace("bar", "bar!");

        Assert.EndsWith("general.toml:8:11: error: rule[0].example: takes too long to try with the rule's expression", Assert.Single(Load(rule).Problems).ToString());
    }

    [Fact]
    public void Score_TextOnWhichItsExpressionWouldBacktrack_IsScored()
    {
        var rules = Load(Good.Replace("'foo'", @"'^(\w+\s?)*$'").Replace("Subject: bar", "Subject: bar!")).Rules!;

        var score = rules.Score(Encoding.UTF8.GetBytes($"Subject: {new string('a', 60)}!\r\n\r\nx"), true, false)!;

        Assert.Empty(score.Findings);
    }

    [Fact]
    public void Load_SameIdInTwoFiles_IsAnError()
    {
        File.WriteAllText(Path.Combine(_folder, "score", "more.toml"), Good);

        var problem = Assert.Single(Load(Good).Problems).ToString();

        Assert.EndsWith($"more.toml:2:6: error: rule[0].id: there is a rule 'a' already, at {_folder}/score/general.toml:2:6", problem);
    }

    [Fact]
    public void Load_FolderWithoutGeneralRules_IsAnError() =>
        Assert.Contains("general.toml", Assert.Single(ScoreRules.Load(_folder).Problems).ToString());

    private LoadedScoreRules Load(string general)
    {
        File.WriteAllText(Path.Combine(_folder, "score", "general.toml"), general);
        return ScoreRules.Load(_folder);
    }
}
