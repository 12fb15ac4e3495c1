using System.Buffers;
using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Tests.Dns;
using OutreachRelay.Receive;
using OutreachRelay.Store;
using OutreachRelay.Tests.Deliver.Rendering;
using OutreachRelay.Tests.Observe;
using OutreachRelay.Tests.Store;

namespace OutreachRelay.Tests.Receive;

public sealed class IncomingSignaturesTests : IAsyncDisposable
{
    private const string Fields = "From: crm@client.example\r\nSubject: Hello\r\n";
    private const string Body = "body\r\n";

    private readonly DkimPrivateKey _key = DkimPrivateKey.GenerateRsa(2048);
    private readonly LogLines<IncomingSignatures> _log = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ZoneServer _dns;
    private readonly RelayState _relay;
    private readonly IncomingSignatures _signatures;
    private Task _running = Task.CompletedTask;

    public IncomingSignaturesTests()
    {
        _dns = new ZoneServer(new Zone().Add("s1._domainkey.client.example", DnsType.TXT, _key.Record.Text));
        _relay = new RelayState(Model(logs: true), TimeProvider.System);
        _signatures = new IncomingSignatures(_relay, TimeProvider.System, _log);
    }

    [Fact]
    public async Task W25_SignedMessage_ResultsAreLoggedInTheirOrder()
    {
        Run();
        _signatures.Offer(Message(Signature("s1") + Signature("s2") + "DKIM-Signature: v=1; d=\u001b[31m\r\n"));

        var line = await LineAsync();

        Assert.Equal(
            "Information: " + QueueId.Format(7) + ": came with dkim=pass header.d=client.example header.s=s1; dkim=permerror (there is no key) header.d=client.example header.s=s2; "
            + "dkim=neutral (the signature is no list of tags)", line);
    }

    [Fact]
    public async Task BodyWasChanged_IsAFail()
    {
        Run();
        _signatures.Offer(Message(Signature("s1"), body: "another\r\n"));

        Assert.Contains("dkim=fail (the body hash does not match) header.d=client.example", await LineAsync());
    }

    [Fact]
    public async Task BodyInAFile_IsReadFromThere()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, Signature("s1") + Fields + "\r\n" + Body);
        Run();
        _signatures.Offer(Message(Signature("s1"), body: "") with { ContentFile = path });

        Assert.Contains("dkim=pass", await LineAsync());
        File.Delete(path);
        _signatures.Offer(Message(Signature("s1"), body: "") with { ContentFile = path });
        await Eventually.TrueAsync(() => _log.All.Length == 2);
        Assert.Contains("its signatures were not verified", _log.All[1]);
    }

    [Fact]
    public async Task MoreThanMayWait_IsNotLookedAtAndDoesNotWait()
    {
        for (var i = 0; i < 1_000; i++)
            _signatures.Offer(Message(Signature("s1")));
        Run();

        await Eventually.TrueAsync(() => _log.All.Length == 64);
        _signatures.Offer(Message(Signature("s1")));
        await Eventually.TrueAsync(() => _log.All.Length == 65);
        Assert.Single(_dns.Asked);
    }

    [Fact]
    public async Task SwitchedOff_NothingIsLookedAt()
    {
        Run();
        _relay.Replace(Model(logs: false));
        _signatures.Offer(Message(Signature("s1")));
        _relay.Replace(Model(logs: true));
        _signatures.Offer(Message(Signature("s1")) with { Id = 8 });

        Assert.StartsWith("Information: " + QueueId.Format(8), await LineAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _dns.DisposeAsync();
        _key.Dispose();
        _stop.Dispose();
    }

    private void Run() => _running = Task.Run(() => _signatures.RunAsync(_stop.Token));

    private async Task<string> LineAsync()
    {
        await Eventually.TrueAsync(() => _log.All.Length > 0);
        return _log.All[0];
    }

    private RelayModel Model(bool logs)
    {
        var model = Models.Relay(Models.Sender("ann@x.example"));
        return model with { Dns = new DnsModel([_dns.Address], TimeSpan.FromSeconds(5)), Policy = model.Policy with { LogsIncomingSignatures = logs } };
    }

    private string Signature(string selector)
    {
        Assert.True(DkimSigner.TryCreate(_key, new DkimSignerOptions { Domain = "client.example", Selector = selector }, out var signer, out _));
        Assert.True(HeaderSection.TryRead(Encoding.ASCII.GetBytes(Fields), HeaderLimits.None, out var header, out _));
        using var body = new DkimBodyHasher(DkimCanonicalization.Relaxed);
        body.Append(Encoding.ASCII.GetBytes(Body));
        var output = new ArrayBufferWriter<byte>();
        signer.Sign(header, body.Complete(), TimeProvider.System.GetUtcNow(), [], output);
        return Encoding.ASCII.GetString(output.WrittenSpan);
    }

    private static StoredMessage Message(string signatures, string body = Body) => Samples.Message(signatures + Fields + "\r\n" + body);
}
