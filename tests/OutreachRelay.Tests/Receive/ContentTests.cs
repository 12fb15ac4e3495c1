using System.Text;
using OutreachRelay.Receive;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Receive;

/// <summary>What is kept of a message, and what is not left behind.</summary>
public sealed class ContentTests
{
    [Theory]
    [InlineData(256 * 1024, false)]
    [InlineData((256 * 1024) + 1, true)]
    [InlineData(5 * 1024 * 1024, true)]
    public async Task Accepted_Content_IsKeptOctetForOctet(int length, bool isFile)
    {
        await using var door = await Door.OpenAsync();
        var content = Submissions.OfLength(length);

        var entry = Assert.Single(await door.EntriesAsync(await door.SubmitAsync(content, "to@y.example")));

        var message = await door.MessageAsync(entry.Id);
        Assert.Equal((length, isFile), (message.Length, message.ContentFile is not null));
        var kept = message.ContentFile is { } file ? await File.ReadAllBytesAsync(file) : message.Content.ToArray();
        Assert.True(content.AsSpan().SequenceEqual(kept));
        Assert.Equal(isFile ? door.Kept : [], isFile ? [message.ContentFile!] : []);
        Assert.Empty(door.Spooled);
    }

    [Theory]
    [InlineData(256 * 1024, "250 2.0.0 ")]
    [InlineData((256 * 1024) + 1, "552 5.3.4 ")]
    [InlineData(600_000, "552 5.3.4 ")]
    public async Task R7_HeaderSectionOfLength_IsTakenUpToItsLimit(int length, string reply)
    {
        await using var door = await Door.OpenAsync();
        const string first = "From: jane@crm.example\r\nX: y\r\n";
        var rest = length - first.Length - 2;
        // Folded lines of 64 octets, one of them longer by what is left over.
        var header = first + " " + new string('x', 61 + (rest % 64)) + "\r\n"
            + string.Concat(Enumerable.Repeat(" " + new string('x', 61) + "\r\n", (rest / 64) - 1)) + "\r\n";
        Assert.Equal(length, header.Length);

        Assert.StartsWith(reply, (await door.SubmitAsync(header + "body\r\n" + new string('b', 900) + "\r\n", "to@y.example")).ToString());

        Assert.Empty(door.Spooled);
        Assert.Equal(reply[0] == '2' ? 1 : 0, (await door.AllEntriesAsync()).Length);
    }

    [Fact]
    public async Task Accepted_LargeContent_HoldsOnlyItsHeaderInMemory()
    {
        await using var door = await Door.OpenAsync();
        await door.SubmitAsync(Submissions.OfLength(1_000_000), "to@y.example");

        Assert.True(door.Started.TryDequeue(out var ready));
        var header = Encoding.ASCII.GetString(ready.Message!.Content.Span);
        Assert.Equal("From: jane@crm.example\r\nMessage-ID: <big@crm.example>\r\n\r\n", header);
        Assert.True(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(ready.Message.Content, out var array));
        Assert.Equal(header.Length, array.Array!.Length);
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData(100, true)]
    [InlineData(400_000, false)]
    [InlineData(400_000, true)]
    public async Task Accepted_8BitContent_IsTold(int length, bool has8Bit)
    {
        await using var door = await Door.OpenAsync();
        var content = Submissions.OfLength(length);
        if (has8Bit)
            content[^3] = 0xE9;

        var entry = Assert.Single(await door.EntriesAsync(await door.SubmitAsync(content, "to@y.example")));

        Assert.Equal(has8Bit, (await door.MessageAsync(entry.Id)).Has8Bit);
    }

    [Fact]
    public async Task R54_W35_ReceivedField_NamesTheQueueIdAndNoRecipient()
    {
        await using var door = await Door.OpenAsync();

        var entries = await door.AcceptAsync(Submissions.Plain, "to@y.example", "you@y.example");

        var message = await door.MessageAsync(entries[0].Id);
        Assert.Equal(
            $"Received: from unknown ([127.0.0.1])\r\n\tby relay.example.com (OutreachRelay)\r\n\twith SMTP id {QueueId.Format(message.Id)};\r\n\tMon, 02 Mar 2026 09:00:00 +0000\r\n",
            Encoding.ASCII.GetString(message.Received.Span));
    }

