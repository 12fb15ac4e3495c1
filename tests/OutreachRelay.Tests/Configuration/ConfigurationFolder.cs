using System.Text;
using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Configuration;

/// <summary>A folder with a configuration, gone with the test.</summary>
internal sealed class ConfigurationFolder : IDisposable
{
    /// <summary>The least that is valid; 19 lines.</summary>
    public const string Minimal = """
        [relay]
        hostname = "relay.example.com"
        [[listener]]
        address = "127.0.0.1:2525"
        [[client]]
        name = "acme"
        networks = ["127.0.0.1/32"]
        default_direction = "cold"
        [[direction]]
        client = "acme"
        name = "cold"
        pool = "p"
        upstreams = ["capture"]
        [[pool]]
        name = "p"
        senders = "s.csv"
        [[upstream]]
        name = "capture"
        type = "capture"

        """;

    public ConfigurationFolder(string? senders = "address\na@example.com\n")
    {
        if (senders is not null)
            Write("s.csv", senders);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("outreach-relay-test-").FullName;

    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Tells what lies in the future; by default the system's.</summary>
    public TimeProvider? Time { get; init; }

    public void Write(string name, string content) => File.WriteAllText(System.IO.Path.Combine(Path, name), content, new UTF8Encoding(false));

    /// <summary>As <see cref="Write"/>; by default nobody else may read it.</summary>
    public void WriteSecret(string name, string content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        Write(name, content);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(System.IO.Path.Combine(Path, name), mode);
    }

    public LoadedConfiguration Load(string toml)
    {
        Write("relay.toml", toml);
        return ConfigurationLoader.Load(System.IO.Path.Combine(Path, "relay.toml"), Environment.GetValueOrDefault, Time);
    }

    /// <summary>Loads and tells the problems as the operator reads them, without the folder; but not that a preset's webhook has no secret.</summary>
    public string[] Problems(string toml) => [.. Load(toml).Problems.Where(IsToBeTold).Select(problem => problem.ToString().Replace(Path + "/", "", StringComparison.Ordinal))];

    /// <summary>Loads what must have no problem; see <see cref="Problems"/>.</summary>
    public RelayModel Model(string toml)
    {
        var loaded = Load(toml);
        Assert.DoesNotContain(loaded.Problems, IsToBeTold);
        return loaded.Model!;
    }

    private static bool IsToBeTold(ConfigurationProblem problem) =>
        !(problem.Severity == ProblemSeverity.Warning && problem.Path.EndsWith(".webhook_secrets", StringComparison.Ordinal));

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
