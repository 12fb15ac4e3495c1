using System.Net;
using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Configuration;

public sealed class ScoreRuleTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_NoTable_ScoresNothing() => Assert.Null(_folder.Model(ConfigurationFolder.Minimal).Policy.Score);

    [Fact]
    public void Load_EmptyTable_ScoresWithoutThresholds()
    {
        var score = _folder.Model(ConfigurationFolder.Minimal + "[score]\n").Policy.Score!;

        Assert.Equal((null, null, null), (score.TagAt, score.HoldAt, score.RefuseAt));
        Assert.NotEmpty(score.Rules.Ids);
    }

    [Fact]
    public void Load_AllKeys_AreInTheModel()
    {
        var score = _folder.Model(ConfigurationFolder.Minimal + """
            [score]
            tag_at = 4
            hold_at = 8.5
            refuse_at = 12
            [[score.external]]
            type = "rspamd"
            address = "127.0.0.1:11333"
            [[score.external]]
            type = "spamassassin"
            address = "10.0.0.7:783"
            timeout = "5s"
            on_error = "refuse"

            """).Policy.Score!;

        Assert.Equal((4, 8.5, 12), (score.TagAt, score.HoldAt, score.RefuseAt));
        Assert.Equal(new ScorerModel(ScorerType.Rspamd, new IPEndPoint(IPAddress.Loopback, 11333), TimeSpan.FromSeconds(2), ScorerFailureAction.Accept), score.External[0]);
        Assert.Equal(new ScorerModel(ScorerType.SpamAssassin, IPEndPoint.Parse("10.0.0.7:783"), TimeSpan.FromSeconds(5), ScorerFailureAction.Refuse), score.External[1]);
    }

    [Theory]
    [InlineData("[score]\ntag_at = 9\nhold_at = 8", "relay.toml:21:10: error: score.tag_at: is above what follows it, at relay.toml:22:11: a message is tagged, then held, then refused")]
    [InlineData("[score]\ntag_at = 13\nrefuse_at = 12", "relay.toml:21:10: error: score.tag_at: is above what follows it, at relay.toml:22:13: a message is tagged, then held, then refused")]
    [InlineData("[[score.external]]\ntype = \"rspamd\"\naddress = \"192.0.2.7:11333\"", "relay.toml:22:11: error: score.external[0].address: mail goes there unencrypted: expected an address of this machine or of a private network")]
    [InlineData("[[score.external]]\ntype = \"rspamd\"\naddress = \"127.0.0.1:1\"\n[[score.external]]\ntype = \"rspamd\"\naddress = \"127.0.0.1:2\"", "relay.toml:24:8: error: score.external[1].type: there is a scorer of this type already")]
    public void Load_WhatDoesNotGoTogether_IsAnError(string more, string problem) => Assert.Equal([problem], _folder.Problems(ConfigurationFolder.Minimal + more));

    [Fact]
    public void Load_OtherRules_MakeAnotherVersion()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "conf"));
        foreach (var part in (string[])["replies", "score"])
        {
            Directory.CreateDirectory(Path.Combine(_folder.Path, "conf", part));
            foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "conf", part)))
                File.Copy(file, Path.Combine(_folder.Path, "conf", part, Path.GetFileName(file)));
        }
        var toml = ConfigurationFolder.Minimal.Replace("[relay]", "[relay]\nconf_dir = \"conf\"", StringComparison.Ordinal) + "[score]\n";
        var version = _folder.Model(toml).Version;

        File.AppendAllText(Path.Combine(_folder.Path, "conf", "score", "words.toml"), "\n# changed\n");

        Assert.NotEqual(version, _folder.Model(toml).Version);
    }
}