    [Fact]
    public async Task W35_HiddenClients_AreNotInTheReceivedField()
    {
        await using var door = await Door.OpenAsync(Models.Relay(Models.Sender("ann@x.example")) with { HidesClients = true });

        var entry = Assert.Single(await door.AcceptAsync(Submissions.Plain, "to@y.example"));

        var message = await door.MessageAsync(entry.Id);
        Assert.Equal(
            $"Received: by relay.example.com (OutreachRelay)\r\n\twith SMTP id {QueueId.Format(message.Id)};\r\n\tMon, 02 Mar 2026 09:00:00 +0000\r\n",
            Encoding.ASCII.GetString(message.Received.Span));
    }

    [Fact]
    public async Task Accepted_Message_GoesToTheSchedule()
    {
        await using var door = await Door.OpenAsync();

        var entry = Assert.Single(await door.AcceptAsync(Submissions.Plain, "to@y.example"));

        Assert.True(door.Started.TryDequeue(out var ready));
        Assert.Equal((entry, Submissions.Plain), (ready.Entry, Encoding.ASCII.GetString(ready.Message!.Content.Span)));
        Assert.Empty(door.Started);
    }

    [Fact]
    public async Task Log_OfAMessage_NamesItsQueueIdAndNoAddress()
    {
        await using var door = await Door.OpenAsync();
        const string Message = "From: jane@crm.example\r\nMessage-ID: <1@crm.example>\r\n\r\n";

        var id = QueueId.Format(Submissions.IdOf(await door.SubmitAsync(Message, "to@y.example", "you@y.example")));
        await door.SubmitAsync(Message, "to@y.example");
        await door.SubmitAsync("From: a@x.example\r\n" + Message, "to@y.example");

        Assert.Equal(
            [
                $"{id}: accepted from acme for cold, {Message.Length} octets, 2 recipients",
                $"{id}: sent again by acme, accepted once",
                "Refused a message of acme: 550 5.6.0 the message has more than one From field",
            ],
            door.Log);
    }

    [Fact]
    public async Task R48_MessageOfOurOwn_IsALoop()
    {
        await using var door = await Door.OpenAsync();
        var entry = Assert.Single(await door.AcceptAsync(Submissions.Plain, "to@y.example"));
        var message = await door.MessageAsync(entry.Id);

        byte[] again = [.. "Received: by next.example; x\r\n"u8, .. message.Received.Span, .. message.Content.Span];

        Assert.Equal("554 5.4.6 the message loops", (await door.SubmitAsync(again, "to@y.example")).ToString());
    }

    [Theory]
    [InlineData("From: a@x.example\r\nFrom: b@x.example\r\n", "550 5.6.0")]
    [InlineData("no header\r\n", "550 5.6.0")]
    [InlineData("From: jane@crm.example\r\nAuto-Submitted: auto-replied\r\n", "550 5.7.1")]
    public async Task Refused_LargeContent_LeavesNoFile(string header, string reply)
    {
        await using var door = await Door.OpenAsync();
        byte[] content = [.. Encoding.ASCII.GetBytes(header + "\r\n"), .. Submissions.OfLength(1_000_000)];

        Assert.StartsWith(reply, (await door.SubmitAsync(content, "to@y.example")).ToString());
        Assert.Empty(door.Spooled);
        Assert.Empty(door.Kept);
        Assert.Empty(await door.AllEntriesAsync());
    }

    [Fact]
    public async Task L14_NoRoomBeforeExpiry_IsRefusedForNowAndLeavesNoFile()
    {
        await using var door = await Door.OpenAsync(Models.Sender("a@x.example", dailyLimit: 0));

        Assert.StartsWith("450 4.4.5", (await door.SubmitAsync(Submissions.OfLength(1_000_000), "to@y.example")).ToString());
        Assert.Empty(door.Spooled);
    }

    [Fact]
    public async Task R24_ResetInsideContent_FreesItsFileAtOnce()
    {
        await using var door = await Door.OpenAsync();
        var session = door.Connect();
        await session.MailAsync();
        await session.RcptAsync("to@y.example");
        var sink = session.BeginContent();
        await sink.WriteAsync(new byte[ContentSpool.MemoryLimit + 1]);
        Assert.Single(door.Spooled);

        session.Reset();

        Assert.Empty(door.Spooled);
    }
}
