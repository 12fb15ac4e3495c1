using System.Net;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Score;
using OutreachRelay.Policy.Score.External;

namespace OutreachRelay.Tests.Policy.Score;

public class ScoreVerdictTests
{
    [Theory]
    [InlineData(3.99, ScoreAction.Accept)]
    [InlineData(4, ScoreAction.Tag)]
    [InlineData(8, ScoreAction.Hold)]
    [InlineData(12, ScoreAction.Refuse)]
    [InlineData(1000, ScoreAction.Refuse)]
    [InlineData(-3, ScoreAction.Accept)]
    public void Decide_BuiltInScore_GoesByTheThresholds(double score, ScoreAction action) =>
        Assert.Equal(action, ScoreVerdict.Decide(ScoreMessages.Model, Content(score)).Action);

    [Fact]
    public void Decide_NoThresholds_AcceptsWhateverItScores() =>
        Assert.Equal(ScoreAction.Accept, ScoreVerdict.Decide(new ScoreModel { Rules = ScoreMessages.Rules }, Content(1000)).Action);

    // The highest counts and no sum: scorers see the same things.
    [Theory]
    [InlineData(3, 3.9, ScoreAction.Accept, 3.12)]
    [InlineData(3, 7.5, ScoreAction.Tag, 6)]
    [InlineData(9, 7.5, ScoreAction.Hold, 9)]
    [InlineData(0, 15, ScoreAction.Refuse, 12)]
    public void Decide_ScorerOutside_CountsInOurScale(double builtIn, double rspamd, ScoreAction action, double score)
    {
        var verdict = ScoreVerdict.Decide(ScoreMessages.Model, Content(builtIn, Answer(ScorerFailureAction.Accept, new ScorerReply(rspamd, 15, "A\u001b[31m"))));

        Assert.Equal((action, score), (verdict.Action, verdict.Score));
        Assert.Equal("A\\x1b[31m", verdict.Findings.Single(finding => finding.Rule == "rspamd").Where);
    }

    [Theory]
    [InlineData(0, ScorerFailureAction.Accept, ScoreAction.Accept)]
    [InlineData(5, ScorerFailureAction.Accept, ScoreAction.Tag)]
    [InlineData(0, ScorerFailureAction.Hold, ScoreAction.Hold)]
    [InlineData(9, ScorerFailureAction.Hold, ScoreAction.Hold)]
    [InlineData(0, ScorerFailureAction.Refuse, ScoreAction.RefuseForNow)]
    [InlineData(13, ScorerFailureAction.Refuse, ScoreAction.Refuse)]
    [InlineData(13, ScorerFailureAction.Hold, ScoreAction.Refuse)]
    public void O28_Decide_ScorerThatGaveNoScore_GoesByOnError(double builtIn, ScorerFailureAction onError, ScoreAction action) =>
        Assert.Equal(action, ScoreVerdict.Decide(ScoreMessages.Model, Content(builtIn, Answer(onError, default, "no answer in time"))).Action);

    // O22: what stands in a reply is the client's own text, and yet must not end the line or reach a terminal.
    [Fact]
    public void O22_Decide_HostileContent_GivesOneLineOfPrintableAscii()
    {
        var subject = "{{\u001b[31mfirst\u202e<script>é" + new string('x', 60) + "}}";
        var score = ScoreMessages.Score($"Subject: {subject}\r\nContent-Type: multipart/mixed\r\nContent-Disposition: attachment; filename=\"{new string('y', 900)}.exe\"\r\n\r\nHi ,\r\n");

        var verdict = ScoreVerdict.Decide(ScoreMessages.Model, new ScoredContent(score, []));

        Assert.Equal(ScoreAction.Refuse, verdict.Action);
        Assert.InRange(verdict.Reason.Length, 50, ScoreReason.MaxLength);
        Assert.All(verdict.Reason, c => Assert.InRange(c, ' ', '~'));
        Assert.StartsWith("The content scores ", verdict.Reason);
    }

    private static ScoredContent Content(double score, params ScorerAnswer[] answers) =>
        new(new ContentScore(score, [new ScoreFinding("rule", score, "a reason", "text")]), [.. answers]);

    private static ScorerAnswer Answer(ScorerFailureAction onError, ScorerReply reply, string? failure = null) =>
        new(new ScorerModel(ScorerType.Rspamd, new IPEndPoint(IPAddress.Loopback, 1), TimeSpan.FromSeconds(2), onError), reply, failure);
}
