using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Telling;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Outcome.Telling;

/// <summary>What a notification says, and when there is none.</summary>
public sealed class FailureNoticeTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private static readonly RelayModel Model = Models.Relay(Models.Sender("daemon@x.example"));
    private static readonly DsnModel Dsn = new(Model.Senders["daemon@x.example"], Model.Clients["acme"].DefaultDirection);

    [Fact]
    public void Of_RefusedEntry_TellsWhatTheServerSaidToTheReversePath()
    {
        var report = Of(Event(StoreEventKind.Fail, "550 5.1.1 no such user", 550))!;

        Assert.Equal(("daemon@x.example", "crm@client.example", "to@y.example"), (report.From.ToString(), report.To.ToString(), report.Recipient.ToString()));
        Assert.Equal(("550 5.1.1 no such user", true), (report.Diagnostic, report.Status.IsNone));
        Assert.Equal(("t1@x.example", "m1@client.example", "relay.example.com"), (report.MessageId, report.OriginalMessageId, report.ReportingMta));
        Assert.Equal("Subject: hello\r\n\r\n"u8.ToArray(), report.OriginalHeader.ToArray());
    }

    [Fact]
    public void Of_BounceAfterThe250_HasItsStatusAndTheCodeBeforeTheWords()
    {
        var report = Of(Event(StoreEventKind.BouncedHard, "no such user", 550) with { Status = "5.1.1" })!;

        Assert.Equal(("550 no such user", new EnhancedStatusCode(5, 1, 1)), (report.Diagnostic, report.Status));
    }

    [Theory]
    [InlineData("2.0.0")]
    [InlineData("5.1")]
    [InlineData("hard\u0007bounce")]
    public void Of_StatusThatIsNone_LeavesItToTheWords(string status) =>
        Assert.True(Of(Event(StoreEventKind.Blocked, "554 spam", 554) with { Status = status })!.Status.IsNone);

    [Fact]
    public void S45_Of_ExpiredEntry_HasTheTimeExpiredAndTheLastReply()
    {
        var entry = Entry(EntryState.Expired) with { LastReply = "451 4.7.1 greylisted", MaybeSent = true };

        var report = Of(Event(StoreEventKind.Expire, "its time ran out"), entry)!;

        Assert.Equal((new EnhancedStatusCode(4, 4, 7), "451 4.7.1 greylisted"), (report.Status, report.Diagnostic));
        Assert.Contains("may have delivered it", report.Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(EntryState.Relayed)]
    [InlineData(EntryState.Dropped)]
    [InlineData(EntryState.Queued)]
    public void Of_EntryThatHasNotFailed_IsNone(EntryState state) => Assert.Null(Of(Event(StoreEventKind.BouncedSoft, "later"), Entry(state)));

    [Fact]
    public void R16_Of_NullReversePath_IsNone() => Assert.Null(Of(Event(StoreEventKind.Fail, "550 no", 550), reversePath: null));

    [Fact]
    public void Of_ContentThatIsPurged_HasNoHeader() => Assert.True(Of(Event(StoreEventKind.Fail, "550 no", 550), content: "")!.OriginalHeader.IsEmpty);

    [Fact]
    public void Request_HasTheNullReversePathAndNamesWhatItIsAbout()
    {
        var request = FailureNotice.Request(Of(Event(StoreEventKind.Fail, "550 no", 550))!, 7, Dsn, Model);

        Assert.Equal((null, "acme", "cold", (long?)7), (request.ReversePath, request.Client, request.Direction, request.Notifies));
        Assert.Equal((Now + Model.Delivery.Expire, request.Content.Length), (request.ExpiresAt, (int)request.Length));
    }

    private static Protocols.Dsn.NonDeliveryReport? Of(
        StoreEvent told, QueueEntry? entry = null, string? reversePath = "crm@client.example", string content = "Subject: hello\r\n\r\n")
    {
        var about = entry ?? Entry(EntryState.Failed);
        var message = new StoredMessage
        {
            Id = about.MessageId,
            Client = "acme",
            Direction = "cold",
            ReversePath = reversePath,
            ReceivedAt = Now.AddHours(-1),
            Received = default,
            Content = System.Text.Encoding.ASCII.GetBytes(content),
            Length = content.Length,
            NeedsSmtpUtf8 = false,
            Has8Bit = false,
        };
        var listed = new ListedEvent(1, told, about.Id, "acme", about.Recipient)
        {
            Mail = new EventMail(about.MessageId, "cold", about.Sender, about.Upstream, "m1@client.example", about.State),
        };
        return FailureNotice.Of(listed, new LoadedEntry(about, message, default), Dsn, "relay.example.com", Now, "t1");
    }

    private static StoreEvent Event(StoreEventKind kind, string reason, int code = 0) => new(Now, kind, "a", reason) { Code = code };

    private static QueueEntry Entry(EntryState state) => Entries.Queued() with { State = state, Recipient = "to@y.example" };
}
