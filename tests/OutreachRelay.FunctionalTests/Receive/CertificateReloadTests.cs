using System.Text;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>A certificate that is replaced while the relay runs.</summary>
public sealed class CertificateReloadTests(NetworkRelay door) : IClassFixture<NetworkRelay>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task O4_ReplacedCertificate_NewHandshakesUseItAndOpenSessionsGoOn()
    {
        await using var encrypted = await SmtpConversation.OpenAsync(door.ImplicitPort);
        Assert.Equal("CN=first.example", (await encrypted.EncryptAsync()).Subject);
        await encrypted.ReadReplyAsync();
        await encrypted.SendAsync("EHLO crm.example");
        await using var plain = await SmtpConversation.ConnectAsync(door.StartTlsPort);

        var version = await door.Relay.ModelVersionAsync();
        door.Issue("second.example");
        door.Relay.Signal(Signal.HangUp);
        await Wait.UntilAsync(async () => await door.Relay.ModelVersionAsync() != version, Deadline, () => $"the model stays:\n{door.Relay.Log}");

        // The session from before goes on under its keys; one that shakes hands only now gets the new certificate.
        Assert.True((await encrypted.SendAsync("AUTH PLAIN " + Login())).IsPositive);
        Assert.True((await encrypted.SubmitAsync(TestMessage.Create("over-a-reload"))).IsPositive);
        await plain.SendAsync("STARTTLS");
        Assert.Equal("CN=second.example", (await plain.EncryptAsync()).Subject);
        Assert.Equal("CN=second.example", await SubjectAsync());

        await RefusedAsync(() => door.Issue("third.example", days: -5), "the certificate in 'tls.pem' expired on");
        await RefusedAsync(() => File.Delete(Path.Combine(Path.GetDirectoryName(door.RootFile)!, "tls.key")), "the file 'tls.key' does not exist");
    }

    private async Task RefusedAsync(Action change, string reason)
    {
        change();
        door.Relay.Signal(Signal.HangUp);
        await Wait.UntilAsync(() => door.Relay.Log.Contains(reason), Deadline, () => $"no word of it:\n{door.Relay.Log}");
        Assert.Equal("CN=second.example", await SubjectAsync());
    }

    private async Task<string> SubjectAsync()
    {
        await using var conversation = await SmtpConversation.OpenAsync(door.ImplicitPort);
        return (await conversation.EncryptAsync()).Subject;
    }

    private static string Login() => Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{RelayConfig.User}\0{RelayConfig.Password}"));
}
