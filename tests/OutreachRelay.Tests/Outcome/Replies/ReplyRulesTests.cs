using System.Text;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Tests.Outcome.Replies;

public sealed class ReplyRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Classify_ProviderAndGeneralMatch_ProviderDecides()
    {
        const string reply = "552 exceeded storage allocation";

        Assert.Equal("sendgrid-too-large", ServerReplies.Classify("sendgrid", SmtpStage.FinalDot, reply).RuleId);
        Assert.Equal("quota-in-words", ServerReplies.Classify("ses", SmtpStage.FinalDot, reply).RuleId);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("oracle")]
    [InlineData("")]
    public void Classify_ProviderWithoutRules_GoesByTheGeneralOnes(string? provider) =>
        Assert.Equal("address-unknown", ServerReplies.Classify(provider, SmtpStage.Rcpt, "550 5.1.1 x").RuleId);

    [Fact]
    public void Classify_LineBreaksAndControlCharactersInWords_AreSpaces()
    {
        var text = "Our system\r\n has detected an\0unusual\u0085\trate of\u2028unsolicited mail";

        Assert.Equal("unusual-rate-in-words", Models.ShippedReplies.Classify(null, SmtpStage.FinalDot, 450, default, text).RuleId);
    }

    [Fact]
    public void Classify_WordsBeyondTheBound_AreNotRead()
    {
        var words = "greylist";

        Assert.Equal("greylisted", Classify(new string('x', ReplyRules.MaxText - words.Length) + words));
        Assert.Equal("recipient-for-now", Classify(new string('x', ReplyRules.MaxText - words.Length + 1) + words));

        static string Classify(string text) => Models.ShippedReplies.Classify(null, SmtpStage.Rcpt, 451, default, text).RuleId;
    }

    [Fact]
    public void Classify_HostileTexts_NeverThrowsAtAnyStageWithAnyCode()
    {
        foreach (var text in HostileTexts())
        {
            foreach (var stage in Enum.GetValues<SmtpStage>())
            {
                foreach (var code in (int[])[0, 99, 250, 254, 299, 354, 421, 450, 452, 535, 550, 552, 554, 599, 999, -1])
                {
                    Assert.NotNull(Models.ShippedReplies.Classify("ses", stage, code, new EnhancedStatusCode(5, 7, 1), text));
                    Assert.Null(RetryHint.Parse(code, text, Now, Now.AddDays(3)));
                }
            }
        }
    }

    // The same text ten times as long: what is not linear would not end.
    [Theory]
    [InlineData("message size exceed ")]
    [InlineData("user recipient mailbox not ")]
    [InlineData("limit quota daily ip list block ")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Classify_RepeatedWordsOfRules_EndsForAnyLength(string words)
    {
        foreach (var length in (int[])[1 << 10, 1 << 16, 1 << 22])
        {
            var text = new StringBuilder(length).Insert(0, words, length / words.Length).ToString();
            foreach (var code in (int[])[450, 550, 552, 554])
                Assert.NotNull(Models.ShippedReplies.Classify("mailgun", SmtpStage.FinalDot, code, default, text));
        }
    }

    [Fact]
    public void Classify_ManyThreads_AgreeOnEveryReply()
    {
        var replies = ShippedRulesTests.Examples().Select(row => (Provider: row.Data.Item1, Id: row.Data.Item2, Reply: row.Data.Item4, Stage: row.Data.Item3)).ToList();

        Parallel.For(0, 8, _ =>
        {
            foreach (var (provider, id, reply, stage) in replies)
                Assert.Equal(id, ServerReplies.Classify(provider, Enum.Parse<SmtpStage>(stage.Replace("_", ""), ignoreCase: true), reply).RuleId);
        });
    }

    [Fact]
    public void Classify_KnownReply_AllocatesNothing()
    {
        var rules = Models.ShippedReplies;
        var reply = ServerReplies.Read("550 5.7.1 Our system has detected that this message is likely unsolicited mail.");
        for (var i = 0; i < 100; i++)
            rules.Classify("ses", SmtpStage.FinalDot, reply.Code, reply.Enhanced, reply.Text);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            rules.Classify("ses", SmtpStage.FinalDot, reply.Code, reply.Enhanced, reply.Text);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static IEnumerable<string> HostileTexts()
    {
        yield return "";
        yield return new string('\n', 64 * 1024);
        yield return new string('\0', 64 * 1024);
        yield return new string('\uD800', 2000);
        yield return "\u202Eresu nwonknu\u202C";
        yield return new string('9', 64 * 1024) + " seconds";
        yield return string.Concat(Enumerable.Repeat("retry in ", 8000));
        yield return string.Concat(Enumerable.Repeat("(a+)+$", 8000));
        yield return "(((((((((([[[[[[[[[[.*.*.*.*.*.*";
        yield return string.Concat(Enumerable.Range(0, 0x3000).Select(c => (char)c));
        yield return "retry in " + string.Concat(Enumerable.Repeat("999999h", 300));
    }
}
