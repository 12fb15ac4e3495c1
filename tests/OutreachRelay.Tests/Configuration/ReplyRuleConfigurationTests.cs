using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Tests.Configuration;

public sealed class ReplyRuleConfigurationTests : IDisposable
{
    private const string Rule = """
        [[rule]]
        id = "mine"
        code = "550"
        scope = "message"
        action = "fail"
        bounce = "none"
        example = "550 no"

        """;

    private readonly ConfigurationFolder _folder = new();
    private readonly string _toml = ConfigurationFolder.Minimal.Replace("[[listener]]", "conf_dir = \"rules\"\n[[listener]]");

    public ReplyRuleConfigurationTests() => Directory.CreateDirectory(Path.Combine(_folder.Path, "rules", "replies"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_NoConfDir_TakesTheRulesBesideTheProgram() =>
        Assert.Equal(Models.ShippedReplies.Providers, _folder.Model(ConfigurationFolder.Minimal).Replies.Providers);

    [Fact]
    public void Load_ConfDir_IsRelativeToTheFile()
    {
        _folder.Write("rules/replies/general.toml", Rule);

        Assert.Equal("mine", _folder.Model(_toml).Replies.Classify(null, SmtpStage.Rcpt, 550, default, "").RuleId);
    }

    [Fact]
    public void Load_BrokenRules_AreErrorsWithTheirPlace()
    {
        _folder.Write("rules/replies/general.toml", Rule.Replace("550 no", "551 no"));

        Assert.Equal(["rules/replies/general.toml:7:11: error: rule[0].example: does not match its rule"], _folder.Problems(_toml));
        Assert.Null(_folder.Load(_toml).Model);
    }

    [Fact]
    public void Load_NoFolder_IsAnError() => Assert.Equal(
        ["nowhere/replies:1:1: error: the folder of the rules for replies does not exist"], _folder.Problems(_toml.Replace("\"rules\"", "\"nowhere\"")));

    [Theory]
    [InlineData("rules/replies/general.toml", "# another comment\n" + Rule)]
    [InlineData("rules/replies/ses.toml", "")]
    public void Load_OtherRules_AreAnotherVersion(string file, string content)
    {
        _folder.Write("rules/replies/general.toml", Rule);
        var before = _folder.Model(_toml).Version;
        Assert.Equal(before, _folder.Model(_toml).Version);

        _folder.Write(file, content);

        Assert.NotEqual(before, _folder.Model(_toml).Version);
    }

    [Fact]
    public void Load_RuleFileWithAnotherName_IsAnotherVersion()
    {
        _folder.Write("rules/replies/general.toml", "");
        _folder.Write("rules/replies/ses.toml", Rule);
        var before = _folder.Model(_toml).Version;

        File.Move(Path.Combine(_folder.Path, "rules", "replies", "ses.toml"), Path.Combine(_folder.Path, "rules", "replies", "set.toml"));

        Assert.NotEqual(before, _folder.Model(_toml).Version);
    }

    [Fact]
    public void FolderBesideProgram_IsThere() => Assert.True(File.Exists(Path.Combine(DataFolder.BesideProgram, "replies", "general.toml")));
}
