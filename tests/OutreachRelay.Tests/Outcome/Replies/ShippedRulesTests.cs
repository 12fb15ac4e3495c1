using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Tests.Outcome.Replies;

/// <summary>The files of <c>conf/replies</c>, beside the tests as they are beside the program.</summary>
public sealed class ShippedRulesTests
{
    public static TheoryData<string, string, string, string> Examples()
    {
        var data = new TheoryData<string, string, string, string>();
        foreach (var path in Directory.EnumerateFiles(Path.Combine(DataFolder.BesideProgram, "replies"), "*.toml"))
        {
            foreach (var rule in Rules(path))
            {
                foreach (var stage in Texts(rule, "stage").DefaultIfEmpty("rcpt"))
                {
                    foreach (var example in Texts(rule, "example"))
                        data.Add(Path.GetFileNameWithoutExtension(path), Texts(rule, "id").Single(), stage, example);
                }
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Classify_ExampleOfARule_IsJudgedByIt(string file, string id, string stage, string example) =>
        Assert.Equal(id, ServerReplies.Classify(file, Enum.Parse<SmtpStage>(stage.Replace("_", ""), ignoreCase: true), example).RuleId);

    [Fact]
    public void Load_ShippedFiles_HaveNoProblemAndCoverEachPresetAndNotifications()
    {
        var loaded = ReplyRules.Load(DataFolder.BesideProgram);

        Assert.Empty(loaded.Problems);
        Assert.Equal(["mailgun", "notifications", "postmark", "resend", "sendgrid", "ses"], loaded.Rules!.Providers);
        Assert.True(Examples().Count > 200, "the files were not found");
    }

    private static IEnumerable<TomlTable> Rules(string path)
    {
        Assert.True(TomlReader.TryRead(File.ReadAllBytes(path), out var root, out var error), $"{path}:{error}");
        return Assert.IsType<TomlArray>(Assert.Single(root.Entries).Value).Items.Cast<TomlTable>();
    }

    private static IEnumerable<string> Texts(TomlTable rule, string key) => !rule.TryGetValue(key, out var value) ? [] : value switch
    {
        TomlArray array => array.Items.Cast<TomlString>().Select(item => item.Value),
        _ => [((TomlString)value).Value],
    };
}
