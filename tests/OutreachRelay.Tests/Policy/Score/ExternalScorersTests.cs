using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Score.External;
using OutreachRelay.Tests.Store;

namespace OutreachRelay.Tests.Policy.Score;

public sealed class ExternalScorersTests : IDisposable
{
    private const string RspamdAnswer = """{"score":7.5,"required_score":15.0,"action":"add header","symbols":{"A":{"score":0},"B":{"score":2.5},"C":{"score":5.0}}}""";
    private const string SpamdAnswer = "SPAMD/1.1 0 EX_OK\r\nContent-length: 9\r\nSpam: True ; 15.2 / 5.0\r\n\r\nONE,TWO\r\n";

    private static readonly ScorerRequest Request =
        new(ScoreMessages.Octets(ScoreMessages.Clean), "jane@crm.example", ["ann@there.example", "bücher@there.example"], "acme");

    private readonly FakeTime _time = new();
    private readonly ExternalScorers _scorers;

    public ExternalScorersTests() => _scorers = new ExternalScorers(_time, NullLogger<ExternalScorers>.Instance);

    public void Dispose() => _scorers.Dispose();

    [Fact]
    public async Task Ask_Rspamd_GetsScoreThresholdAndHeaviestSymbols()
    {
        await using var rspamd = ScriptedScorer.Http(RspamdAnswer);

        var answer = await AskAsync(ScorerType.Rspamd, rspamd.Address);

        Assert.Null(answer.Failure);
        Assert.Equal(new ScorerReply(7.5, 15, "C, B"), answer.Reply);
        Assert.Equal(6, answer.Scaled(ScoreMessages.Model));
        Assert.StartsWith("POST /checkv2 HTTP/1.1\r\n", rspamd.Request);
        Assert.Contains("\r\nUser: acme\r\n", rspamd.Request);
        Assert.Contains("\r\nFrom: jane@crm.example\r\n", rspamd.Request);
        Assert.Contains("\r\nRcpt: ann@there.example\r\n", rspamd.Request);
        Assert.EndsWith("\r\n\r\n" + ScoreMessages.Clean, rspamd.Request);
    }

    [Fact]
    public async Task Ask_SpamAssassin_GetsScoreThresholdAndSymbols()
    {
        await using var spamd = ScriptedScorer.Answering(SpamdAnswer);
        // It ends its answer by closing.
        var answer = await AskAsync(ScorerType.SpamAssassin, spamd.Address);

        Assert.Null(answer.Failure);
        Assert.Equal(new ScorerReply(15.2, 5, "ONE,TWO"), answer.Reply);
        Assert.Equal(12.16, answer.Scaled(ScoreMessages.Model));
        Assert.Equal($"SYMBOLS SPAMC/1.5\r\nContent-length: {ScoreMessages.Clean.Length}\r\n\r\n{ScoreMessages.Clean}", spamd.Request);
    }

    [Theory]
    [InlineData(ScorerType.Rspamd, "HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "HTTP 503")]
    [InlineData(ScorerType.Rspamd, "HTTP/1.1 302 No\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "HTTP 302")]
    [InlineData(ScorerType.Rspamd, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{\"score\":", "no JSON")]
    [InlineData(ScorerType.Rspamd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]", "no score in the answer")]
    [InlineData(ScorerType.Rspamd, "HTTP/1.1 200 OK\r\nContent-Length: 35\r\nConnection: close\r\n\r\n{\"score\":1e999,\"required_score\":15}", "no score in the answer")]
    [InlineData(ScorerType.Rspamd, "HTTP/1.1 200 OK\r\nContent-Length: 31\r\nConnection: close\r\n\r\n{\"score\":5,\"required_score\":-1}", "no score in the answer")]
    [InlineData(ScorerType.Rspamd, "220 mail.example ESMTP\r\n", "no connection")]
    [InlineData(ScorerType.SpamAssassin, "SPAMD/1.1 76 EX_PROTOCOL\r\n\r\n", "spamd reports an error")]
    [InlineData(ScorerType.SpamAssassin, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; NaN / 5.0\r\n\r\n", "no score in the answer")]
    [InlineData(ScorerType.SpamAssassin, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 5 / 0\r\n\r\n", "no score in the answer")]
    [InlineData(ScorerType.SpamAssassin, "HTTP/1.1 400 Bad Request\r\n\r\n", "no answer of spamd")]
    [InlineData(ScorerType.SpamAssassin, "", "no answer of spamd")]
    public async Task O28_Ask_ScorerThatTalksNonsense_SaysWhatIsWrong(ScorerType type, string reply, string failure)
    {
        await using var scorer = ScriptedScorer.Answering(reply);

        Assert.Equal(failure, (await AskAsync(type, scorer.Address)).Failure);
    }

    [Theory]
    [InlineData(ScorerType.Rspamd, "HTTP/1.1 200 OK\r\n\r\n{\"a\":\"")]
    [InlineData(ScorerType.SpamAssassin, "SPAMD/1.1 0 EX_OK\r\n")]
    public async Task O28_Ask_ScorerThatNeverStops_IsReadToTheBound(ScorerType type, string start)
    {
        await using var scorer = ScriptedScorer.Endless(start);

        Assert.Equal("the answer is too long", (await AskAsync(type, scorer.Address)).Failure);
    }

    [Theory]
    [InlineData(ScorerType.Rspamd)]
    [InlineData(ScorerType.SpamAssassin)]
    public async Task O28_Ask_ScorerThatIsSilent_IsLeftAtItsTime(ScorerType type)
    {
        await using var scorer = ScriptedScorer.Silent();

        var asked = AskAsync(type, scorer.Address);
        await Eventually.TrueAsync(() => scorer.Request.Length > 0);
        Assert.False(asked.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("no answer in time", (await asked).Failure);
    }

    [Theory]
    [InlineData(ScorerType.Rspamd)]
    [InlineData(ScorerType.SpamAssassin)]
    public async Task O28_Ask_ScorerThatIsDown_IsLeftAloneAndTriedAgain(ScorerType type)
    {
        IPEndPoint address;
        await using (var gone = ScriptedScorer.Silent())
            address = gone.Address;
        for (var i = 0; i < ScorerBreaker.MostFailures; i++)
            Assert.Equal("no connection", (await AskAsync(type, address)).Failure);

        Assert.Equal("it did not answer lately", (await AskAsync(type, address)).Failure);

        _time.Advance(ScorerBreaker.Rest);
        Assert.Equal("no connection", (await AskAsync(type, address)).Failure);
        Assert.Equal("it did not answer lately", (await AskAsync(type, address)).Failure);
    }

    [Fact]
    public void MayAsk_ScorerThatIsBack_IsAskedAsBefore()
    {
        var breaker = new ScorerBreaker(_time);
        for (var i = 0; i < ScorerBreaker.MostFailures; i++)
            breaker.Failed();
        Assert.False(breaker.MayAsk());

        _time.Advance(ScorerBreaker.Rest);
        Assert.Equal((true, false), (breaker.MayAsk(), breaker.MayAsk()));
        Assert.True(breaker.Succeeded());

        Assert.Equal((true, true), (breaker.MayAsk(), breaker.MayAsk()));
    }

    private async Task<ScorerAnswer> AskAsync(ScorerType type, IPEndPoint address) =>
        (await _scorers.AskAsync([new ScorerModel(type, address, TimeSpan.FromSeconds(2), ScorerFailureAction.Accept)], Request))[0];
}
