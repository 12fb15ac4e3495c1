using System.Diagnostics;
using System.Text.RegularExpressions;
using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Protocols.Dkim;

namespace OutreachRelay.Tests.Configuration;

/// <summary>What the repository ships: the example, its senders, and the reference of the keys.</summary>
public sealed partial class ExampleConfigurationTests
{
    private static readonly string Repository = Path.Combine(AppContext.BaseDirectory, "repository");

    [Fact]
    public void Load_ShippedExample_WarnsOfTheUnsetPasswordOnly()
    {
        var loaded = ConfigurationLoader.Load(Path.Combine(Repository, "relay.example.toml"), _ => null);

        Assert.Equal("client[0].password", Assert.Single(loaded.Problems).Path);
        Assert.Equal(1200, loaded.Model!.Senders.Count);
        Assert.Equal(300, loaded.Model.Senders.Values.Select(sender => sender.Domain).Distinct().Count());
        Assert.All(loaded.Model.Senders.Values, sender => Assert.EndsWith(".example", sender.Domain));
    }

    [Fact]
    public void Load_ShippedExample_IsFastOnceWarm()
    {
        var path = Path.Combine(Repository, "relay.example.toml");
        var best = TimeSpan.MaxValue;
        for (var round = 0; round < 10; round++)
        {
            var clock = Stopwatch.StartNew();
            ConfigurationLoader.Load(path, _ => "secret");
            best = clock.Elapsed < best ? clock.Elapsed : best;
        }
        Assert.InRange(best, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Load_ExampleWithAllItsCommentedKeys_HasNoErrorButThatOfPostgres()
    {
        using var folder = new ConfigurationFolder(senders: null);
        Directory.CreateDirectory(Path.Combine(folder.Path, "senders"));
        File.Copy(Path.Combine(Repository, "senders", "acme.csv"), Path.Combine(folder.Path, "senders", "acme.csv"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "conf", "replies"));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "conf", "replies", "general.toml"), Path.Combine(folder.Path, "conf", "replies", "general.toml"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "conf", "score"));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "conf", "score", "general.toml"), Path.Combine(folder.Path, "conf", "score", "general.toml"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "conf", "presets"));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "conf", "presets", "ses.toml"), Path.Combine(folder.Path, "conf", "presets", "ses.toml"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "keys"));
        using var key = DkimPrivateKey.GenerateRsa(2048);
        using var second = DkimPrivateKey.GenerateEd25519();
        folder.WriteSecret("keys/acme-mail.pem", key.ToPem());
        folder.WriteSecret("keys/acme-mail-ed25519.pem", second.ToPem());
        folder.Write("conf/public_suffix_list.dat", "example\n");
        var names = new HashSet<string>();

        var toml = CommentedKey().Replace(File.ReadAllText(Path.Combine(Repository, "relay.example.toml")), match => match.Groups["line"].Value);
        foreach (Match match in EnvironmentName().Matches(toml))
            folder.Environment[match.Groups["name"].Value] = match.Groups["name"].Value == "SES_TOPIC" ? "arn:aws:sns:eu-west-1:123456789012:ses-events" : "a secret of the tests";
        var problems = folder.Load(toml).Problems;

        Assert.Equal(["relay.store"], problems.Where(problem => problem.Severity == ProblemSeverity.Error).Select(problem => problem.Path));
        Assert.All(problems, problem => Assert.True(names.Add(problem.Path), problem.ToString()));
        Assert.Contains("domain[0].selectors", names);
    }

    [Fact]
    public void Documentation_Keys_AreThoseThatTheProgramKnows()
    {
        var documented = DocumentedKey().Matches(File.ReadAllText(Path.Combine(Repository, "docs", "configuration.md")))
            .Select(match => $"{match.Groups["key"].Value} {match.Groups["state"].Value}").Order(StringComparer.Ordinal);

        var known = KnownKeys.Sections.SelectMany(section => section.Keys.Values.Select(key => $"{section.Path}.{key.Name} {(key.InForce ? "yes" : "not yet")}"))
            .Order(StringComparer.Ordinal);

        Assert.Equal(known, documented);
    }

    [GeneratedRegex(@"^# (?<line>(\[|[a-z_0-9]+ = ).*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex CommentedKey();

    [GeneratedRegex("\"env:(?<name>[A-Z_]+)\"", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex EnvironmentName();

    [GeneratedRegex(@"^\| `(?<key>[a-z_.0-9]+)` \|.*\| (?<state>yes|not yet) \|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex DocumentedKey();
}
