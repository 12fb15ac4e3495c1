using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Configuration;

/// <summary>Where mail comes back beside the ports.</summary>
public sealed class BouncesRuleTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_NothingSaid_WatchesNoMaildir() => Assert.Null(_folder.Model(ConfigurationFolder.Minimal).Bounces.Maildir);

    [Fact]
    public void Load_Maildir_IsRelativeToTheConfiguration()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "mail", "new"));

        var loaded = _folder.Load(ConfigurationFolder.Minimal + "[bounces]\nmaildir = \"mail\"\n");

        Assert.Equal(Path.Combine(_folder.Path, "mail"), loaded.Model!.Bounces.Maildir);
        Assert.DoesNotContain(loaded.Problems, static problem => problem.Path == "bounces.maildir");
    }

    [Fact]
    public void Load_FolderThatIsNoMaildirYet_IsWarnedOf()
    {
        var loaded = _folder.Load(ConfigurationFolder.Minimal + "[bounces]\nmaildir = \"mail\"\n");

        Assert.NotNull(loaded.Model);
        var problem = Assert.Single(loaded.Problems, static problem => problem.Path == "bounces.maildir");
        Assert.Equal(ProblemSeverity.Warning, problem.Severity);
    }
}
