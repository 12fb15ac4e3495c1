using System.Net;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Score;
using OutreachRelay.Store;
using OutreachRelay.Tests.Policy.Score;

namespace OutreachRelay.Tests.Receive;

public class ScoringTests
{
    [Fact]
    public async Task Submit_CleanMail_IsStoredWithItsScore()
    {
        await using var door = await OpenAsync();

        var entry = Assert.Single(await door.AcceptAsync(ScoreMessages.Clean, "ann@there.example"));

        Assert.Equal((EntryState.Queued, 0), (entry.State, entry.Score));
        Assert.Equal(new MessageScore(0, "[]"), await door.Store.ReadScoreAsync(entry.MessageId, CancellationToken.None));
        Assert.Single(door.Started);
    }

    [Fact]
    public async Task Submit_ScoringOff_HasNoScore()
    {
        await using var door = await Door.OpenAsync();

        var entry = Assert.Single(await door.AcceptAsync(Bad("{{first_name}}"), "ann@there.example"));

        Assert.Null(entry.Score);
        Assert.Null(await door.Store.ReadScoreAsync(entry.MessageId, CancellationToken.None));
    }

    [Fact]
    public async Task Submit_TaggedMail_LeavesAndIsLogged()
    {
        await using var door = await OpenAsync();

        var entry = Assert.Single(await door.AcceptAsync(Bad("viagra"), "ann@there.example"));

        Assert.Equal((EntryState.Queued, 5), (entry.State, entry.Score));
        Assert.Single(door.Started);
        Assert.Contains(door.Log, line => line.EndsWith(": tagged with a score of 5: words-pharmacy", StringComparison.Ordinal));
        var findings = ScoreJson.Read((await door.Store.ReadScoreAsync(entry.MessageId, CancellationToken.None))!.Findings);
        Assert.Equal(("words-pharmacy", 5, "text: viagra"), (findings[0].Rule, findings[0].Weight, findings[0].Where));
    }

    [Fact]
    public async Task Submit_HeldMail_KeepsItsSenderButNoUnitUntilItIsReleased()
    {
        await using var door = await OpenAsync();

        var entries = await door.AcceptAsync(Bad("Dear {{first_name}}"), "ann@there.example", "ben@there.example");

        Assert.All(entries, entry => Assert.Equal((EntryState.Held, "ann@x.example", null), (entry.State, entry.Sender, entry.UnitDate)));
        Assert.Empty(door.Started);
        Assert.Equal((0, 2), (door.Store.Counts.Queued, door.Store.Counts.Held));
        var held = Assert.Single(await door.Store.ReadEventsAsync(entries[1].Id, CancellationToken.None));
        Assert.Equal((StoreEventKind.Hold, "score"), (held.Kind, held.Who));
        Assert.Equal("The content scores 8, held from 8 on: a placeholder was not filled in (text: {{first_name}})", held.Reason);

        var release = new EntryAction(EntryActionKind.Release, [.. entries.Select(entry => entry.Id)], "operator", "", _ => []);
        Assert.All(await door.Store.ApplyAsync(release), result => Assert.Equal((ActionOutcome.Done, EntryState.Queued), (result.Outcome, result.Entry!.State)));
    }

    [Fact]
    public async Task Submit_RefusedMail_GetsTheReasonsAndIsNotKept()
    {
        await using var door = await OpenAsync();

        var reply = await door.SubmitAsync(Bad("Dear {{first_name}}, viagra"), "ann@there.example");

        Assert.Equal("550 5.7.1 The content scores 13, refused from 12 on: a placeholder was not filled in (text: {{first_name}}); words of pharmacy spam (text: viagra)",
            reply.ToString());
        Assert.Empty(await door.AllEntriesAsync());
        Assert.DoesNotContain(door.Log, line => line.Contains("first_name", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Submit_LargeMail_IsScoredByItsBeginning()
    {
        await using var door = await OpenAsync();

        var reply = await door.SubmitAsync(Bad("viagra, {{first_name}}") + new string('x', 500).PadRight(600, '\n').Replace("\n", "\r\n", StringComparison.Ordinal)
            + string.Concat(Enumerable.Repeat("a line of an attachment\r\n", 20_000)), "ann@there.example");

        Assert.Equal(550, reply.Code);
        Assert.Empty(door.Spooled);
    }

    // RFC 5321 §4.5.5: a notification quotes the mail that it tells of.
    [Fact]
    public async Task Submit_Notification_IsNotScored()
    {
        await using var door = await OpenAsync(client => client with { Notifications = true });
        var session = door.Connect();
        await session.MailAsync(from: null);
        await session.RcptAsync("jane@crm.example");

        var reply = await session.DataAsync(ScoreMessages.Octets(Bad("Dear {{first_name}}, viagra").Replace("jane@crm", "ann@x", StringComparison.Ordinal)));

        Assert.Equal(250, reply.Code);
    }

    [Theory]
    [InlineData(ScorerFailureAction.Accept, 250, EntryState.Queued)]
    [InlineData(ScorerFailureAction.Hold, 250, EntryState.Held)]
    [InlineData(ScorerFailureAction.Refuse, 451, null)]
    public async Task O28_Submit_ScorerIsDown_GoesByOnError(ScorerFailureAction onError, int code, EntryState? state)
    {
        IPEndPoint gone;
        await using (var scorer = ScriptedScorer.Silent())
            gone = scorer.Address;
        await using var door = await OpenAsync(model: ScoreMessages.Model with { External = [new ScorerModel(ScorerType.Rspamd, gone, TimeSpan.FromSeconds(2), onError)] });

        var reply = await door.SubmitAsync(ScoreMessages.Clean, "ann@there.example");

        Assert.Equal(code, reply.Code);
        Assert.Equal(state, (await door.AllEntriesAsync()).SingleOrDefault()?.State);
        if (code == 451)
            Assert.Equal("451 4.7.1 rspamd gives no score at the moment", reply.ToString());
    }

    [Fact]
    public async Task Submit_CopiesOfATemplate_AreAskedAboutOnce()
    {
        await using var scorer = ScriptedScorer.Http("""{"score":1,"required_score":15}""");
        await using var door = await OpenAsync(model: ScoreMessages.Model with
        {
            External = [new ScorerModel(ScorerType.Rspamd, scorer.Address, TimeSpan.FromSeconds(2), ScorerFailureAction.Accept)],
        });

        foreach (var name in (string[])["Ann", "Ben", "Zoe", "Max"])
        {
            var mail = ScoreMessages.Clean.Replace("Ann Miller <ann.miller@", $"{name} <{name}@", StringComparison.Ordinal).Replace("Hello Ann", "Hello " + name, StringComparison.Ordinal);
            await door.AcceptAsync(mail.Replace("<1@", $"<{name}@", StringComparison.Ordinal), $"{name}@there.example");
        }

        Assert.Equal(1, scorer.Asked);
    }

    private static string Bad(string text) => ScoreMessages.Clean + text + "\r\n";

    private static Task<Door> OpenAsync(Func<ClientModel, ClientModel>? change = null, ScoreModel? model = null)
    {
        var client = Models.Client(Models.Direction(Models.Pool(Models.Sender("ann@x.example")), Models.Upstream("a")));
        var relay = Models.Relay(change?.Invoke(client) ?? client);
        return Door.OpenAsync(relay with { Policy = relay.Policy with { Score = model ?? ScoreMessages.Model } });
    }
}
