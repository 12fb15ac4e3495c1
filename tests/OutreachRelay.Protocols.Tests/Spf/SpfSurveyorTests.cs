using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Spf;
using OutreachRelay.Protocols.Tests.Dns;

namespace OutreachRelay.Protocols.Tests.Spf;

public sealed class SpfSurveyorTests
{
    private readonly Zone _zone = new();

    [Fact]
    public async Task Survey_NestedRecords_AreReadAsOne()
    {
        Publish("a.example", "v=spf1 a mx include:b.example ~include:c.example ip4:192.0.2.0/24 -all include:never.example");
        Publish("b.example", "v=spf1 ip6:2001:db8::/32 redirect=d.example");
        Publish("c.example", "v=spf1 ip4:198.51.100.0/24 -all");
        Publish("d.example", "v=spf1 ip4:203.0.113.9 -ip4:203.0.113.10 ~all");

        var survey = await SurveyAsync();

        Assert.Equal((null, 5, false), (survey.Fault, survey.Lookups, survey.IsOpen));
        Assert.Equal(["b.example", "d.example"], survey.Includes.Order());
        Assert.Equal(["2001:db8::", "203.0.113.9", "192.0.2.0"], survey.Networks.Select(network => network.ToString()));
        Assert.StartsWith("v=spf1 a mx", Assert.Single(survey.Records));
    }

    [Theory]
    [InlineData("v=spf1 ~all", null, "")]
    [InlineData("v=spf1 ipv4:192.0.2.1 ~all", SpfResult.PermError, "a.example: syntax error in term \"ipv4:192.0.2.1\"")]
    [InlineData("v=spf1 include:none.example ~all", SpfResult.PermError, "none.example has no SPF record")]
    [InlineData("v=spf1 include:A.example ~all", SpfResult.PermError, "a.example includes itself")]
    [InlineData("v=spf1 include:error.example ~all", SpfResult.TempError, "TXT of error.example: timeout")]
    [InlineData("v=spf1 include:error.example include:none.example ~all", SpfResult.PermError, "none.example has no SPF record")]
    [InlineData("v=spf1 include:%{i}.x.example ~all", null, "")]
    [InlineData("something else", SpfResult.None, "a.example has no SPF record")]
    public async Task Survey_Fault_IsNamed(string record, SpfResult? fault, string detail)
    {
        Publish("a.example", record);

        var survey = await SurveyAsync();

        Assert.Equal((fault, detail), (survey.Fault, survey.Detail));
    }

    [Theory]
    [InlineData("v=spf1 +all", true)]
    [InlineData("v=spf1 include:b.example -all", true)]
    [InlineData("v=spf1 ?include:b.example -all", false)]
    [InlineData("v=spf1 -all", false)]
    public async Task Survey_PassForEverybody_IsOpen(string record, bool isOpen)
    {
        Publish("a.example", record);
        Publish("b.example", "v=spf1 all");

        Assert.Equal(isOpen, (await SurveyAsync()).IsOpen);
    }

    [Fact]
    public async Task Survey_WideTree_EndsAfterAWhile()
    {
        var resolver = new ZoneResolver(_zone);
        for (var i = 0; i < 50; i++)
            Publish($"n{i}.example", "v=spf1 " + string.Join(' ', Enumerable.Range(i + 1, 20).Select(n => $"include:n{n}.example")));

        var survey = await new SpfSurveyor(resolver, new SpfOptions(), TimeProvider.System).SurveyAsync("n0.example", TestContext.Current.CancellationToken);

        Assert.True(survey.Lookups > 10);
        Assert.True(resolver.Asked.Count <= 50);
    }

    private void Publish(string name, string record) => _zone.Add(name, DnsType.TXT, record);

    private Task<SpfSurvey> SurveyAsync() =>
        new SpfSurveyor(new ZoneResolver(_zone), new SpfOptions(), TimeProvider.System).SurveyAsync("a.example", TestContext.Current.CancellationToken);
}
