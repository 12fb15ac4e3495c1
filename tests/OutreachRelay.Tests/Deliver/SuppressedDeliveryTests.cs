using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Tests.Smtp.Client;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Deliver;

/// <summary>Recipients that come to be suppressed by an attempt, and entries whose recipient has come to be.</summary>
public sealed class SuppressedDeliveryTests
{
    private const string Hello = "S: 220 hi\nC: EHLO relay.example.com\nS: 250 hi\n";
    private const string Carried = "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\n! content\nS: 250 taken\n";
    private const string Bye = "C: QUIT\nS: 221 bye\n";

    [Fact]
    public async Task F22_OptOutWhileItWaits_DropsItBeforeItsAttempt()
    {
        await using var upstream = new ScriptedUpstream(Hello + Bye);
        await using var bench = await DeliveryBench.StartAsync(Up(upstream));
        await bench.Suppressions.Book.SuppressAsync("acme", Models.Mailbox("to@y.example"), SuppressionReason.OptOut, "a test", TimeProvider.System.GetUtcNow());

        var dropped = await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Dropped);

        Assert.Empty(await bench.UpstreamsTriedAsync(dropped.Id));
        var done = Assert.Single(await bench.Store.ReadEventsAsync(dropped.Id, CancellationToken.None));
        Assert.Equal((StoreEventKind.Drop, "relay"), (done.Kind, done.Who));
        Assert.StartsWith("its recipient is suppressed for acme: opt-out, since ", done.Reason);
    }

    [Fact]
    public async Task F22_OptOutOfAnotherRecipient_LeavesItsMail()
    {
        await using var upstream = new ScriptedUpstream(Hello + Carried + Bye);
        await using var bench = await DeliveryBench.StartAsync(Up(upstream));
        await bench.Suppressions.Book.SuppressAsync("other", Models.Mailbox("to@y.example"), SuppressionReason.OptOut, "a test", TimeProvider.System.GetUtcNow());
        await bench.Suppressions.Book.SuppressAsync(null, Models.Mailbox("too@y.example"), SuppressionReason.OptOut, "a test", TimeProvider.System.GetUtcNow());

        await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Relayed);
    }

    [Fact]
    public async Task Refusal_OfAnUnknownRecipient_SuppressesItForTheClientWithTheEntrysEnd()
    {
        await using var upstream = new ScriptedUpstream(Hello + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 550 5.1.1 no such user\n" + Bye);
        await using var bench = await DeliveryBench.StartAsync(Up(upstream));

        var failed = await bench.UntilAsync(await bench.SubmitAsync(), EntryState.Failed);

        var suppression = await bench.Suppressions.Book.FindAsync("acme", "cold", Models.Mailbox("to@y.example"), CancellationToken.None);
        Assert.Equal((new SuppressionScope("acme"), SuppressionReason.HardBounce, "to@y.example"), (suppression!.Scope, suppression.Reason, suppression.Address));
        Assert.Equal($"{QueueId.Format(failed.Id)} at up [address-unknown]", suppression.Source);
    }

    [Fact]
    public async Task W34_DirectionThatAddsLinks_SendsEachRecipientItsOwn()
    {
        await using var upstream = new ScriptedUpstream(Hello + Carried + Carried + Bye);
        var direction = Models.Direction(Models.Pool(Models.Sender("a@x.example")), Up(upstream)) with { AddsUnsubscribe = true };
        var model = Models.Relay(Models.Client(direction)) with { Http = new HttpModel(new(System.Net.IPAddress.Loopback, 0), new Uri("https://relay.example.com")) };
        await using var bench = await DeliveryBench.StartAsync(TimeProvider.System, TimeProvider.System, model);

        foreach (var id in await bench.SubmitToAsync("to@y.example", "too@y.example"))
            await bench.UntilAsync(id, EntryState.Relayed);

        var links = upstream.Messages.Select(content => Assert.Single(content.Split("\r\n"), line => line.StartsWith("List-Unsubscribe: <https://relay.example.com/u/", StringComparison.Ordinal))).ToList();
        Assert.Equal(2, links.Distinct().Count());
        Assert.All(upstream.Messages, content => Assert.Contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", content));
    }

    private static UpstreamModel Up(ScriptedUpstream upstream) => Models.Upstream("up", port: upstream.Port) with { MaxConnections = 1 };
}
