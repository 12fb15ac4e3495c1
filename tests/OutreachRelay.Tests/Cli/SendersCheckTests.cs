using System.Text.Json;

namespace OutreachRelay.Tests.Cli;

public sealed class SendersCheckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("outreach-relay-test-").FullName;
    private readonly Shell _shell = new("");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task SendersCheck_RightFile_CountsAndEndsWith0()
    {
        Assert.Equal(0, await RunAsync("address,display_name\na@example.com,Ann\nb@example.com,\"Bob, the second\"\n"));

        Assert.Equal("2 senders, 0 errors, 0 warnings\n", _shell.Output.ToString());
    }

    [Fact]
    public async Task SendersCheck_WrongRows_AreAllListedAndEndWith65()
    {
        Assert.Equal(65, await RunAsync("""
            address,daily_limit,weight,warmup_start,time_zone
            a@example.com,30,0,,
            no-at,,,,
            A@EXAMPLE.com,0,,,
            b@example.com,,,2999-12-31,Mars/Base
            """));

        Assert.Equal("""
            s.csv:2:18: warning: weight: is never chosen for a first mail: its weight is 0
            s.csv:3:1: error: address: expected an address such as jane@example.com: there is no @
            s.csv:4:1: error: address: the address is in this file already, at s.csv:2:1
            s.csv:4:15: warning: daily_limit: sends nothing: its daily_limit is 0
            s.csv:5:17: warning: warmup_start: sends nothing until 2999-12-31, when its warm-up begins
            s.csv:5:28: error: time_zone: expected a time zone of this system such as "Europe/Berlin", found 'Mars/Base'
            2 senders, 3 errors, 3 warnings

            """, _shell.Output.ToString().Replace(_folder + "/", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SendersCheck_OnlyWarnings_EndWith0() => Assert.Equal(0, await RunAsync("address,weight\na@example.com,0\n"));

    [Fact]
    public async Task SendersCheck_Json_IsAnArrayOfProblems()
    {
        Assert.Equal(65, await RunAsync("address\nx\n", "--json"));

        using var json = JsonDocument.Parse(_shell.Output.ToString());
        var problem = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal(("error", 2, 1, "address"),
            (problem.GetProperty("severity").GetString(), problem.GetProperty("line").GetInt32(), problem.GetProperty("column").GetInt32(), problem.GetProperty("path").GetString()));
    }

    [Theory]
    [InlineData("missing.csv")]
    [InlineData("")]
    public async Task SendersCheck_NoFile_IsAnErrorInPlainWords(string name)
    {
        Assert.Equal(65, await _shell.RunAsync("senders", "check", name.Length == 0 ? "" : Path.Combine(_folder, name)));

        Assert.EndsWith("0 senders, 1 error, 0 warnings\n", _shell.Output.ToString());
    }

    [Theory]
    [InlineData("senders")]
    [InlineData("senders", "check")]
    public async Task Senders_WithoutVerbOrFile_Is64(params string[] args) => Assert.Equal(64, await _shell.RunAsync(args));

    private Task<int> RunAsync(string csv, params string[] options)
    {
        File.WriteAllText(Path.Combine(_folder, "s.csv"), csv);
        return _shell.RunAsync(["senders", "check", Path.Combine(_folder, "s.csv"), .. options]);
    }
}
