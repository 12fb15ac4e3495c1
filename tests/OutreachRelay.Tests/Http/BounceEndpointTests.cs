using System.Net;
using System.Text.Json;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Tests.Cli;
using OutreachRelay.Tests.Outcome.Bounces;

namespace OutreachRelay.Tests.Http;

/// <summary><c>POST /bounces</c> and <c>classify --ingest</c>, over a store that knows no entry.</summary>
public sealed class BounceEndpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("outreach-ingest-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Post_Notification_RecordsItAndTellsWhatWasDone()
    {
        await using var api = await Api.StartAsync();

        using var answer = await api.Socket.PostAsync("bounces", new StringContent(ReturnedMailTests.Bounce()));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var reply = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var finding = Assert.Single(reply.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal(
            ("bounced_hard", "to@y.example", "5.1.1", "hard", "unmatched"),
            (Text(finding, "kind"), Text(finding, "recipient"), Text(finding, "status"), Text(finding, "class"), Text(finding, "done")));
        Assert.Equal("original@crm.example", Assert.Single(api.Store.Heard).MessageId);
    }

    [Fact]
    public async Task Post_MailOfAPerson_RecordsNothing()
    {
        await using var api = await Api.StartAsync();

        using var answer = await api.Socket.PostAsync("bounces", new StringContent("Subject: hello\r\n\r\nhello\r\n"));

        Assert.Contains("\"done\":\"nothing\"", await answer.Content.ReadAsStringAsync());
        Assert.Empty(api.Store.Heard);
    }

    [Fact]
    public async Task Post_StoreTakesNothing_Is503()
    {
        await using var api = await Api.StartAsync();
        api.Store.Hears = false;

        using var answer = await api.Socket.PostAsync("bounces", new StringContent(ReturnedMailTests.Bounce()));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    [Fact]
    public async Task Post_LongerThanIsLookedAt_Is413()
    {
        await using var api = await Api.StartAsync();

        using var answer = await api.Socket.PostAsync("bounces", new ByteArrayContent(new byte[BounceIntake.MaxContent + 1]));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task Ingest_Files_TellsWhatClassifyTellsAndWhatWasDone()
    {
        await using var api = await Api.StartAsync();
        var shell = new Shell(api.SocketPath);
        var bounce = Write("1.eml", ReturnedMailTests.Bounce());

        Assert.Equal(0, await shell.RunAsync("classify", "--ingest", bounce));

        var told = shell.Output.ToString().TrimEnd();
        Assert.Equal(0, await shell.RunAsync("classify", bounce));
        var classified = shell.Output.ToString()[told.Length..].Trim();
        Assert.Equal(classified[..^1] + ",\"done\":\"unmatched\",\"entry\":null}", told);
    }

    [Fact]
    public async Task Ingest_HugeMail_GivesItsBeginning()
    {
        await using var api = await Api.StartAsync();
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("classify", "--ingest", Write("1.eml", ReturnedMailTests.Bounce() + new string('x', 3 << 20))));

        Assert.Single(api.Store.Heard);
    }

    [Fact]
    public async Task Ingest_FileThatCannotBeRead_IsNamedAndTheRestGiven()
    {
        await using var api = await Api.StartAsync();
        var shell = new Shell(api.SocketPath);

        Assert.Equal(65, await shell.RunAsync("classify", "--ingest", Path.Combine(_folder, "none"), Write("1.eml", ReturnedMailTests.Bounce())));

        Assert.Single(api.Store.Heard);
        Assert.Contains("none: cannot be read", shell.Error.ToString());
    }

    [Theory]
    [InlineData("--ingest")]
    [InlineData("--ingest", "--reply", "550 5.1.1 x")]
    public async Task Ingest_WithoutMails_IsUsage(params string[] arguments) => Assert.Equal(64, await new Shell("").RunAsync(["classify", .. arguments]));

    [Fact]
    public async Task Ingest_NoRelay_Is69() =>
        Assert.Equal(69, await new Shell(Path.Combine(_folder, "no.sock")).RunAsync("classify", "--ingest", Write("1.eml", ReturnedMailTests.Bounce())));

    private string Write(string name, string mail)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, mail);
        return path;
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
