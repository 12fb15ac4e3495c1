using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Tests.Store;

namespace OutreachRelay.Tests.Receive;

/// <summary>What needs a socket to be seen.</summary>
public sealed class SmtpConnectionsTests
{
    private const int Chunk = 64 * 1024;

    private static readonly DirectionModel Cold = Models.Direction(Models.Pool(Models.Sender("ann@x.example")), Models.Upstream("a"));

    [Fact]
    public async Task R45_ConnectionsOfOneAddress_AreBoundedAndTheOthersGoOn()
    {
        await using var port = await OpenAsync();
        var clients = new List<SmtpSocket>();
        for (var i = 0; i < 5; i++)
            clients.Add(await port.ConnectAsync());

        using var refused = await port.ConnectAsync();

        Assert.StartsWith("421 4.7.0", refused.Greeting);
        Assert.Equal("", await refused.ReadAsync());
        Assert.All(clients, client => Assert.StartsWith("220 relay.example.com", client.Greeting));
        Assert.StartsWith("250 2.0.0", await clients[4].AskAsync("NOOP"));
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task R45_AbruptResets_FreeTheirPlaces()
    {
        await using var port = await OpenAsync();
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < 5; i++)
            {
                var client = await port.ConnectAsync();
                Assert.StartsWith("220", client.Greeting);
                if (i % 2 == 0)
                    await client.BeginContentAsync();
                client.Break();
            }
            await Eventually.TrueAsync(() => port.Connections.Count == 0);
        }
    }

    [Fact]
    public async Task R45_LimitsOfAReload_HoldForTheNextConnection()
    {
        await using var port = await OpenAsync();
        using var first = await port.ConnectAsync();
        var model = port.Door.Relay.Model;

        port.Door.Relay.Replace(model with { Listeners = [model.Listeners[0] with { MaxConnections = 1 }] });

        using var second = await port.ConnectAsync();
        Assert.StartsWith("421 4.7.0", second.Greeting);
        Assert.StartsWith("250 2.0.0", await first.AskAsync("NOOP"));
    }

    [Theory]
    [InlineData("<@x.example,@y.example:a@b.example>", "250 2.1.5")]
    [InlineData("<a@[192.0.2.1]>", "550 5.1.2")]
    [InlineData("<a@[IPv6:::1]>", "550 5.1.2")]
    [InlineData("<a@localhost>", "553 5.1.3")]
    [InlineData("<a@b..example>", "553 5.1.3")]
    public async Task R19_RoutesAndLiterals_AreIgnoredAndRefused(string path, string reply)
    {
        await using var port = await OpenAsync();
        using var client = await port.ConnectAsync();
        await client.AskAsync("EHLO crm.example");
        await client.AskAsync("MAIL FROM:<jane@crm.example>");

        Assert.StartsWith(reply, await client.AskAsync("RCPT TO:" + path));

        await client.AskAsync("DATA");
        await client.AskAsync("From: jane@crm.example\r\n\r\n.");
        Assert.Equal(reply == "250 2.1.5" ? ["a@b.example"] : [], (await port.Door.AllEntriesAsync()).Select(entry => entry.Recipient));
    }

    [Fact]
    public async Task R24_LimitCrossed_FreesTheFileWhileTheClientStillSends()
    {
        await using var port = await OpenAsync();
        using var client = await port.ConnectAsync();
        await client.BeginContentAsync();
        var lines = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string('x', 62) + "\r\n", Chunk / 64)));
        for (var sent = 0; sent < 8; sent++)
            await client.SendAsync(lines);
        await Eventually.TrueAsync(() => port.Door.Spooled.Length == 1);

        for (var sent = 0; sent < 16; sent++)
            await client.SendAsync(lines);
        await Eventually.TrueAsync(() => port.Door.Spooled.Length == 0);
        for (var sent = 0; sent < 16; sent++)
            await client.SendAsync(lines);

        Assert.StartsWith("552 5.3.4", await client.AskAsync("\r\n."));
        await client.BeginContentAsync();
        Assert.StartsWith("250 2.0.0 queued as ", await client.AskAsync("From: jane@crm.example\r\n\r\n."));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("\r\n", true)]
    [InlineData("\r\n.", false)]
    [InlineData("\r\n.\r", true)]
    public async Task R28_ClientDropsBeforeTheEndOfData_NothingIsKept(string lastOctets, bool abruptly)
    {
        await using var port = await OpenAsync();
        using var client = await port.ConnectAsync();
        await client.BeginContentAsync();
        await client.SendAsync(Submissions.OfLength(500_000));
        await client.SendAsync(lastOctets);
        await Eventually.TrueAsync(() => port.Door.Spooled.Length == 1);

        if (abruptly)
            client.Break();
        else
            client.Dispose();

        await Eventually.TrueAsync(() => port.Connections.Count == 0);
        Assert.Empty(port.Door.Spooled);
        Assert.Empty(await port.Door.AllEntriesAsync());
    }

    [Fact]
    public async Task R29_ClientDropsAfterTheEndOfData_IsKeptAndRepeatedOnce()
    {
        using var hold = new ManualResetEventSlim();
        await using var port = await OpenAsync(beforeCommit: () => hold.Wait(TimeSpan.FromSeconds(30)));
        var content = Encoding.ASCII.GetString(Submissions.OfLength(2_000)) + ".\r\n";
        using (var client = await port.ConnectAsync())
        {
            await client.BeginContentAsync();
            await client.SendAsync(content);
            // The last octets are taken when the store has them.
            await Eventually.TrueAsync(() => port.Door.Ledger.Taken(Sender) == 1);
            client.Break();
        }
        hold.Set();
        await Eventually.TrueAsync(() => port.Connections.Count == 0);
        var kept = Assert.Single(await port.Door.AllEntriesAsync());

        using var again = await port.ConnectAsync();
        await again.BeginContentAsync();
        await again.SendAsync(content);

        Assert.Equal("250 2.0.0 queued as " + OutreachRelay.Store.QueueId.Format(kept.MessageId), await again.ReadAsync());
        Assert.Single(await port.Door.AllEntriesAsync());
    }

    [Fact]
    public async Task R30_AbortWhileTheCommitRuns_The250IsStillSent()
    {
        using var hold = new ManualResetEventSlim();
        await using var port = await OpenAsync(beforeCommit: () => hold.Wait(TimeSpan.FromSeconds(30)));
        using var client = await port.ConnectAsync();
        await client.BeginContentAsync();
        await client.SendAsync("From: jane@crm.example\r\n\r\n.\r\n");
        await Eventually.TrueAsync(() => port.Door.Ledger.Taken(Sender) == 1);

        port.Abort();
        hold.Set();

        Assert.StartsWith("250 2.0.0 queued as ", await client.ReadAsync());
        Assert.StartsWith("421 4.3.2", await client.ReadAsync());
        Assert.Single(await port.Door.AllEntriesAsync());
    }

    [Fact]
    public async Task R28_AbortInsideContent_LeavesNoFile()
    {
        await using var port = await OpenAsync();
        using var client = await port.ConnectAsync();
        await client.BeginContentAsync();
        await client.SendAsync(Submissions.OfLength(500_000));
        await Eventually.TrueAsync(() => port.Door.Spooled.Length == 1);

        port.Abort();

        Assert.StartsWith("421 4.3.2", await client.ReadAsync());
        await Eventually.TrueAsync(() => port.Connections.Count == 0);
        Assert.Empty(port.Door.Spooled);
    }

    [Fact]
    public async Task R28_ResetAndSecondMessage_LeaveNothingOfTheFirst()
    {
        await using var port = await OpenAsync();
        using var client = await port.ConnectAsync();
        await client.AskAsync("EHLO crm.example");
        await client.AskAsync("MAIL FROM:<jane@crm.example>");
        await client.AskAsync("RCPT TO:<first@y.example>");
        Assert.StartsWith("250 2.0.0", await client.AskAsync("RSET"));
        await client.BeginContentAsync("second@y.example");
        await client.AskAsync("From: jane@crm.example\r\n\r\n.");

        Assert.Equal("second@y.example", Assert.Single(await port.Door.AllEntriesAsync()).Recipient);
    }

    [Fact]
    public async Task R47_Drain_EndsTheContentInFlightAndThenTheSession()
    {
        await using var port = await OpenAsync();
        using var idle = await port.ConnectAsync();
        using var busy = await port.ConnectAsync();
        await busy.BeginContentAsync();

        port.Drain();

        Assert.StartsWith("421 4.3.2", await idle.ReadAsync());
        Assert.StartsWith("250 2.0.0 queued as ", await busy.AskAsync("From: jane@crm.example\r\n\r\n."));
        Assert.StartsWith("421 4.3.2", await busy.ReadAsync());
    }

    [Theory]
    [InlineData(true, "with ESMTPA id ")]
    [InlineData(false, "with ESMTP id ")]
    public async Task R54_ReceivedField_SaysHowItCame(bool logsIn, string protocol)
    {
        await using var port = await OpenAsync();
        using var client = await port.ConnectAsync();
        await client.AskAsync("EHLO crm.example");
        if (logsIn)
            Assert.StartsWith("235 2.7.0", await client.AskAsync("AUTH PLAIN AGNybQBzZWNyZXQ="));
        await client.AskAsync("MAIL FROM:<jane@crm.example>");
        await client.AskAsync("RCPT TO:<to@y.example>");
        await client.AskAsync("DATA");
        await client.AskAsync("From: jane@crm.example\r\n\r\n.");

        var entry = Assert.Single(await port.Door.AllEntriesAsync());
        var field = Encoding.ASCII.GetString((await port.Door.MessageAsync(entry.Id)).Received.Span);
        Assert.StartsWith("Received: from crm.example ([127.0.0.1])\r\n\tby relay.example.com (OutreachRelay)\r\n\t" + protocol, field);
        Assert.DoesNotContain(" for ", field);
    }

    [Fact]
    public async Task Content_OverTheSocket_ArrivesOctetForOctet()
    {
        await using var port = await OpenAsync();
        using var client = await port.ConnectAsync();
        await client.BeginContentAsync();
        var content = Submissions.OfLength(900_000);
        await client.SendAsync(content);

        Assert.StartsWith("250 2.0.0 queued as ", await client.AskAsync("."));

        var kept = await File.ReadAllBytesAsync(Assert.Single(port.Door.Kept));
        Assert.True(content.AsSpan().SequenceEqual(kept));
        Assert.Empty(port.Door.Spooled);
    }

    private static OutreachRelay.Store.CounterKey Sender => OutreachRelay.Policy.Rotate.BudgetKeys.Sender("ann@x.example", new DateOnly(2026, 3, 2));

    private static async Task<SmtpPort> OpenAsync(Action? beforeCommit = null) => await SmtpPort.OpenAsync(await Door.OpenAsync(
        Models.Relay(Models.Client(Cold).WithLogin("crm", "secret")), null, options => options with { BeforeCommit = beforeCommit }));
}
