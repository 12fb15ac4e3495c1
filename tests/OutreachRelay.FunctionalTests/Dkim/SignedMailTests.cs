using System.Buffers;
using System.Text;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Tests.Dns;
using OutreachRelay.Tests;

namespace OutreachRelay.FunctionalTests.Dkim;

/// <summary>What arrives behind a running relay verifies, with our verifier and with two others.</summary>
public sealed class SignedMailTests : IDisposable
{
    private const int Count = 1_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, DkimPrivateKey> _keys = new(StringComparer.Ordinal)
    {
        ["rsa"] = DkimPrivateKey.GenerateRsa(2048),
        ["ed"] = DkimPrivateKey.GenerateEd25519(),
    };

    [Fact]
    public async Task W26_ThousandVariedMessages_VerifyEverywhere()
    {
        foreach (var peer in DkimPeer.All.Values)
            peer.Require();
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(Config(sink, ["rsa", "ed"]));

        await VariedSubmission.SubmitAsync(relay.Port, Count);
        await Wait.UntilAsync(() => sink.Arrivals.Count == Count, Deadline, () => $"{sink.Arrivals.Count} of {Count}:\n{relay.Log}");

        var messages = sink.Messages.Select(message => message.Content).ToList();
        foreach (var message in messages)
            Assert.Equal(["rsa pass", "ed pass"], await VerifyAsync(message));
        await VerifyByPeersAsync(messages);
        // Both programs look at the signature on top alone.
        await VerifyByPeersAsync([.. messages.Select(WithoutFirstField)]);
        Assert.Contains("outreach_deliver_signatures_total{algorithm=\"rsa-sha256\"} 1000", await relay.GetAsync("/metrics"));
    }

    [Fact]
    public async Task W21_SignedMessageInDoubt_ComesAgainWithTheSameOctetsAfterAReload()
    {
        await using var sink = new SinkServer();
        sink.OnMessage = _ => sink.Messages.Count == 0 ? new SinkAction.Drop() : null;
        await using var relay = await RelayProcess.StartAsync(Config(sink, ["rsa"]) with { InDoubtWait = "10s" });
        var before = await relay.ModelVersionAsync();
        var id = await relay.SubmitAsync(TestMessage.Create("again"));
        await relay.UntilStateAsync(id, "in_doubt");

        relay.Write(Config(sink, ["ed", "rsa"]) with { InDoubtWait = "10s" });
        relay.Signal(Signal.HangUp);
        await Wait.UntilAsync(async () => await relay.ModelVersionAsync() != before, Deadline, () => relay.Log);

        await relay.UntilStateAsync(id, "relayed");
        Assert.Equal(2, sink.CountOf("again"));
        Assert.Equal(sink.Messages[0].Text, sink.Messages[1].Text);
        Assert.Equal(["rsa pass"], await VerifyAsync(sink.Messages[1].Content));
    }

    [Fact]
    public async Task W25_MessageThatComesSigned_IsVerifiedForTheLogAndLeavesWithoutItsSignature()
    {
        await using var dns = new ZoneServer(new Zone().Add("rsa._domainkey.crm.example", DnsType.TXT, _keys["rsa"].Record.Text)) { FailsInsteadOfSilence = true };
        await using var sink = new SinkServer();
        var config = Config(sink, ["ed"]);
        await using var relay = await RelayProcess.StartAsync(config with { More = $"{config.More}\n[dns]\nservers = [\"{dns.Address}\"]\n" });
        var message = TestMessage.Create("signed");

        var id = await relay.SubmitAsync(message with { Content = [.. SignatureOf(message.Content), .. message.Content] });

        await relay.UntilStateAsync(id, "relayed");
        await Wait.UntilAsync(() => relay.Log.Contains($"{id}: came with dkim=pass header.d=crm.example header.s=rsa"), Deadline, () => relay.Log);
        Assert.Equal(["ed pass"], await VerifyAsync(Assert.Single(sink.Messages).Content));
        Assert.Contains("outreach_receive_signatures_total{result=\"pass\"} 1", await relay.GetAsync("/metrics"));
    }

    public void Dispose()
    {
        _directory.Dispose();
        foreach (var key in _keys.Values)
            key.Dispose();
    }

    private RelayConfig Config(SinkServer sink, string[] selectors)
    {
        foreach (var (selector, key) in _keys)
        {
            File.WriteAllText(_directory.Combine(selector + ".pem"), key.ToPem());
            File.SetUnixFileMode(_directory.Combine(selector + ".pem"), UnixFileMode.UserRead);
        }
        return new RelayConfig
        {
            Upstreams = [new("sink", sink.Port, Keys: "max_connections = 8")],
            Senders = ["anna@example.com", "ben@example.com"],
            More = $"""

                [[domain]]
                name = "example.com"
                dkim = [{string.Join(", ", selectors.Select(selector => $$"""{ selector = "{{selector}}", key = "file:{{_directory.Combine(selector + ".pem")}}" }"""))}]
                """,
        };
    }

    private byte[] SignatureOf(byte[] message)
    {
        Assert.True(DkimSigner.TryCreate(_keys["rsa"], new DkimSignerOptions { Domain = "crm.example", Selector = "rsa" }, out var signer, out var fault), fault);
        Assert.True(HeaderSection.TryRead(message, HeaderLimits.Default, out var header, out var error), error.ToString());
        using var body = new DkimBodyHasher(DkimCanonicalization.Relaxed);
        body.Append(message.AsSpan(header.Length));
        var output = new ArrayBufferWriter<byte>();
        signer.Sign(header, body.Complete(), TimeProvider.System.GetUtcNow(), [], output);
        return output.WrittenSpan.ToArray();
    }

    private async Task<string[]> VerifyAsync(byte[] message)
    {
        Assert.True(HeaderSection.TryRead(message, HeaderLimits.Default, out var header, out var error), error.ToString());
        using var verification = new DkimVerifier(new KeyBook(_keys), new DkimOptions(), TimeProvider.System).Begin(header);
        verification.Append(message.AsSpan(header.Length));
        var outcome = await verification.CompleteAsync();
        return [.. outcome.Signatures.Select(signature => $"{signature.Selector} {signature.Result.ToWord()}")];
    }

    private async Task VerifyByPeersAsync(IReadOnlyList<byte[]> messages)
    {
        for (var i = 0; i < messages.Count; i++)
            await File.WriteAllBytesAsync(_directory.Combine($"{i:D4}.eml"), messages[i]);
        foreach (var (name, peer) in DkimPeer.All)
        {
            var (verified, output) = await peer.VerifyAsync(_directory.Path, _keys);
            var failed = verified.Where(file => !file.Value).Select(file => file.Key).ToList();
            Assert.True(verified.Count == messages.Count && failed.Count == 0,
                $"{name}: {verified.Count} answers, failed: {string.Join(' ', failed)}\n{(failed.Count > 0 ? Encoding.Latin1.GetString(messages[int.Parse(failed[0].AsSpan(0, 4))]) : output)}");
        }
    }

    private static byte[] WithoutFirstField(byte[] message)
    {
        var at = 0;
        do
            at += message.AsSpan(at).IndexOf("\r\n"u8) + 2;
        while (message[at] is (byte)' ' or (byte)'\t');
        return message[at..];
    }
}
