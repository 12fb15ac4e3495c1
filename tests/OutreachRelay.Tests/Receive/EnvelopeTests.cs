using System.Net;
using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Tests.Receive;

/// <summary>Who may submit, and to whom.</summary>
public sealed class EnvelopeTests
{
    private static readonly DirectionModel Cold = Models.Direction(Models.Pool(Models.Sender("ann@x.example")), Models.Upstream("a"));

    [Fact]
    public async Task R16_NullReversePath_IsRefused()
    {
        await using var door = await Door.OpenAsync();
        Assert.StartsWith("550 5.7.1", (await door.Connect().MailAsync(from: null)).ToString());
    }

    [Fact]
    public async Task R16_NotificationOfAClientWithTheRight_IsAcceptedFromAnOwnSenderUnrotated()
    {
        await using var door = await Door.OpenAsync(Models.Relay(Models.Client(
            Cold with { Pool = Models.Pool(Models.Sender("ann@x.example"), Models.Sender("ben@x.example")) }) with
        { Notifications = true }));

        foreach (var recipient in (string[])["one@y.example", "two@y.example"])
        {
            var entry = Assert.Single(await door.EntriesAsync(await NotifyAsync(door, "From: Ben <ben@x.example>\r\n\r\n", recipient)));
            Assert.Equal("ben@x.example", entry.Sender);
            Assert.Null((await door.MessageAsync(entry.Id)).ReversePath);
            Assert.Null(await door.Store.ReadAssignmentAsync("acme", recipient, CancellationToken.None));
        }
    }

    [Theory]
    [InlineData("From: jane@crm.example\r\n\r\n")]
    [InlineData("From: <>\r\n\r\n")]
    [InlineData("Subject: who?\r\n\r\n")]
    public async Task R16_NotificationOfSomebodyElse_IsRefused(string content)
    {
        await using var door = await Door.OpenAsync(Models.Relay(Models.Client(Cold) with { Notifications = true }));

        Assert.StartsWith("550 5.7.1", (await NotifyAsync(door, content, "to@y.example")).ToString());
        Assert.Empty(await door.AllEntriesAsync());
    }

    [Fact]
    public async Task R17_PostmasterWithoutDomain_IsUnknown()
    {
        await using var door = await Door.OpenAsync();
        var session = door.Connect();
        await session.MailAsync();
        Assert.StartsWith("550 5.1.1", (await session.RcptAsync(new RcptCommand(null, IsPostmaster: true), CancellationToken.None)).ToString());
    }

    [Fact]
    public async Task R20_NonAsciiDomain_IsStoredAsALabels()
    {
        await using var door = await Door.OpenAsync();
        var session = door.Connect();
        await session.MailAsync(utf8: true);
        await session.RcptAsync("jane@BÜCHER.example");
        Assert.Equal("250 2.1.5 OK", (await session.RcptAsync("jane@xn--bcher-kva.example")).ToString());

        var entry = Assert.Single(await door.EntriesAsync(await session.DataAsync("From: x@y.example\r\n\r\n"u8.ToArray())));

        Assert.Equal("jane@xn--bcher-kva.example", entry.Recipient);
        Assert.False((await door.MessageAsync(entry.Id)).NeedsSmtpUtf8);
        Assert.Equal("ann@x.example", await door.Store.ReadAssignmentAsync("acme", "jane@xn--bcher-kva.example", CancellationToken.None));
    }

    [Theory]
    [InlineData("jöhn@y.example", true)]
    [InlineData("john@y.example", false)]
    public async Task R20_NonAsciiLocalPart_NeedsSmtpUtf8(string recipient, bool needs)
    {
        await using var door = await Door.OpenAsync();
        var session = door.Connect();
        await session.MailAsync(utf8: true);
        await session.RcptAsync(recipient);

        var entry = Assert.Single(await door.EntriesAsync(await session.DataAsync("From: x@y.example\r\n\r\n"u8.ToArray())));

        Assert.Equal(recipient, entry.Recipient);
        Assert.Equal(needs, (await door.MessageAsync(entry.Id)).NeedsSmtpUtf8);
    }

    [Fact]
    public async Task R20_NonAsciiLocalPartThatNoUpstreamCanCarry_IsRefusedAtRcpt()
    {
        await using var door = await Door.OpenAsync(Models.Relay(Models.Client(Cold with { Upstreams = [Models.Upstream("a"), Models.Upstream("b", tier: 2)] })));
        var session = door.Connect();
        await session.MailAsync(utf8: true);

        Seen(door, "a", smtpUtf8: false);
        Assert.Equal("250 2.1.5 OK", (await session.RcptAsync("jöhn@y.example")).ToString());
        Seen(door, "b", smtpUtf8: false);
        Assert.StartsWith("550 5.6.7", (await session.RcptAsync("jörg@y.example")).ToString());
        Assert.Equal("250 2.1.5 OK", (await session.RcptAsync("jane@bücher.example")).ToString());
        Seen(door, "b", smtpUtf8: true);
        Assert.Equal("250 2.1.5 OK", (await session.RcptAsync("jörg@y.example")).ToString());
    }

    [Fact]
    public async Task R20_UpstreamOfAnotherClientCanCarryIt_IsRefusedAllTheSame()
    {
        var other = Models.Client(Cold with { Client = "other", Upstreams = [Models.Upstream("b")] }) with { Name = "other", Networks = [] };
        await using var door = await Door.OpenAsync(Models.Relay(Models.Client(Cold), other));
        Seen(door, "a", smtpUtf8: false);
        Seen(door, "b", smtpUtf8: true);
        var session = door.Connect();
        await session.MailAsync(utf8: true);

        Assert.StartsWith("550 5.6.7", (await session.RcptAsync("jöhn@y.example")).ToString());
    }

