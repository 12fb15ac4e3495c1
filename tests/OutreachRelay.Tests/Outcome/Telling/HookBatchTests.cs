using System.Text;
using OutreachRelay.Outcome.Telling;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Outcome.Telling;

public sealed class HookBatchTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    // Made with Python: hmac.new(b"a secret of the test", b'1772442000.{"client":"acme"}', "sha256").hexdigest()
    private const string Known = "t=1772442000,v1=" + KnownDigest;
    private const string KnownDigest = "ec09c145acbae84a8520ccb69172d0bd486fd4545470619245208a5686f47bee";

    [Fact]
    public void Signature_OfKnownBody_IsWhatPythonMakesOfIt() =>
        Assert.Equal(Known, HookSignature.Of("a secret of the test", Now, "{\"client\":\"acme\"}"u8));

    [Fact]
    public void Of_Event_TellsAllThatIsKnown()
    {
        var told = HookReceiver.Read(HookBatch.Of("acme", [Listed(7)]).Body);

        Assert.Equal("acme", told.GetProperty("client").GetString());
        Assert.Equal(
            """{"id":7,"kind":"bounced_hard","occurred_at":"2026-03-02T08:59:00+00:00","recorded_at":"2026-03-02T09:00:00+00:00","queue_id":"QUEUE","entry":"ENTRY","""
                .Replace("QUEUE", QueueId.Format(11), StringComparison.Ordinal).Replace("ENTRY", QueueId.Format(12), StringComparison.Ordinal)
            + """
              "message_id":"m1@client.example","recipient":"jane@dest.example","direction":"cold","sender":"a@x.example","upstream":"ses","source":"ses","state":"failed","code":550,"status":"5.1.1","reason":"no such \u003Cuser\u003E"}
              """, told.GetProperty("events")[0].GetRawText());
    }

    [Fact]
    public void Of_MoreThanABatchHolds_TakesTheFirstInTheirOrder()
    {
        var batch = HookBatch.Of("acme", [.. Enumerable.Range(1, 250).Select(id => Listed(id))]);

        Assert.Equal((HookBatch.MostEvents, 100), (batch.Events.Length, batch.Last));
    }

    [Fact]
    public void Of_LongReasons_StaysBelowTheOctetsOfABatch()
    {
        var reason = new string('\u0001', OutcomeEvent.MaxReason);

        var batch = HookBatch.Of("acme", [.. Enumerable.Range(1, 100).Select(id => Listed(id, reason))]);

        Assert.InRange(batch.Body.Length, 1, HookBatch.MostOctets);
        Assert.InRange(batch.Events.Length, 1, 99);
        Assert.True(Ascii.IsValid(batch.Body));
    }

    [Fact]
    public void Rest_AfterEachFailure_DoublesUpToTenMinutesAndVaries()
    {
        var time = new FakeTime();
        var rest = new HookRest(time, new Random(1));
        double[] most = [5, 10, 20, 40, 80, 160, 320, 600, 600];
        foreach (var seconds in most)
        {
            rest.Begin();
            Assert.InRange(rest.Left.TotalSeconds, seconds / 2, seconds);
            time.Advance(TimeSpan.FromSeconds(seconds));
            Assert.True(rest.Left <= TimeSpan.Zero);
        }

        rest.End();
        rest.Begin();
        Assert.InRange(rest.Left.TotalSeconds, 2.5, 5);
    }

    private static ListedEvent Listed(long id, string reason = "no such <user>") => new(
        id, new StoreEvent(Now, StoreEventKind.BouncedHard, "ses", reason) { OccurredAt = Now.AddMinutes(-1), Code = 550, Status = "5.1.1" }, 12, "acme", "jane@dest.example")
    {
        Mail = new EventMail(11, "cold", "a@x.example", "ses", "m1@client.example", EntryState.Failed),
    };
}
