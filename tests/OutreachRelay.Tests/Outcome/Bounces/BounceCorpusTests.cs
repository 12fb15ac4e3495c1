using System.Text.Json;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Protocols.Dsn;

namespace OutreachRelay.Tests.Outcome.Bounces;

/// <summary>Mails that came back, in the shapes of many programs: <c>vectors/bounces</c>.</summary>
public sealed class BounceCorpusTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "vectors", "bounces");

    private static readonly Dictionary<string, JsonElement> Rows = File.ReadLines(Path.Combine(Folder, "corpus.jsonl"))
        .Select(static line => JsonSerializer.Deserialize<JsonElement>(line)).ToDictionary(static row => row.GetProperty("file").GetString()!);

    public static TheoryData<string> Files => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Files))]
    public void F25_Classify_MailOfTheCorpus_IsWhatItSays(string file)
    {
        var found = Classify(file);

        foreach (var expected in Rows[file].GetProperty("findings").EnumerateArray())
        {
            var recipient = expected.GetProperty("recipient").GetString();
            var finding = found.Length == 1 ? found[0] : Assert.Single(found, finding => finding.Recipient == recipient);
            Assert.Equal(expected.GetProperty("class").GetString(), finding.Class.ToString().ToLowerInvariant());
            // Nobody is suppressed but who is named.
            if (finding.Class is BounceClass.Hard)
                Assert.Equal(recipient, finding.Recipient, ignoreCase: true);
        }
    }

    [Fact]
    public void Rows_AreAllThere()
    {
        Assert.Equal(Directory.EnumerateFiles(Folder, "*.eml").Select(static path => Path.GetFileName(path)).Order(), Rows.Keys.Order());
        Assert.True(Rows.Count >= 175);
    }

    private static BounceFinding[] Classify(string file) =>
        [.. BounceClassifier.Classify(BounceReader.Read(File.ReadAllBytes(Path.Combine(Folder, file)), ReturnedMail.Options), Models.ShippedReplies)];
}
