using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Protocols.Tests.Smtp.Client;

namespace OutreachRelay.Tests.Deliver.Upstreams;

public sealed class UpstreamStateTests
{
    private static readonly TimeSpan Dwell = TimeSpan.FromSeconds(30);
    private static readonly SmtpCapabilities With = new() { SmtpUtf8 = true };

    [Fact]
    public void R20_UpstreamNeverSeen_CountsAsAble() => Assert.False(State(Models.Upstream("up")).LacksSmtpUtf8);

    [Theory]
    [InlineData(null, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void R20_UpstreamNeverSeen_IsWhatItsPresetSays(bool? smtpUtf8, bool lacks)
    {
        var preset = new PresetModel("p", "") { ReturnPath = EnvelopeRule.Free, SpfInclude = null, SmtpUtf8 = smtpUtf8, ReplacedFields = [], Replies = null };
        var state = State(Models.Upstream("up") with { Preset = preset });

        Assert.Equal(lacks, state.LacksSmtpUtf8);
        state.Note(state.Model, With);
        Assert.False(state.LacksSmtpUtf8);
    }

    [Fact]
    public void R20_LastOffer_Decides()
    {
        var state = State(Models.Upstream("up"));

        state.Note(state.Model, SmtpCapabilities.None);
        Assert.True(state.LacksSmtpUtf8);
        state.Note(state.Model, With);
        Assert.False(state.LacksSmtpUtf8);
    }

    [Fact]
    public void R20_ReloadOfTheSameUpstream_KeepsWhatWasSeen()
    {
        var state = State(Models.Upstream("up"));
        state.Note(state.Model, SmtpCapabilities.None);

        Update(state, Models.Upstream("up"));

        Assert.True(state.LacksSmtpUtf8);
    }

    [Fact]
    public void R20_UpstreamChanged_ForgetsWhatWasSeenAndWhatOldSessionsStillSee()
    {
        var old = Models.Upstream("up");
        var state = State(old);
        state.Note(old, SmtpCapabilities.None);

        Update(state, old with { Host = "192.0.2.1" });

        Assert.False(state.LacksSmtpUtf8);
        state.Note(old, SmtpCapabilities.None);
        Assert.False(state.LacksSmtpUtf8);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task R20_SessionAndProbe_NoteTheOffer(bool probe)
    {
        await using var upstream = new ScriptedUpstream("S: 220 hi\nC: EHLO relay.example.com\nS: 250 hi\nC: QUIT\nS: 221 bye");
        var state = State(Models.Upstream("up", port: upstream.Port));
        var (sessions, relay) = (new UpstreamSessions(TimeProvider.System), Models.Relay(Models.Sender("a@x.example")));

        if (probe)
            await sessions.ProbeAsync(state, relay, default).AsTask().WaitAsync(ScriptedUpstream.Patience);
        else
            await (await sessions.OpenAsync(state, state.Model, null, relay, default).AsTask().WaitAsync(ScriptedUpstream.Patience)).Session!.DisposeAsync();

        Assert.True(state.LacksSmtpUtf8);
    }

    private static UpstreamState State(UpstreamModel model) => new(model, Dwell, DateTimeOffset.UnixEpoch, TimeProvider.System);

    private static void Update(UpstreamState state, UpstreamModel model) => state.Update(model, Dwell, DateTimeOffset.UnixEpoch);
}
