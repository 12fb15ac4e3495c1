using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Deliver;

/// <summary>What becomes of a message that its upstream refuses.</summary>
public sealed class RetryTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task S26_TransientReplyOnce_IsRetriedBySchedule()
    {
        var refusals = 0;
        await using var sink = new SinkServer
        {
            OnRecipient = _ => Interlocked.Increment(ref refusals) == 1 ? new SinkAction.Reply("450 4.2.0 mailbox busy") : null,
        };
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", sink.Port)] });

        var id = await relay.SubmitAsync(TestMessage.Create("deferred"));

        await Wait.UntilAsync(() => sink.CountOf("deferred") == 1, Deadline, () => $"not retried:\n{relay.Log}");
        await relay.UntilStateAsync(id, "relayed");
        Assert.Equal(2, refusals);
    }

    [Fact]
    public async Task S25_PermanentReply_FailsWithoutAnotherTry()
    {
        var asked = 0;
        await using var sink = new SinkServer
        {
            OnRecipient = _ =>
            {
                Interlocked.Increment(ref asked);
                return new SinkAction.Reply("550 5.1.1 no such user");
            },
        };
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", sink.Port)] });

        var id = await relay.SubmitAsync(TestMessage.Create("refused"));

        await relay.UntilStateAsync(id, "failed");
        Assert.Equal(1, asked);
        Assert.Contains("5.1.1", (await relay.JsonAsync("queue", "show", id)).GetProperty("last_reply").GetString());
    }

    [Fact]
    public async Task S26_ScheduleUsedUp_WaitsInTheDeadLetterQueueUntilRequeued()
    {
        var broken = true;
        await using var sink = new SinkServer { OnRecipient = _ => broken ? new SinkAction.Reply("450 4.2.0 mailbox busy") : null };
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", sink.Port)], Retry = """["1s"]""" });
        var id = await relay.SubmitAsync(TestMessage.Create("dead"));

        await relay.UntilStateAsync(id, "dead");
        var dead = Assert.Single((await relay.JsonAsync("dead", "list")).EnumerateArray());
        Assert.Equal(id, dead.GetProperty("id").GetString());
        Assert.Contains("4.2.0", dead.GetProperty("last_reply").GetString());

        broken = false;
        await relay.JsonAsync("dead", "requeue", id);
        await Wait.UntilAsync(() => sink.CountOf("dead") == 1, Deadline, () => $"not requeued:\n{relay.Log}");
    }
}
