using System.Net;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Preflight;

namespace OutreachRelay.Tests.Configuration;

public sealed class PreflightRuleTests : IDisposable
{
    private const string Sending = """
        [[upstream]]
        name = "ses"
        type = "smtp"
        preset = "ses"
        region = "eu-west-1"
        [[upstream]]
        name = "sendgrid"
        type = "smtp"
        preset = "sendgrid"
        [[upstream]]
        name = "own"
        type = "smtp"
        host = "smtp.example.net"
        sending_addresses = ["192.0.2.7", "2001:db8::7"]

        """;

    private static readonly string All = ConfigurationFolder.Minimal.Replace("[\"capture\"]", "[\"capture\", \"ses\", \"sendgrid\", \"own\"]", StringComparison.Ordinal) + Sending;

    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_NothingSaid_WarnsEveryHourByTheTreeWalk()
    {
        var preflight = _folder.Model(ConfigurationFolder.Minimal).Policy.Preflight;

        Assert.Equal((PreflightMode.Warn, TimeSpan.FromHours(1), null), (preflight.Mode, preflight.Interval, preflight.PublicSuffixes));
    }

    [Fact]
    public void Load_AllKeys_AreInTheModel()
    {
        var model = _folder.Model(All + """
            [policy]
            preflight = "enforce"
            preflight_interval = "10m"
            domain_blocklists = ["dbl.example"]
            address_blocklists = ["zen.example"]
            organizational_domains = "public-suffix-list"
            [dns]
            servers = ["127.0.0.1:5353"]
            timeout = "3s"
            """);

        var preflight = model.Policy.Preflight;
        Assert.Equal((PreflightMode.Enforce, TimeSpan.FromMinutes(10), true), (preflight.Mode, preflight.Interval, preflight.PublicSuffixes!.Count > 9000));
        Assert.Equal(["dbl.example", "zen.example"], preflight.DomainBlocklists.Concat(preflight.AddressBlocklists));
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:5353"), Assert.Single(model.Dns.Servers));
        Assert.Equal(TimeSpan.FromSeconds(3), model.Dns.Timeout);
        Assert.Equal(["192.0.2.7", "2001:db8::7"], model.Upstreams["own"].SendingAddresses.Select(address => address.ToString()));
    }

    [Fact]
    public void Subjects_PairsThatMayLeave_HaveThePresetsEnvelopeAndSelectors()
    {
        _folder.Write("s.csv", "address,upstreams\na@one.example,\nb@one.example,\nc@two.example,ses\n");

        var subjects = PreflightSubject.Of(_folder.Model(All + """
            [[domain]]
            name = "one.example"
            return_path = "bounce.one.example"
            selectors = { ses = ["k1", "k2"], sendgrid = ["s1"] }
            """));

        Assert.Equal(
            [
                "one.example own bounce.one.example  ", "one.example sendgrid  sendgrid.net s1", "one.example ses bounce.one.example amazonses.com k1,k2",
                "two.example ses two.example amazonses.com ",
            ],
            subjects.Select(subject => $"{subject.Domain} {subject.Upstream} {subject.EnvelopeDomain} {subject.SpfInclude} {string.Join(',', subject.Selectors)}"));
    }

    [Fact]
    public void Load_SelectorsOfNoUpstream_AreWarnedOf() =>
        Assert.Contains("there is no upstream 'captur'; did you mean 'capture'?",
            Assert.Single(_folder.Problems(ConfigurationFolder.Minimal + "[[domain]]\nname = \"one.example\"\nselectors = { captur = [\"k1\"] }")));

    [Theory]
    [InlineData("[policy]\npreflight_interval = \"0s\"", "expected a duration from 1s to 7d")]
    [InlineData("[policy]\ndomain_blocklists = [\"a b\"]", "expected a domain")]
    [InlineData("[policy]\norganizational_domains = \"list\"", "one of \"tree-walk\", \"public-suffix-list\"")]
    [InlineData("[[upstream]]\nname = \"x\"\ntype = \"smtp\"\nhost = \"x.example\"\nsending_addresses = [\"10.0.0.0/8\"]", "expected an address")]
    [InlineData("[[upstream]]\nname = \"x\"\ntype = \"capture\"\nsending_addresses = [\"192.0.2.1\"]", "has no meaning for type = \"capture\"")]
    public void Load_WrongKey_SaysWhatItExpects(string more, string message)
    {

        Assert.Contains(_folder.Problems(ConfigurationFolder.Minimal + more), problem => problem.Contains(message) && problem.Contains("error"));
    }
}
