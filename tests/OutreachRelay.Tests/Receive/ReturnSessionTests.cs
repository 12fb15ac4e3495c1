using System.Collections.Frozen;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Outcome.Unsubscribe;
using OutreachRelay.Store;
using OutreachRelay.Tests.Outcome.Bounces;
using OutreachRelay.Tests.Outcome.Events;
using OutreachRelay.Tests.Store;

namespace OutreachRelay.Tests.Receive;

/// <summary>The port at which mail comes back, on a real socket and over a real store.</summary>
public sealed class ReturnSessionTests : IAsyncLifetime
{
    private EventBench _bench = null!;
    private SmtpPort _port = null!;
    private SuppressionParts _parts = null!;
    private long _entry;

    private string Address => ReturnPath.Make(EventBench.Token(_entry), "bounce.x.example", ReturnedMailTests.Keys);

    public async ValueTask InitializeAsync()
    {
        var model = Models.Relay(Models.Sender("a@x.example"));
        model = model with
        {
            Listeners = [.. model.Listeners.Select(static listener => listener with
            {
                Purpose = ListenerPurpose.Bounces,
                MaxMessageSize = 25 << 20,
                MaxConnections = 50,
                MaxConnectionsPerAddress = 50,
            })],
            Domains = new Dictionary<string, DomainModel> { ["x.example"] = new("x.example", "bounce.x.example") }.ToFrozenDictionary(),
        };
        _bench = await EventBench.StartAsync(model);
        _entry = await _bench.SentAsync();
        _parts = new SuppressionParts(_bench.Store, _bench.Relay, _bench.Time);
        _port = await SmtpPort.OpenAsync(await Door.OpenAsync(model));
        _port.Connections.Bounces = new BounceIntake(
            _bench.Events, _parts.OptOuts, _bench.Store, _bench.Relay, static () => ReturnedMailTests.Keys, _bench.Time, NullLogger<BounceIntake>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _port.DisposeAsync();
        await _bench.DisposeAsync();
    }

    [Fact]
    public async Task Dsn_ToAReturnPath_FailsItsEntryAndSuppressesBeforeThe250()
    {
        using var client = await _port.ConnectAsync();
        await BeginAsync(client, Address);

        Assert.StartsWith("250 2.6.0", await client.AskAsync(Content(ReturnedMailTests.Bounce(to: Address))));

        Assert.Equal(EntryState.Failed, (await _bench.ReadAsync(_entry)).State);
        Assert.Equal(("acme", "to@y.example"), (_bench.Suppressed.Single().Client, _bench.Suppressed.Single().Recipient));
    }

    [Fact]
    public async Task F25_Delay_ToAReturnPath_ChangesNothing()
    {
        using var client = await _port.ConnectAsync();
        await BeginAsync(client, Address);

        Assert.StartsWith("250 2.6.0", await client.AskAsync(Content(ReturnedMailTests.Bounce(action: "delayed", status: "4.4.1", reply: "450 4.4.1 timed out"))));

        Assert.Equal(EntryState.Relayed, (await _bench.ReadAsync(_entry)).State);
        Assert.Empty(_bench.Suppressed);
    }

    [Fact]
    public async Task F27_ComplaintWithALinkAlone_SuppressesAndCountsForTheSender()
    {
        var token = new UnsubscribeToken(SuppressionParts.Hash("to@y.example"), 1, 0, _entry).Encode(ReturnedMailTests.Keys);
        using var client = await _port.ConnectAsync();
        await BeginAsync(client, "feedback@bounce.x.example");

        Assert.StartsWith("250 2.6.0", await client.AskAsync(Content(ReturnedMailTests.Complain($"List-Unsubscribe: <https://relay.example.com/u/{token}>"))));

        Assert.Equal(SuppressionReason.Complaint, _bench.Suppressed.Single().Reason);
        Assert.Equal(1, _bench.Counted().Complaints);
    }

    [Fact]
    public async Task Dsn_AboutAnAddressThatMailWasForwardedTo_SuppressesNobody()
    {
        using var client = await _port.ConnectAsync();
        await BeginAsync(client, Address);

        await client.AskAsync(Content(ReturnedMailTests.Bounce(recipient: "elsewhere@z.example")));

        Assert.Equal(EntryState.Failed, (await _bench.ReadAsync(_entry)).State);
        Assert.Empty(_bench.Suppressed);
    }

    [Fact]
    public async Task F15_StoreTakesNothing_IsAskedToComeAgain()
    {
        using var client = await _port.ConnectAsync();
        await BeginAsync(client, Address);
        _bench.CanSuppress = false;

        Assert.StartsWith("451 4.3.0", await client.AskAsync(Content(ReturnedMailTests.Bounce())));
    }

    [Theory]
    [InlineData("b-t1-00000000000000000000000000000000@bounce.x.example")]
    [InlineData("postmaster@bounce.x.example")]
    [InlineData("anybody@elsewhere.example")]
    public async Task F26_RecipientThatIsNoReturnPath_IsRefused(string recipient)
    {
        using var client = await _port.ConnectAsync();
        await client.AskAsync("EHLO mx.y.example");
        await client.AskAsync("MAIL FROM:<>");

        Assert.StartsWith("550 5.1.1", await client.AskAsync($"RCPT TO:<{recipient}>"));
    }

    [Theory]
    [InlineData("From: Rita <to@y.example>\nSubject: unsubscribe\n\n")]
    [InlineData("Auto-Submitted: auto-replied\nFrom: to@y.example\nSubject: Out of office\n\nback on Monday\n")]
    [InlineData("From: somebody@else.example\n\n")]
    [InlineData("Subject: \n\n")]
    public async Task W34_AnyMailToAnAddressToUnsubscribe_OptsOutBeforeThe250(string mail)
    {
        var address = await OptOutAddressAsync();
        using var client = await _port.ConnectAsync();
        for (var time = 0; time < 2; time++)
        {
            await BeginAsync(client, address);
            Assert.StartsWith("250 2.6.0", await client.AskAsync(Content(mail)));
        }

        var suppression = await _bench.Store.FindSuppressionAsync(SuppressionParts.Hash("to@y.example"), "acme", "cold", CancellationToken.None);
        Assert.Equal(SuppressionReason.OptOut, suppression!.Reason);
        Assert.Equal("unsubscribe mail", suppression.Source);
        Assert.Equal(EntryState.Relayed, (await _bench.ReadAsync(_entry)).State);
    }

    [Fact]
    public async Task F15_OptOutWhileTheStoreTakesNothing_IsAskedToComeAgain()
    {
        var address = await OptOutAddressAsync();
        using var client = await _port.ConnectAsync();
        await BeginAsync(client, address);
        await _bench.Store.DisposeAsync();

        Assert.StartsWith("451 4.3.0", await client.AskAsync(Content("Subject: unsubscribe\n\n")));
    }

    [Theory]
    [InlineData("bounce.x.example", 1)]
    [InlineData("other.example", 0)]
    public async Task F26_AddressToUnsubscribeThatWeDidNotMake_IsRefused(string domain, int altered)
    {
        var local = (await OptOutAddressAsync()).Split('@')[0];
        var changed = altered == 0 ? local : local[..^altered] + (local[^1] == 'a' ? 'b' : 'a');
        using var client = await _port.ConnectAsync();
        await client.AskAsync("EHLO mx.y.example");
        await client.AskAsync("MAIL FROM:<>");

        Assert.StartsWith("550 5.1.1", await client.AskAsync($"RCPT TO:<{changed}@{domain}>"));
    }

    [Fact]
    public async Task F26_ReturnPathAtAnotherDomain_IsRefused()
    {
        using var client = await _port.ConnectAsync();
        await client.AskAsync("EHLO mx.y.example");
        await client.AskAsync("MAIL FROM:<>");

        Assert.StartsWith("550 5.1.1", await client.AskAsync($"RCPT TO:<{ReturnPath.Make(EventBench.Token(_entry), "other.example", ReturnedMailTests.Keys)}>"));
    }

    [Fact]
    public async Task R40_TenGuesses_EndTheSession()
    {
        using var client = await _port.ConnectAsync();
        await client.AskAsync("EHLO mx.y.example");
        await client.AskAsync("MAIL FROM:<>");

        for (var guess = 0; guess < 9; guess++)
            Assert.StartsWith("550 5.1.1", await client.AskAsync($"RCPT TO:<guess{guess}@bounce.x.example>"));
        Assert.StartsWith("421 4.7.0", await client.AskAsync("RCPT TO:<guess@bounce.x.example>"));
    }

    [Fact]
    public async Task Ehlo_BouncesPort_OffersNoLoginAndTakesMailFromAnybody()
    {
        using var client = await _port.ConnectAsync();

        await client.SendAsync("EHLO mx.y.example\r\n");
        Assert.DoesNotContain("AUTH", await client.ReadAsync());
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<anybody@z.example>"));
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<feedback@bounce.x.example>"));
        Assert.StartsWith("452 4.5.3", await client.AskAsync($"RCPT TO:<{Address}>"));
    }

    [Fact]
    public async Task Dsn_ThatReturnsAHugeMessage_IsReadFromItsBeginning()
    {
        using var client = await _port.ConnectAsync();
        await BeginAsync(client, Address);
        var report = ReturnedMailTests.Bounce().ReplaceLineEndings("\r\n").Replace("\r\n--b--", "");

        await client.SendAsync(report);
        for (var i = 0; i < 64; i++)
            await client.SendAsync(string.Concat(Enumerable.Repeat(new string('x', 510) + "\r\n", 64)));

        Assert.StartsWith("250 2.6.0", await client.AskAsync("\r\n."));
        Assert.Equal(EntryState.Failed, (await _bench.ReadAsync(_entry)).State);
    }

    [Fact]
    public async Task R45_ManyConnectionsThatDoNotEndTheirContent_HoldFilesAndNotMemory()
    {
        var clients = new List<SmtpSocket>();
        try
        {
            for (var i = 0; i < 20; i++)
            {
                clients.Add(await _port.ConnectAsync());
                await BeginAsync(clients[^1], i == 0 ? Address : "feedback@bounce.x.example");
                await clients[^1].SendAsync(ReturnedMailTests.Bounce().ReplaceLineEndings("\r\n").Replace("\r\n--b--", ""));
                for (var line = 0; line < 24; line++)
                    await clients[^1].SendAsync(string.Concat(Enumerable.Repeat(new string('x', 510) + "\r\n", 128)));
            }
            // What is beyond a mail's first MiB goes by.
            await Eventually.TrueAsync(() => _port.Door.Spooled.Count(static file => new FileInfo(file).Length == BounceIntake.MaxContent) == clients.Count);

            Assert.StartsWith("250 2.6.0", await clients[0].AskAsync("\r\n."));
            Assert.Equal(EntryState.Failed, (await _bench.ReadAsync(_entry)).State);
        }
        finally
        {
            clients.ForEach(static client => client.Dispose());
        }
        await Eventually.TrueAsync(() => _port.Door.Spooled.Length == 0);
    }

    [Fact]
    public async Task R31_HugeMailThatCannotBeSpooled_IsAskedToComeAgain()
    {
        using var client = await _port.ConnectAsync();
        Directory.Delete(_port.Door.Store.IncomingDirectory);
        await BeginAsync(client, Address);
        await client.SendAsync(ReturnedMailTests.Bounce().ReplaceLineEndings("\r\n").Replace("\r\n--b--", ""));
        for (var i = 0; i < 8; i++)
            await client.SendAsync(string.Concat(Enumerable.Repeat(new string('x', 510) + "\r\n", 128)));

        Assert.StartsWith("451 4.3.0", await client.AskAsync("\r\n."));
    }

    private async Task<string> OptOutAddressAsync()
    {
        var client = (await _bench.Store.FindNameAsync("acme", CancellationToken.None))!.Value;
        return UnsubscribeMailbox.Make(new UnsubscribeToken(SuppressionParts.Hash("to@y.example"), client, 0, _entry), "bounce.x.example", ReturnedMailTests.Keys)!;
    }

    private static async Task BeginAsync(SmtpSocket client, string recipient)
    {
        await client.AskAsync("EHLO mx.y.example");
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<>"));
        Assert.StartsWith("250", await client.AskAsync($"RCPT TO:<{recipient}>"));
        Assert.StartsWith("354", await client.AskAsync("DATA"));
    }

    private static string Content(string mail) => mail.ReplaceLineEndings("\r\n") + ".";
}
