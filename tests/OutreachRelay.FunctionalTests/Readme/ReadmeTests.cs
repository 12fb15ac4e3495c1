using System.Text.Json;
using System.Text.RegularExpressions;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Readme;

/// <summary>The README's promises, run as they stand there: only the program's path, its ports and its directory are put in.</summary>
public sealed partial class ReadmeTests
{
    private const string RunByDotnet = "dotnet run --project src/OutreachRelay -c Release --";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly string Repository = ProjectDirectory.Combine("..", "..");
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "outreach-relay.dll");

    [Fact]
    public async Task Demo_LosesNothingAndSendsNothingTwice()
    {
        var demo = await ChildProcess.RunAsync("dotnet", [Program, "demo", "--json"], TimeSpan.FromMinutes(2));

        Assert.True(demo.ExitCode == 0, demo.Output);
        using var report = JsonDocument.Parse(demo.StandardOutput);
        Assert.Equal(200, report.RootElement.GetProperty("arrived").GetInt32());
        Assert.True(report.RootElement.GetProperty("each_once").GetBoolean());
        var upstreams = report.RootElement.GetProperty("mails").EnumerateArray().Select(row => row.GetProperty("upstream").GetString()).ToHashSet();
        Assert.Equal(2, upstreams.Count);
    }

    [Fact]
    public async Task Tour_EachCommandInOrder_ShowsWhatItSays()
    {
        using var directory = new TemporaryDirectory();
        var (smtp, http) = (FreePort.Next(), FreePort.Next());
        Copy(directory, smtp, http);
        var commands = Commands().Select(command => command
            .Replace(RunByDotnet, $"dotnet {Program}").Replace("127.0.0.1:2525", $"127.0.0.1:{smtp}").Replace("127.0.0.1:8025", $"127.0.0.1:{http}")).ToList();

        await using var relay = ChildProcess.Start("bash", ["-c", "exec " + commands[0]], directory.Path);
        await Wait.UntilListeningAsync(smtp, Deadline, () => relay.Output);
        Assert.Contains("ACME_SMTP_PASSWORD", relay.Output);

        await RunAsync(commands[1], directory);
        await Wait.UntilAsync(() => Captured(directory).Length == 1, Deadline, () => relay.Output);
        var captured = await RunAsync(commands[2], directory);
        Assert.Matches(@"(?m)^From: .*@[a-z0-9-]+\.example>?\r?$", captured);
        Assert.DoesNotContain("jane@crm.example", captured);
        Assert.Contains("Hi there.", captured);

        Assert.Contains("1200", await RunAsync(commands[3], directory));
        Assert.Contains("outreach_receive_messages_total 1", await RunAsync(commands[4], directory));
        Assert.Contains("0 errors", await RunAsync(commands[5], directory));
    }

    [Fact]
    public async Task Check_RunByDotnetAsTheReadmeSays_FindsTheFileWhereTheUserStands()
    {
        var configuration = AppContext.BaseDirectory.Contains("/Release/") ? "Release" : "Debug";
        var check = Commands()[5].Replace("-c Release --", $"-c {configuration} --no-build --");

        var result = await ChildProcess.RunAsync("bash", ["-c", check], TimeSpan.FromMinutes(1), Repository);

        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Contains("0 errors", result.Output);
    }

    [Fact]
    public void Documents_AllThatTheReadmeLinksTo_Exist()
    {
        var links = Link().Matches(Readme()).Select(match => match.Groups[1].Value).Where(link => !link.Contains("://")).ToList();

        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.True(File.Exists(Path.Combine(Repository, link)), link));
    }

    [Fact]
    public async Task Targets_ThatTheReadmeNames_AreInTheMakefile()
    {
        foreach (var target in MakeTarget().Matches(Readme()).Select(match => match.Groups[1].Value).Distinct())
        {
            var dryRun = await ChildProcess.RunAsync("make", ["-n", target], directory: Repository);
            Assert.True(dryRun.ExitCode == 0, dryRun.Output);
        }
    }

    private static string Readme() => File.ReadAllText(Path.Combine(Repository, "README.md"));

    // The shell blocks of the tour; in a block of several commands each is one.
    private static List<string> Commands()
    {
        var tour = Readme().Split("## Five minutes")[1].Split("\n## ")[0];
        var blocks = ShellBlock().Matches(tour).Select(match => match.Groups[1].Value.Replace("\n   ", "\n").Trim()).ToList();
        Assert.Equal(5, blocks.Count);
        return [blocks[0], blocks[1], blocks[2], .. blocks[3].Split('\n') is [var status, .., var metrics] ? [status, metrics] : Array.Empty<string>(), blocks[4]];
    }

    private static async Task<string> RunAsync(string command, TemporaryDirectory directory)
    {
        var result = await ChildProcess.RunAsync("bash", ["-c", command], Deadline, directory.Path);
        Assert.True(result.ExitCode == 0, $"{command}\n{result.Output}");
        return result.Output;
    }

    private static string[] Captured(TemporaryDirectory directory) =>
        Directory.Exists(directory.Combine("data/captured")) ? Directory.GetFiles(directory.Combine("data/captured"), "*.eml") : [];

    private static void Copy(TemporaryDirectory directory, int smtp, int http)
    {
        var example = File.ReadAllText(Path.Combine(Repository, "relay.example.toml"));
        File.WriteAllText(directory.Combine("relay.example.toml"), example.Replace("127.0.0.1:2525", $"127.0.0.1:{smtp}").Replace("127.0.0.1:8025", $"127.0.0.1:{http}"));
        Directory.CreateDirectory(directory.Combine("senders"));
        File.Copy(Path.Combine(Repository, "senders", "acme.csv"), directory.Combine("senders/acme.csv"));
    }

    [GeneratedRegex(@"```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"\]\(([^)#]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?m)^make ([a-z]+)")]
    private static partial Regex MakeTarget();
}
