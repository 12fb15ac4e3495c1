using System.Buffers;
using System.Text;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Tests.Dkim;
using OutreachRelay.Tests;

namespace OutreachRelay.FunctionalTests.Dkim;

/// <summary>Two other implementations accept what we sign, and we what they sign.</summary>
public sealed class DkimPeersTests : IDisposable
{
    private const int Count = 200;

    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, DkimPrivateKey> _keys = new(StringComparer.Ordinal)
    {
        ["rsa"] = DkimPrivateKey.GenerateRsa(2048),
        ["ed"] = DkimPrivateKey.GenerateEd25519(),
    };

    public static TheoryData<string> Peers => [.. DkimPeer.All.Keys];

    [Theory]
    [MemberData(nameof(Peers))]
    public async Task W26_SignVariedMessages_PeerVerifiesEach(string name)
    {
        var peer = DkimPeer.All[name];
        peer.Require();
        for (var i = 0; i < Count; i++)
            await File.WriteAllBytesAsync(FileOf(i), SignOurselves(VariedMessage(i), i));

        var (verified, output) = await peer.VerifyAsync(_directory.Path, _keys);

        var failed = verified.Where(file => !file.Value).Select(file => file.Key);
        Assert.True(verified.Count == Count && !failed.Any(), $"{verified.Count} answers, failed: {string.Join(' ', failed)}\n{output}");
    }

    [Theory]
    [MemberData(nameof(Peers))]
    public async Task ChangeSignedMessages_PeerRefusesEach(string name)
    {
        var peer = DkimPeer.All[name];
        peer.Require();
        for (var i = 0; i < 8; i++)
            await File.WriteAllBytesAsync(FileOf(i), [.. SignOurselves(VariedMessage(i), i), .. "Added.\r\n"u8]);

        var (verified, output) = await peer.VerifyAsync(_directory.Path, _keys);

        Assert.True(verified.Count == 8 && verified.Values.All(passed => !passed), output);
    }

    [Theory]
    [InlineData("dkimpy", "rsa")]
    [InlineData("dkimpy", "ed")]
    [InlineData("OpenDKIM", "rsa")]
    [InlineData("OpenDKIM", "ed")]
    public async Task PeerSignsVariedMessages_WeVerifyEach(string name, string selector)
    {
        var peer = DkimPeer.All[name];
        peer.Require();
        for (var i = 0; i < Count; i++)
            await File.WriteAllBytesAsync(FileOf(i), VariedMessage(i));

        await peer.SignAsync(_directory.Path, _keys[selector], selector);

        var verifier = new DkimVerifier(new KeyBook(_keys), new DkimOptions(), TimeProvider.System);
        for (var i = 0; i < Count; i++)
        {
            var message = await File.ReadAllBytesAsync(FileOf(i));
            var header = ReadHeader(message);
            using var verification = verifier.Begin(header);
            verification.Append(message.AsSpan(header.Length));
            var outcome = await verification.CompleteAsync();
            Assert.True(outcome.Result == DkimResult.Pass, $"{outcome.Signatures[0]}\n{Encoding.Latin1.GetString(message)}");
            Assert.Equal(("example.com", selector), (outcome.Signatures[0].Domain, outcome.Signatures[0].Selector));
        }
    }

    public void Dispose()
    {
        _directory.Dispose();
        foreach (var key in _keys.Values)
            key.Dispose();
    }

    private string FileOf(int number) => _directory.Combine($"{number:D3}.eml");

    private byte[] SignOurselves(byte[] message, int number)
    {
        var selector = number % 2 == 0 ? "rsa" : "ed";
        var options = new DkimSignerOptions { Domain = "example.com", Selector = selector, Canonicalization = (DkimCanonicalization)(number / 2 % 2) };
        Assert.True(DkimSigner.TryCreate(_keys[selector], options, out var signer, out var error), error);
        var header = ReadHeader(message);
        using var body = new DkimBodyHasher((DkimCanonicalization)(number / 4 % 2));
        body.Append(message.AsSpan(header.Length));
        var output = new ArrayBufferWriter<byte>();
        signer.Sign(header, body.Complete(), TimeProvider.System.GetUtcNow(), [], output);
        return [.. output.WrittenSpan, .. message];
    }

    // As it comes over SMTP, the body has a line end. Plain, because OpenDKIM's test mode puts fields together as a mail server does for a filter.
    private static byte[] VariedMessage(int number)
    {
        var mail = VariedMail.Make(new Random(number), isPlain: true);
        return Encoding.Latin1.GetBytes($"{mail.Fields}\r\n{mail.Body}{(mail.Body.EndsWith("\r\n", StringComparison.Ordinal) ? "" : "\r\n")}");
    }

    private static HeaderSection ReadHeader(byte[] message)
    {
        Assert.True(HeaderSection.TryRead(message, HeaderLimits.None, out var header, out var error), error.ToString());
        return header;
    }
}
