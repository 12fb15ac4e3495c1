using System.Text.Json;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Cli;

public sealed class SuppressCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("outreach-suppress-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Add_ThenListAndRemove_IsThereAndGone()
    {
        await using var api = await Api.StartAsync();
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("suppress", "add", "Jane+x@Target.example", "--client", "acme", "--for", "30d"));
        Assert.Equal(0, await shell.RunAsync("suppress", "list"));
        Assert.Equal(0, await shell.RunAsync("suppress", "remove", "jane@target.example", "--client", "acme"));

        var lines = shell.Output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("Jane+x@Target.example  added", lines[0]);
        Assert.Matches(@"^jane@target\.example +acme +manual +0 s ago +in 30 d +\S+", lines[2]);
        Assert.Equal("jane@target.example  removed", lines[3]);
        Assert.Empty(api.Store.Suppressions);
    }

    [Theory]
    [InlineData("add", "jane@target.example")]
    [InlineData("add", "jane@target.example", "--client", "acme", "--global")]
    [InlineData("add", "jane@target.example", "--client", "nobody")]
    [InlineData("add", "jane", "--global")]
    [InlineData("add", "jane@target.example", "--global", "--reason", "whim")]
    [InlineData("add", "jane@target.example", "--global", "--direction", "cold")]
    public async Task Add_WhatCannotBe_IsUsageAndChangesNothing(params string[] arguments)
    {
        await using var api = await Api.StartAsync();

        Assert.Equal(64, await new Shell(api.SocketPath).RunAsync(["suppress", .. arguments]));

        Assert.Empty(api.Store.Suppressions);
    }

    [Fact]
    public async Task Remove_AnOptOut_NeedsToBeSaid()
    {
        await using var api = await Api.StartAsync();
        var shell = new Shell(api.SocketPath);
        await shell.RunAsync("suppress", "add", "jane@target.example", "--global", "--reason", "opt_out");

        Assert.Equal(65, await shell.RunAsync("suppress", "remove", "jane@target.example", "--global"));
        Assert.Contains("--even-if-asked", shell.Error.ToString());
        Assert.Equal(0, await shell.RunAsync("suppress", "remove", "jane@target.example", "--global", "--even-if-asked"));
    }

    [Fact]
    public async Task Import_DuplicatesAndBadRows_AreToldWithTheirLines()
    {
        await using var api = await Api.StartAsync();
        var shell = new Shell(api.SocketPath);
        var file = Write("email,reason,at\r\njane@target.example,opt_out,2026-01-01T00:00:00Z\r\nnobody,,\r\n\"joe@target.example\",,\r\nJANE@target.example,,\r\n"
            + "x@target.example,whim,\r\ny@target.example,,yesterday\r\n\"open\r\n\r\n");

        Assert.Equal(65, await shell.RunAsync("suppress", "import", file, "--client", "acme"));

        Assert.Contains("2 added, 0 changed, 1 there already or twice, 4 bad", shell.Output.ToString());
        foreach (var line in (int[])[3, 6, 7, 8])
            Assert.Contains($"{file}:{line}: ", shell.Error.ToString());
        Assert.Equal([SuppressionReason.OptOut, SuppressionReason.Import], api.Store.Suppressions.Values.Select(record => record.Reason).Order());
    }

    [Fact]
    public async Task Import_AddressesAlone_NeedAScope()
    {
        await using var api = await Api.StartAsync();
        var shell = new Shell(api.SocketPath);
        var file = Write("jane@target.example\njoe@target.example\n");

        Assert.Equal(64, await shell.RunAsync("suppress", "import", file));
        Assert.Equal(0, await shell.RunAsync("suppress", "import", file, "--global", "--json"));

        var summary = JsonSerializer.Deserialize<JsonElement>(shell.Output.ToString());
        Assert.Equal((2, 0), (summary.GetProperty("added").GetInt32(), summary.GetProperty("invalid").GetInt32()));
        Assert.Equal(2, api.Store.Suppressions.Count);
    }

    [Fact]
    public async Task Import_StoreTakesNoWrites_TellsWhereToGoOn()
    {
        await using var api = await Api.StartAsync();
        api.Store.Health = new StoreHealth(StoreStatus.Failing, "a test");
        var shell = new Shell(api.SocketPath);

        Assert.Equal(75, await shell.RunAsync("suppress", "import", Write("address\njane@target.example\n"), "--global"));

        Assert.Contains("import again from line 2", shell.Error.ToString());
    }

    [Fact]
    public async Task Export_ThenImport_IsTheSameAgain()
    {
        await using var api = await Api.StartAsync();
        var shell = new Shell(api.SocketPath);
        var rows = string.Concat(Enumerable.Range(0, 2500).Select(i => $"p{i}@target.example,{(i % 2 == 0 ? "acme" : "")},\"a, b\"\n"));
        Assert.Equal(0, await shell.RunAsync("suppress", "import", Write("address,client,source\n" + rows)));
        var before = api.Store.Suppressions.Values.ToList();
        var file = Path.Combine(_directory, "out.csv");

        Assert.Equal(0, await shell.RunAsync("suppress", "export", file));
        Assert.Contains("2500 written", shell.Output.ToString());
        api.Store.Suppressions.Clear();
        Assert.Equal(0, await shell.RunAsync("suppress", "import", file));

        Assert.Equal(before, api.Store.Suppressions.Values);
    }

    [Fact]
    public async Task Erase_SomeoneWithARunningAttempt_SaysToAskAgain()
    {
        await using var api = await Api.StartAsync();
        var shell = new Shell(api.SocketPath);

        Assert.Equal(75, await shell.RunAsync("erase", "jane@target.example"));

        Assert.Contains("2", shell.Output.ToString());
        Assert.Contains("erase again", shell.Error.ToString());
        Assert.Equal(64, await shell.RunAsync("erase", "jane"));
    }

    private string Write(string content)
    {
        var path = Path.Combine(_directory, "list.csv");
        File.WriteAllText(path, content);
        return path;
    }
}
