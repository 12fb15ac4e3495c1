using System.Text;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Tests.Outcome.Replies;

public sealed class ReplyRuleFolderTests : IDisposable
{
    private const string Good = """
        [[rule]]
        id = "a"
        code = "550"
        scope = "message"
        action = "fail"
        bounce = "none"
        example = "550 no"

        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("outreach-relay-test-").FullName;

    public ReplyRuleFolderTests() => Directory.CreateDirectory(Path.Combine(_folder, "replies"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_FilesOfProviders_AreNamedByTheirFile()
    {
        Write("oracle.toml", Good.Replace("\"a\"", "\"b\""));

        var loaded = Load(Good);

        Assert.Equal(["oracle"], loaded.Rules!.Providers);
        Assert.Equal("b", loaded.Rules.Classify("oracle", SmtpStage.Rcpt, 550, default, "").RuleId);
        Assert.Equal("a", loaded.Rules.Classify(null, SmtpStage.Rcpt, 550, default, "").RuleId);
    }

    [Theory]
    [InlineData("stage = [\"rcpt\", \"final_dot\"]\n", SmtpStage.Rcpt, true)]
    [InlineData("stage = [\"rcpt\", \"final_dot\"]\n", SmtpStage.FinalDot, true)]
    [InlineData("stage = [\"rcpt\", \"final_dot\"]\n", SmtpStage.Data, false)]
    [InlineData("stage = \"hello\"\n", SmtpStage.Idle, true)]
    [InlineData("stage = \"data\"\n", SmtpStage.Content, true)]
    [InlineData("", SmtpStage.Mail, true)]
    public void Load_Stages_LimitWhereARuleApplies(string stage, SmtpStage at, bool matches)
    {
        var rules = Load(Good.Replace("code =", stage + "code =")).Rules!;

        Assert.Equal(matches, rules.Classify(null, at, 550, default, "").RuleId == "a");
    }

    [Theory]
    [InlineData("5.1.1", 5, 1, 1, true)]
    [InlineData("5.1.1", 5, 1, 10, false)]
    [InlineData("5.1.1", 4, 1, 1, false)]
    [InlineData("5.7.*", 5, 7, 26, true)]
    [InlineData("5.7.*", 5, 1, 26, false)]
    [InlineData("*.1.1", 4, 1, 1, true)]
    [InlineData("*.*.*", 0, 0, 0, false)]
    public void Load_EnhancedCode_MatchesWithWildcards(string pattern, byte kind, ushort subject, ushort detail, bool matches)
    {
        var example = $"550 {pattern.Replace('*', '5')} no";
        var rules = Load(Good.Replace("550 no", example).Replace("code =", $"enhanced = \"{pattern}\"\ncode =")).Rules!;

        Assert.Equal(matches, rules.Classify(null, SmtpStage.Rcpt, 550, new EnhancedStatusCode(kind, subject, detail), "").RuleId == "a");
    }

    [Theory]
    [InlineData("id = \"a\"", "", "1:1: error: rule[0].id: is missing, and has no default")]
    [InlineData("code = \"550\"", "", "1:1: error: rule[0].code: is missing, and has no default")]
    [InlineData("scope = \"message\"", "", "1:1: error: rule[0].scope: is missing, and has no default")]
    [InlineData("action = \"fail\"", "", "1:1: error: rule[0].action: is missing, and has no default")]
    [InlineData("bounce = \"none\"", "", "1:1: error: rule[0].bounce: is missing, and has no default")]
    [InlineData("example = \"550 no\"", "", "1:1: error: rule[0].example: is missing, and has no default")]
    [InlineData("example = \"550 no\"", "example = []", "7:11: error: rule[0].example: expected at least one")]
    [InlineData("code = \"550\"", "code = []", "3:8: error: rule[0].code: expected at least one")]
    [InlineData("code =", "texts = 1\ncode =", "3:1: error: rule[0].texts: there is no such key; did you mean 'text'?")]
    [InlineData("[[rule]]", "[[rules]]", "1:3: error: rules: there is no such table; did you mean 'rule'?")]
    [InlineData("[[rule]]", "[rule]", "1:1: error: rule: expected tables with double brackets, [[rule]], found a table")]
    [InlineData("\"550\"", "550", "3:8: error: rule[0].code: expected an array in brackets, found an integer")]
    [InlineData("\"550\"", "\"55x\"", "3:8: error: rule[0].code: expected a code from \"200\" to \"599\", or a class such as \"4xx\", found '55x'")]
    [InlineData("\"550\"", "[\"550\", \"650\"]", "3:16: error: rule[0].code[1]: expected a code from \"200\" to \"599\", or a class such as \"4xx\", found '650'")]
    [InlineData("code =", "stage = \"dot\"\ncode =", "3:9: error: rule[0].stage: expected one of \"connect\", \"tls\", \"greeting\", \"hello\", \"auth\", \"mail\", \"rcpt\", \"data\", \"final_dot\", found 'dot'")]
    [InlineData("code =", "enhanced = \"5.1\"\ncode =", "3:12: error: rule[0].enhanced: expected an enhanced status code such as \"5.1.1\", \"5.7.*\" or \"*.2.2\", found '5.1'")]
    [InlineData("code =", "enhanced = \"3.1.1\"\ncode =", "3:12: error: rule[0].enhanced: expected an enhanced status code such as \"5.1.1\", \"5.7.*\" or \"*.2.2\", found '3.1.1'")]
    [InlineData("code =", "text = \"(\"\ncode =", "3:8: error: rule[0].text: is no regular expression: InsufficientClosingParentheses at its character 2")]
    [InlineData("code =", "text = '(a)\\1'\ncode =", "3:8: error: rule[0].text: is no regular expression: UndefinedNumberedReference at its character 6")]
    [InlineData("code =", "text = '(?=a)'\ncode =", "3:8: error: rule[0].text: cannot be matched in linear time: it looks around or back, or repeats too much")]
    [InlineData("code =", "text = '(?!a)b'\ncode =", "3:8: error: rule[0].text: cannot be matched in linear time: it looks around or back, or repeats too much")]
    [InlineData("code =", "text = '(?>no)'\ncode =", "3:8: error: rule[0].text: cannot be matched in linear time: it looks around or back, or repeats too much")]
    [InlineData("code =", "text = '(?<x>n)o\\k<x>'\ncode =", "3:8: error: rule[0].text: cannot be matched in linear time: it looks around or back, or repeats too much")]
    [InlineData("code =", "text = \"\"\ncode =", "3:8: error: rule[0].text: expected a regular expression of 1 to 1000 characters")]
    [InlineData("\"message\"", "\"mail\"", "4:9: error: rule[0].scope: expected one of \"connection\", \"account\", \"sender\", \"domain\", \"recipient\", \"message\", \"throttle\", found 'mail'")]
    [InlineData("\"fail\"", "\"bounce\"", "5:10: error: rule[0].action: expected one of \"retry\", \"other_upstream\", \"pause_account\", \"pause_sender\", \"pause_domain\", \"suppress\", \"fail\", \"slow_down\", found 'bounce'")]
    [InlineData("\"none\"", "\"maybe\"", "6:10: error: rule[0].bounce: expected one of \"none\", \"hard\", \"soft\", \"blocked\", found 'maybe'")]
    [InlineData("bounce =", "for = \"0s\"\nbounce =", "6:7: error: rule[0].for: expected a duration from 1s to 7d, found '0s'")]
    [InlineData("bounce =", "for = \"5m\"\nbounce =", "6:7: error: rule[0].for: has a meaning only with an action that pauses or slows down")]
    [InlineData("\"fail\"", "\"pause_account\"", "4:9: error: rule[0].scope: this action is for the scope \"account\"")]
    [InlineData("\"fail\"", "\"slow_down\"", "4:9: error: rule[0].scope: this action is for the scope \"throttle\"")]
    [InlineData("\"550\"", "[\"550\", \"4xx\"]", "3:16: error: rule[0].code[1]: a transient reply does not end an entry")]
    [InlineData("\"none\"", "\"hard\"", "6:10: error: rule[0].bounce: a hard bounce suppresses: expected action = \"suppress\"")]
    [InlineData("550 no", "no", "7:11: error: rule[0].example: expected a reply such as \"550 5.1.1 user unknown\", found 'no'")]
    [InlineData("550 no", "550 no\\n550 no", "7:11: error: rule[0].example: expected a reply such as \"550 5.1.1 user unknown\", found '550 no?550 no'")]
    [InlineData("550 no", "551 no", "7:11: error: rule[0].example: does not match its rule")]
    [InlineData("id = \"a\"", "id = \"a", "2:6: error: the string is not closed on its line")]
    public void Load_OneMistake_IsToldWithItsPlace(string right, string wrong, string expected) =>
        Assert.Equal([$"replies/general.toml:{expected}"], Problems(Good.Replace(right, wrong)));

    [Theory]
    [InlineData("n(o|a{2,3})$", true)]
    [InlineData("(?i:NO)", true)]
    [InlineData("[{1(?=]|o", true)]
    [InlineData("\\{1", false)]
    public void Load_Expression_MatchesAsItIsWritten(string text, bool matches)
    {
        var rule = Good.Replace("code =", $"text = '({text})|x'\ncode =").Replace("550 no", matches ? "550 no" : "550 x");

        Assert.Equal(matches, Load(rule).Rules!.Classify(null, SmtpStage.Rcpt, 550, default, "no").RuleId == "a");
    }

    [Fact]
    public void Load_ExampleThatCannotBeTriedInTime_IsAnError()
    {
        var rule = Good.Replace("code =", "text = '^(\\w+\\s?)*$'\ncode =").Replace("550 no", "550 " + new string('a', 60) + "!");

        Assert.Equal(["replies/general.toml:8:11: error: rule[0].example: takes too long to try with the expressions of its rule and the earlier ones"], Problems(rule));
    }

    [Theory]
    [InlineData("", "action = \"suppress\"", "expected them as stage")]
    [InlineData("stage = \"mail\"\nenhanced = \"5.1.1\"\n", "action = \"suppress\"", "expected them as stage")]
    [InlineData("stage = \"rcpt\"\n", "action = \"suppress\"", "a bare code suppresses nobody")]
    public void Load_RuleThatSuppressesTooEasily_IsAnError(string condition, string action, string expected)
    {
        var toml = Good.Replace("code =", condition + "code =").Replace("\"message\"", "\"recipient\"").Replace("action = \"fail\"", action);

        Assert.Contains(Problems(toml), problem => problem.Contains(expected));
    }

    [Fact]
    public void Load_IdTwiceInTwoFiles_IsAnErrorThatNamesTheFirst()
    {
        Write("ses.toml", Good);

        Assert.Equal(["replies/ses.toml:2:6: error: rule[0].id: there is a rule 'a' already, at replies/general.toml:2:6"], Problems(Good));
    }

    [Fact]
    public void Load_ExampleOfAnEarlierRule_IsAnError() => Assert.Equal(
        ["replies/general.toml:14:11: error: rule[1].example: matches an earlier rule, 'a'"], Problems(Good + Good.Replace("\"a\"", "\"b\"")));

    [Fact]
    public void Load_ExampleThatOneOfItsStagesLosesToAnEarlierRule_IsAnError()
    {
        var first = Good.Replace("code =", "stage = \"data\"\ncode =");
        var second = Good.Replace("\"a\"", "\"b\"").Replace("code =", "stage = [\"rcpt\", \"data\"]\ncode =");

        Assert.Equal(["replies/general.toml:16:11: error: rule[1].example: matches an earlier rule, 'a'"], Problems(first + second));
    }

    [Fact]
    public void Load_MistakesInTwoFiles_AreAllListed()
    {
        Write("ses.toml", "[[rule]]\nid = 1\n");

        var problems = Problems(Good.Replace("550 no", "551 no"));

        Assert.Equal("replies/general.toml:7:11: error: rule[0].example: does not match its rule", problems[0]);
        Assert.Contains("replies/ses.toml:2:6: error: rule[0].id: expected a name in quotes, found an integer", problems);
        Assert.Null(ReplyRules.Load(_folder).Rules);
    }

    [Fact]
    public void Load_WithoutGeneralRules_IsAnError()
    {
        Write("ses.toml", Good);

        Assert.Equal(["replies/general.toml:1:1: error: the file does not exist"], Problems());
    }

    [Fact]
    public void Load_WithoutFolder_IsAnError() => Assert.Equal(
        $"{Path.Combine(_folder, "no", "replies")}:1:1: error: the folder of the rules for replies does not exist",
        Assert.Single(ReplyRules.Load(Path.Combine(_folder, "no")).Problems).ToString());

    [Fact]
    public void Load_FileThatIsNoName_IsAnError()
    {
        Write("a b.toml", Good.Replace("\"a\"", "\"b\""));

        Assert.StartsWith("replies/a b.toml:1:1: error: the file has the name of a provider: expected a name", Assert.Single(Problems(Good)));
    }

    [Fact]
    public void Load_TooManyRules_IsAnError()
    {
        var toml = new StringBuilder();
        for (var i = 0; i <= 500; i++)
            toml.Append($"[[rule]]\nid = \"r{i}\"\ncode = \"550\"\ntext = \"^x{i}$\"\nscope = \"message\"\naction = \"fail\"\nbounce = \"none\"\nexample = \"550 x{i}\"\n");

        Assert.Equal(["replies/general.toml:4001:1: error: rule[500]: the file has more than 500 rules"], Problems(toml.ToString()));
    }

    [Fact]
    public void Load_FilesAsTheyWere_YieldsTheSameRules()
    {
        var first = Load(Good).Rules;
        Assert.Same(first, Load(Good).Rules);

        var second = Load(Good.Replace("\"a\"", "\"b\"")).Rules;

        Assert.Equal("b", second!.Classify(null, SmtpStage.Rcpt, 550, default, "").RuleId);
    }

    [Fact]
    public void Load_BrokenFilesTwice_AreErrorsTwice()
    {
        var toml = Good.Replace("550 no", "551 no");

        Assert.Single(Problems(toml));
        Assert.Single(Problems(toml));
    }

    private void Write(string name, string toml) => File.WriteAllText(Path.Combine(_folder, "replies", name), toml);

    private LoadedReplyRules Load(string general)
    {
        Write("general.toml", general);
        var loaded = ReplyRules.Load(_folder);
        Assert.Empty(loaded.Problems);
        return loaded;
    }

    private string[] Problems(string? general = null)
    {
        if (general is not null)
            Write("general.toml", general);
        return [.. ReplyRules.Load(_folder).Problems.Select(problem => problem.ToString().Replace(_folder + "/", "", StringComparison.Ordinal))];
    }
}
