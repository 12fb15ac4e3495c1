using System.Net;
using OutreachRelay.Configuration;
using OutreachRelay.Receive;

namespace OutreachRelay.Tests.Receive;

public sealed class SubmissionTests
{
    private static readonly ClientModel Client = Models.Client(Models.Direction(Models.Pool(Models.Sender("ann@x.example")), Models.Upstream("a")));

    [Theory]
    [InlineData("crm.example", "127.0.0.1", "crm.example ([127.0.0.1])")]
    [InlineData("[192.0.2.1]", "192.0.2.1", "[192.0.2.1] ([192.0.2.1])")]
    [InlineData("my_laptop", "2001:db8::1", "my_laptop ([IPv6:2001:db8::1])")]
    [InlineData("", "127.0.0.1", "unknown ([127.0.0.1])")]
    [InlineData("a(b", "127.0.0.1", "unknown ([127.0.0.1])")]
    [InlineData("a\r\nBcc: x", "127.0.0.1", "unknown ([127.0.0.1])")]
    [InlineData("a b", "127.0.0.1", "unknown ([127.0.0.1])")]
    [InlineData("crm", "fe80::1%3", "crm ([IPv6:fe80::1])")]
    public void TraceSource_ShowsOnlyWhatCanBeShown(string helo, string remote, string source) => Assert.Equal(source, Make(helo, remote).TraceSource);

    [Fact]
    public void W35_LongestName_StaysWholeInTheField()
    {
        var submission = Make(new string('x', 128), "2001:db8:1111:2222:3333:4444:5555:6666");
        var field = System.Text.Encoding.ASCII.GetString(ReceivedField.Build(submission.TraceSource, "relay.example.com", "ESMTP", "1", default));
        Assert.StartsWith($"Received: from {new string('x', 128)} ([IPv6:2001:db8:1111:2222:3333:4444:5555:6666])\r\n", field);
        Assert.Equal("unknown", Make(new string('x', 129), "127.0.0.1").TraceSource!.Split(' ')[0]);
    }

    [Fact]
    public void W35_HiddenClients_HaveNoTraceSource()
    {
        var submission = Make("crm.example", "192.0.2.1");

        Assert.Null((submission with { Model = submission.Model with { HidesClients = true } }).TraceSource);
    }

    private static Submission Make(string helo, string remote) => new(Models.Relay(Client), Client, null, IPAddress.Parse(remote), helo, "ESMTP", false);
}