    [Fact]
    public async Task R25_OneRecipientRefused_TheOthersStand()
    {
        await using var door = await Door.OpenAsync();
        var session = door.Connect();
        await session.MailAsync();
        await session.RcptAsync(new RcptCommand(null, IsPostmaster: true), CancellationToken.None);
        await session.RcptAsync("to@y.example");

        var entry = Assert.Single(await door.EntriesAsync(await session.DataAsync("From: x@y.example\r\n\r\n"u8.ToArray())));

        Assert.Equal("to@y.example", entry.Recipient);
    }

    [Fact]
    public async Task R26_RecipientBeyondTheLimit_IsTransientAndTheFirstStand()
    {
        await using var door = await Door.OpenAsync(Models.Sender("ann@x.example", dailyLimit: 200));
        var session = door.Connect();
        await session.MailAsync();
        for (var i = 0; i < 100; i++)
            Assert.True((await session.RcptAsync($"to{i}@y.example")).IsPositive);

        Assert.Equal("452 4.5.3 Too many recipients", (await session.RcptAsync("to100@y.example")).ToString());
        Assert.Equal("250 2.1.5 OK", (await session.RcptAsync("to7@y.example")).ToString());
        Assert.Equal(100, (await door.EntriesAsync(await session.DataAsync("From: x@y.example\r\n\r\n"u8.ToArray()))).Length);
    }

    [Fact]
    public async Task R26_SameRecipientInOtherCase_IsOneEntry()
    {
        await using var door = await Door.OpenAsync();
        Assert.Single(await door.AcceptAsync(Submissions.Plain, "to@Y.example", "to@y.EXAMPLE", "TO@y.example"));
    }

    [Theory]
    [InlineData("127.0.0.1", "250")]
    [InlineData("::ffff:127.0.0.1", "250")]
    [InlineData("127.0.0.2", "530 5.7.0")]
    [InlineData("::1", "530 5.7.0")]
    public async Task R52_NetworksDecide_WhoSubmitsWithoutLogin(string remote, string reply)
    {
        await using var door = await Door.OpenAsync();
        Assert.StartsWith(reply, (await door.Connect(remote).MailAsync()).ToString());
    }

    [Fact]
    public async Task R52_Login_WinsOverTheNetwork()
    {
        var other = Models.Client(Cold with { Client = "other" }).WithLogin("other", "secret") with { Name = "other", Networks = [] };
        await using var door = await Door.OpenAsync(Models.Relay(Models.Client(Cold), other));
        var session = door.Connect();
        Assert.Equal("235 2.7.0 Authentication succeeded", (await session.LogInAsync("other", "secret")).ToString());

        var reply = await session.SubmitAsync("From: x@y.example\r\n\r\n"u8.ToArray(), "to@y.example");

        Assert.Equal("other", (await door.EntriesAsync(reply))[0].Client);
    }

    [Fact]
    public async Task R41_FailedLogin_SaysTheSameOfUnknownUserAndWrongPassword()
    {
        await using var door = await Door.OpenAsync(Models.Relay(Models.Client(Cold).WithLogin("crm", "secret") with { Networks = [] }));
        var session = door.Connect();

        Assert.Equal("535 5.7.8 Authentication credentials invalid", (await door.FailToLogInAsync(session, "crm", "wrong")).ToString());
        Assert.Equal("535 5.7.8 Authentication credentials invalid", (await door.FailToLogInAsync(session, "nobody", "secret")).ToString());
        Assert.StartsWith("530 5.7.0", (await session.MailAsync()).ToString());
    }

    [Fact]
    public async Task Reload_ClientRemoved_EndsItsSessionsRights()
    {
        var client = Models.Client(Cold).WithLogin("crm", "secret") with { Networks = [] };
        await using var door = await Door.OpenAsync(Models.Relay(client));
        var session = door.Connect();
        await session.LogInAsync("crm", "secret");
        await session.MailAsync();
        await session.RcptAsync("to@y.example");

        door.Relay.Replace(Models.Relay(Models.Client(Cold) with { Name = "someone", Networks = [IPNetwork.Parse("192.0.2.0/24")] }));

        // What was begun ends on the model that it captured; what comes after meets the new one.
        Assert.True((await session.DataAsync("From: x@y.example\r\n\r\n"u8.ToArray())).IsPositive);
        Assert.StartsWith("530 5.7.0", (await session.MailAsync()).ToString());
    }

    [Fact]
    public async Task Reload_LimitsOfAClient_HoldForItsNextMessage()
    {
        var model = Models.Relay(Models.Client(Cold).WithLogin("crm", "secret"));
        await using var door = await Door.OpenAsync(model);
        var session = door.Connect();
        await session.LogInAsync("crm", "secret");

        door.Relay.Replace(model with { Policy = model.Policy with { MaxRecipients = 1 } });

        await session.MailAsync();
        await session.RcptAsync("one@y.example");
        Assert.StartsWith("452 4.5.3", (await session.RcptAsync("two@y.example")).ToString());
    }

    private static async Task<SmtpReply> NotifyAsync(Door door, string content, string recipient)
    {
        var session = door.Connect();
        Assert.True((await session.MailAsync(from: null)).IsPositive);
        await session.RcptAsync(recipient);
        return await session.DataAsync(Encoding.ASCII.GetBytes(content));
    }

    private static void Seen(Door door, string upstream, bool smtpUtf8)
    {
        var state = door.Schedule.Upstreams().Single(state => state.Model.Name == upstream);
        state.Note(state.Model, new SmtpCapabilities { SmtpUtf8 = smtpUtf8 });
    }
}
