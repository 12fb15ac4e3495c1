using System.Text.Json;
using System.Text.RegularExpressions;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Outcome;

/// <summary>What somebody fetches into a Maildir has the effect of what comes to the port.</summary>
public sealed partial class BounceMaildirTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly SinkServer _upstream = new();
    private readonly TemporaryDirectory _directory = new();
    private RelayProcess _relay = null!;

    private string Maildir => _directory.Combine("bounces");

    public async ValueTask InitializeAsync()
    {
        foreach (var part in (string[])["tmp", "new", "cur"])
            Directory.CreateDirectory(Path.Combine(Maildir, part));
        _relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("sink", _upstream.Port)],
            Senders = ["anna@one.example"],
            HttpKeys = "public_url = \"https://relay.example\"",
            Unsubscribe = "add",
            UnsubscribeMailto = true,
            More = $"""
                [[domain]]
                name = "one.example"
                return_path = "bounce.one.example"

                [bounces]
                maildir = "{Maildir}"

                """,
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _upstream.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task F25_BounceInTheMaildir_FailsTheEntryAndIngestingItAgainIsKnown()
    {
        var message = TestMessage.Create("bounced");
        var id = await _relay.SubmitAsync(message);
        var sent = await SentAsync();
        var mail = Bounce(sent.ReversePath, message.Recipient);
        var file = _directory.Combine("bounce.eml");
        await File.WriteAllTextAsync(file, mail);

        Deliver("1", mail);

        await Wait.UntilAsync(async () => await _relay.StateOfAsync(id) == "failed", Deadline, () => _relay.Log);
        await Wait.UntilAsync(() => File.Exists(Path.Combine(Maildir, "cur", "1:2,S")), Deadline, () => _relay.Log);
        Assert.Equal(550, (await SmtpConversation.SubmitAsync(_relay.Port, TestMessage.Create("again", recipient: message.Recipient))).Code);
        using var told = JsonDocument.Parse((await _relay.RunAsync("classify", "--ingest", file)).Output);
        Assert.Equal(("known", id), (told.RootElement.GetProperty("done").GetString(), told.RootElement.GetProperty("entry").GetString()));
        Assert.Contains("outreach_returned_mails_total{kind=\"bounced_hard\"} 2", await _relay.GetAsync("/metrics"));
    }

    [Fact]
    public async Task W34_MailToTheAddressBesideTheLink_OptsOut()
    {
        var message = TestMessage.Create("opted-out");
        await _relay.SubmitAsync(message);
        var field = (await SentAsync()).Text;
        var address = AddressOf().Match(field).Groups["address"].Value;
        Assert.NotEmpty(address);

        Deliver("1", $"Delivered-To: {address.ToUpperInvariant()}\nFrom: someone@elsewhere.example\nSubject: unsubscribe\n\n");

        await Wait.UntilAsync(() => File.Exists(Path.Combine(Maildir, "cur", "1:2,S")), Deadline, () => _relay.Log);
        var refused = await SmtpConversation.SubmitAsync(_relay.Port, TestMessage.Create("again", recipient: message.Recipient));
        Assert.Equal(550, refused.Code);
        Assert.Contains("opt-out", refused.ToString());
    }

    private async Task<ReceivedMessage> SentAsync()
    {
        await Wait.UntilAsync(() => _upstream.Messages.Count == 1, Deadline, () => _relay.Log);
        return _upstream.Messages[0];
    }

    private void Deliver(string name, string mail)
    {
        var temporary = Path.Combine(Maildir, "tmp", name);
        File.WriteAllText(temporary, mail);
        File.Move(temporary, Path.Combine(Maildir, "new", name));
    }

    private static string Bounce(string returnPath, string recipient) => $"""
        Delivered-To: bounces@corp.example
        X-Original-To: {returnPath}
        From: MAILER-DAEMON@mx.target.example
        Subject: Undelivered Mail Returned to Sender
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="b"

        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.target.example

        Final-Recipient: rfc822; {recipient}
        Action: failed
        Status: 5.1.1
        Diagnostic-Code: smtp; 550 5.1.1 User unknown

        --b--

        """;

    [GeneratedRegex("<mailto:(?<address>u[a-z2-7]{63}@bounce\\.one\\.example)\\?subject=unsubscribe>", RegexOptions.ExplicitCapture)]
    private static partial Regex AddressOf();
}
