using OutreachRelay.Deliver;
using OutreachRelay.Store;
using OutreachRelay.Tests.Receive;

namespace OutreachRelay.Tests.Deliver;

public sealed class DueEntriesTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task L22_TwoMailsToARecipientWhoseSenderIsGone_GoOnWithOneSender(bool isRemembered)
    {
        await using var door = await Door.OpenAsync(Models.Sender("a@x.example"));
        QueueEntry[] waiting =
        [
            .. await door.AcceptAsync(Submissions.Plain, "to@y.example"),
            .. await door.AcceptAsync(Submissions.Plain + "again\r\n", "to@y.example"),
        ];
        var model = Models.Relay([Models.Sender("b@x.example"), Models.Sender("c@x.example"), Models.Sender("d@x.example")]);
        var parts = isRemembered ? door.Parts : new RotationParts(door.Time, door.Store, door.Parts.Ledger);

        var first = await parts.Due.ApplyAsync(new DueDecision(DueAction.Reassign, "its sender was removed"), model, waiting[0]);
        // The cache of another process, or one that has forgotten, knows nothing of it.
        parts = isRemembered ? parts : new RotationParts(door.Time, door.Store, door.Parts.Ledger);
        var second = await parts.Due.ApplyAsync(new DueDecision(DueAction.Reassign, "its sender was removed"), model, waiting[1]);

        Assert.NotEqual("a@x.example", first!.Sender);
        Assert.Equal(first.Sender, second!.Sender);
        Assert.Equal(first.Sender, parts.Assignments.Find(waiting[0].Client, "to@y.example"));
    }
}
