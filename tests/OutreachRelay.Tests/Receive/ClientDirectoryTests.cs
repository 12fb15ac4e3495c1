using System.Net;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Receive;

namespace OutreachRelay.Tests.Receive;

public sealed class ClientDirectoryTests
{
    private static readonly DirectionModel Cold = Models.Direction(Models.Pool(Models.Sender("ann@x.example")), Models.Upstream("a"));

    private static readonly RelayModel Model = Models.Relay(
        Models.Client(Cold).WithLogin("crm", "sécret") with { Networks = [IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("2001:db8::/32")] },
        Models.Client(Cold).WithLogin("disabled", null) with { Name = "disabled", Networks = [] },
        Models.Client(Cold).WithLogin("blank", "") with { Name = "blank", Networks = [] });

    [Theory]
    [InlineData("", "crm", "sécret", "acme")]
    [InlineData("crm", "crm", "sécret", "acme")]
    [InlineData("boss", "crm", "sécret", null)]
    [InlineData("CRM", "crm", "sécret", null)]
    [InlineData("", "crm", "secret", null)]
    [InlineData("", "crm", "sécret ", null)]
    [InlineData("", "crm", "", null)]
    [InlineData("", "CRM", "sécret", null)]
    [InlineData("", "nobody", "sécret", null)]
    [InlineData("", "nobody", "", null)]
    [InlineData("", "disabled", "", null)]
    [InlineData("", "blank", "", null)]
    [InlineData("", "acme", "sécret", null)]
    public void R39_R41_Login_NeedsUserPasswordAndNoOtherIdentity(string authorization, string username, string password, string? client) =>
        Assert.Equal(client, ClientDirectory.FindByLogin(Model, new SmtpCredentials(authorization, username, password))?.Name);

    [Theory]
    [InlineData("192.0.2.255", "acme")]
    [InlineData("::ffff:192.0.2.1", "acme")]
    [InlineData("192.0.3.0", null)]
    [InlineData("2001:db8:ffff::1", "acme")]
    [InlineData("2001:db9::1", null)]
    [InlineData("::192.0.2.1", null)]
    public void R52_Network_FindsItsClient(string address, string? client) =>
        Assert.Equal(client, ClientDirectory.FindByNetwork(Model, IPAddress.Parse(address))?.Name);

    [Theory]
    [InlineData("10.1.2.3", "host")]
    [InlineData("10.1.2.4", "site")]
    [InlineData("10.2.0.1", "all")]
    public void R52_OverlappingNetworks_TheSmallestDecides(string address, string client)
    {
        (string Name, string Network)[] networks = [("site", "10.1.0.0/16"), ("host", "10.1.2.3/32"), ("all", "10.0.0.0/8")];
        foreach (var order in (int[][])[[0, 1, 2], [2, 1, 0], [1, 2, 0]])
        {
            var model = Models.Relay([.. order.Select(i => Models.Client(Cold) with { Name = networks[i].Name, Networks = [IPNetwork.Parse(networks[i].Network)] })]);
            Assert.Equal(client, ClientDirectory.FindByNetwork(model, IPAddress.Parse(address))?.Name);
        }
    }
}
