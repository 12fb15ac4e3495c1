using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Protocols.Dmarc;

namespace OutreachRelay.Protocols.Tests.Dmarc;

public class DmarcRecordTests
{
    private const string Sample =
        "v=DMARC1; p=reject; sp=quarantine; np=none; adkim=s; aspf=r; pct=40; t=y; psd=n; rua=mailto:a@example.com!10m,mailto:b@example.net; ruf=mailto:c@example.com; fo=1:d:s; x=y;";

    [Fact]
    public void Parse_EveryTag_IsRead()
    {
        var record = DmarcRecord.Parse(Sample)!;

        Assert.Equal((DmarcPolicy.Reject, DmarcPolicy.Quarantine, DmarcPolicy.None), (record.Policy, record.SubdomainPolicy, record.NonexistentPolicy));
        Assert.Equal((true, false, 40, true), (record.IsDkimStrict, record.IsSpfStrict, record.Percent, record.IsTesting));
        Assert.Equal(DmarcPublicSuffix.No, record.PublicSuffix);
        Assert.Equal("mailto:a@example.com!10m,mailto:b@example.net", record.AggregateReports);
        Assert.Equal(("mailto:c@example.com", "1:d:s", Sample), (record.FailureReports, record.FailureOptions, record.Text));
    }

    [Fact]
    public void Parse_LeastRecord_HasTheDefaults()
    {
        var record = DmarcRecord.Parse("v=DMARC1;p=none")!;

        Assert.Equal((DmarcPolicy.None, null, null), (record.Policy, record.SubdomainPolicy, record.NonexistentPolicy));
        Assert.Equal((false, false, 100, false), (record.IsDkimStrict, record.IsSpfStrict, record.Percent, record.IsTesting));
        Assert.Equal((DmarcPublicSuffix.Unknown, "", "", "0"), (record.PublicSuffix, record.AggregateReports, record.FailureReports, record.FailureOptions));
    }

    [Theory]
    [InlineData("")]
    [InlineData("v=DMARC2; p=none")]
    [InlineData("v=dmarc1; p=none")]
    [InlineData("v=DMARC1 p=none")]
    [InlineData("p=none; v=DMARC1")]
    [InlineData("; v=DMARC1; p=none")]
    [InlineData("v=spf1 -all")]
    public void Parse_AnotherText_IsNoRecord(string text) => Assert.Null(DmarcRecord.Parse(text));

    [Theory]
    [InlineData("v=DMARC1; p=rejekt", null)]
    [InlineData("v=DMARC1; p=reject; sp=x", null)]
    [InlineData("v=DMARC1; p=reject; np=", null)]
    [InlineData("v=DMARC1; p=reject; sp=x; rua=mailto:a@example.com", DmarcPolicy.None)]
    [InlineData("v=DMARC1; rua=nobody", null)]
    [InlineData("v=DMARC1; rua=:, , https://example.com/r", DmarcPolicy.None)]
    [InlineData("v=DMARC1; p=reject; p=none", DmarcPolicy.Reject)]
    [InlineData("v=DMARC1; p=reject; pct=101; adkim=strict; t=yes; psd=1; ; =; nothing", DmarcPolicy.Reject)]
    public void Parse_MalformedTags_AskForLess(string text, DmarcPolicy? policy)
    {
        var record = DmarcRecord.Parse(text)!;

        Assert.Equal(policy, record.Policy);
        Assert.Equal((100, false, false), (record.Percent, record.IsDkimStrict, record.IsTesting));
    }

    [Fact]
    public void Parse_AnyText_EndsWithARecordOrNone()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => EndsWell("v=DMARC1;" + text)).QuickCheckThrowOnFailure();
        var random = new Random(20260302);
        for (var round = 0; round < 20_000; round++)
        {
            var text = Sample;
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                var place = random.Next(text.Length);
                text = random.Next(2) == 0 ? text.Remove(place, 1) : text.Insert(place, "=; \t,:vp\0\u00FC"[random.Next(10)].ToString());
            }
            Assert.True(EndsWell(text));
        }
    }

    private static bool EndsWell(string text) => DmarcRecord.Parse(text) is null or { Percent: >= 0 and <= 100 };
}
