using System.Collections.Immutable;
using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Deliver.Rendering;

/// <summary>What leaves bears signatures of its sender's domain.</summary>
public sealed class SigningTests : IDisposable
{
    private const string Original =
        "Message-ID: <1@crm.example>\r\nDate: Sat, 21 Nov 2026 17:00:00 +0000\r\nFrom: Old <old@crm.example>\r\nTo: rita@target.example\r\nSubject: Hello\r\n"
        + "List-Unsubscribe: <https://crm.example/u/1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nDKIM-Signature: v=1; d=crm.example\r\n\r\nbody\r\n";

    private readonly DkimPrivateKey _rsa = DkimPrivateKey.GenerateRsa(2048);
    private readonly DkimPrivateKey _ed25519 = DkimPrivateKey.GenerateEd25519();

    public void Dispose()
    {
        _rsa.Dispose();
        _ed25519.Dispose();
    }

    [Fact]
    public async Task W25_W26_RenderedMessage_IsSignedByTheSendersDomainAlone()
    {
        var signed = await RenderAsync(Domain(Key("or1", _rsa)));

        Assert.Equal(1, Count(signed, "DKIM-Signature:"));
        Assert.StartsWith("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme-mail.example;\r\n s=or1; t=1795282215; h=From:From:To:To:Subject:Subject:Date:Date:", signed);
        Assert.Contains("List-Unsubscribe:List-Unsubscribe:List-Unsubscribe-Post:List-Unsubscribe-Post", signed.Replace("\r\n ", "", StringComparison.Ordinal));
        Assert.Equal("pass", await VerifyAsync(signed));
        foreach (var added in (string[])["From: eve@x.example", "Reply-To: eve@x.example", "List-Unsubscribe: <https://x.example>", "Subject: another"])
            Assert.Equal("fail", await VerifyAsync(signed.Replace("\r\n\r\n", $"\r\n{added}\r\n\r\n", StringComparison.Ordinal)));
        Assert.Equal("fail", await VerifyAsync(signed + "added\r\n"));
    }

    [Fact]
    public async Task W26_FieldsThatTheProviderReplaces_AreLeftUnsigned()
    {
        var ses = Samples.Upstream with { Preset = new PresetModel("ses", "") { ReturnPath = EnvelopeRule.Free, SpfInclude = null, SmtpUtf8 = null, ReplacedFields = ["Message-ID", "Date"], Replies = null } };

        var signed = await RenderAsync(Domain(Key("or1", _rsa)), ses);

        Assert.Equal("pass", await VerifyAsync(signed
            .Replace("<1@crm.example>", "<0102@email.amazonses.com>", StringComparison.Ordinal)
            .Replace("Date: Sat, 21 Nov 2026 17:00:00 +0000", "Date: Sat, 21 Nov 2026 18:30:20 +0000", StringComparison.Ordinal)));
        Assert.Equal("fail", await VerifyAsync(signed.Replace("Subject: Hello", "Subject: Hallo", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task W34_FieldThatIsAddedForTheRecipient_IsSigned()
    {
        var upstream = Samples.Upstream with { AddedFields = [new AddedField("List-Unsubscribe", "<https://u.example/{id}>")] };

        var signed = await RenderAsync(Domain(Key("or1", _rsa)), upstream);

        Assert.Contains("\r\nList-Unsubscribe: <https://u.example/tok-1>\r\n", signed);
        Assert.Equal("pass", await VerifyAsync(signed));
        Assert.Equal("fail", await VerifyAsync(signed.Replace("tok-1", "tok-2", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task W34_AddressToUnsubscribe_StandsBehindTheLinkAndIsSignedWithIt()
    {
        var (domain, message) = (Domain(Key("or1", _rsa)), Samples.Message(Original));
        var frozen = Samples.Freeze(message, domain: domain) with { UnsubscribeLink = "https://mail.example/u/abc", UnsubscribeMailbox = "uabc@bounce.example" };

        var signed = await RenderAsync(message, frozen, domain);

        Assert.Contains("\r\nList-Unsubscribe: <https://mail.example/u/abc>,\r\n <mailto:uabc@bounce.example?subject=unsubscribe>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", signed);
        Assert.Equal("pass", await VerifyAsync(signed));
        Assert.Equal("fail", await VerifyAsync(signed.Replace("uabc@", "uabd@", StringComparison.Ordinal)));
        Assert.Equal(frozen, FrozenRendering.Deserialize(frozen.Serialize()));
    }

    [Fact]
    public async Task W34_LinkToUnsubscribe_IsSignedInBothItsFields()
    {
        var (domain, message) = (Domain(Key("or1", _rsa)), Samples.Message(Original));
        var frozen = Samples.Freeze(message, domain: domain) with { UnsubscribeLink = "https://mail.example/u/abc" };

        var signed = await RenderAsync(message, frozen, domain);

        Assert.Contains("\r\nList-Unsubscribe: <https://mail.example/u/abc>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", signed);
        Assert.Equal("pass", await VerifyAsync(signed));
        Assert.Equal("fail", await VerifyAsync(signed.Replace("/u/abc", "/u/abd", StringComparison.Ordinal)));
        Assert.Equal("fail", await VerifyAsync(signed.Replace("=One-Click", "=Two-Click", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task W26_TwoKeys_MakeTwoSignaturesThatBothVerify()
    {
        var signed = await RenderAsync(Domain(Key("or1", _rsa), Key("or1e", _ed25519)));

        Assert.Equal("pass pass", await VerifyAsync(signed));
        Assert.InRange(signed.IndexOf("a=rsa-sha256", StringComparison.Ordinal), 0, signed.IndexOf("a=ed25519-sha256", StringComparison.Ordinal));
    }

    [Fact]
    public async Task W21_RetryAfterAReload_IsTheSameOctets()
    {
        var (message, frozen, first) = await RenderFrozenAsync(Domain(Key("or1", _rsa)));
        Assert.True(DkimPrivateKey.TryReadPem(_rsa.ToPem(), out var readAgain, out _));

        using (readAgain)
        {
            // Another key was added meanwhile, and the first was read from its file again.
            var now = Domain(Key("new", _ed25519), Key("or1", readAgain));
            Assert.Equal(first, await RenderAsync(message, FrozenRendering.Deserialize(frozen.Serialize()), now));
        }
    }

    [Fact]
    public async Task Retry_KeyIsGone_IsSignedWithThoseThatThereAre()
    {
        var (message, frozen, first) = await RenderFrozenAsync(Domain(Key("or1", _rsa)));

        var again = await RenderAsync(message, frozen, Domain(Key("or2", _rsa), Key("or2e", _ed25519)));

        Assert.Equal("pass pass", await VerifyAsync(again));
        Assert.Equal(Unsigned(first), Unsigned(again));
    }

    [Fact]
    public async Task Retry_KeyUnderTheSameSelectorIsNew_IsSignedWithIt()
    {
        using var other = DkimPrivateKey.GenerateRsa(2048);
        var (message, frozen, first) = await RenderFrozenAsync(Domain(Key("or1", _rsa)));

        var again = await RenderAsync(message, frozen, Domain(Key("or1", other)));

        Assert.Equal("fail", await VerifyAsync(again));
        Assert.Equal("pass", await VerifyAsync(again, ("or1", other)));
        Assert.Equal(Unsigned(first), Unsigned(again));
    }

    [Fact]
    public async Task W21_FirstAttemptWasUnsigned_RetryIsUnsignedToo()
    {
        var (message, frozen, first) = await RenderFrozenAsync(Domain());

        Assert.Equal(first, await RenderAsync(message, frozen, Domain(Key("or1", _rsa))));
        Assert.Equal(0, Count(first, "DKIM-Signature:"));
    }

    [Fact]
    public async Task FrozenBeforeThereWereSignatures_IsSignedWithAllKeys()
    {
        var (message, frozen, _) = await RenderFrozenAsync(Domain());

        Assert.Equal("pass", await VerifyAsync(await RenderAsync(message, frozen with { Selectors = null }, Domain(Key("or1", _rsa)))));
    }

    [Fact]
    public async Task Length_OfASignedMessage_IsWhatLeaves()
    {
        var message = Samples.Message(Original);
        var rendered = MessageRenderer.Render(message, Samples.Freeze(message), Samples.Upstream, new Signing([Key("or1", _rsa)], await new BodyHashes().OfAsync(message, default)));

        Assert.Equal(rendered.Head.Length + rendered.Body.Length, rendered.Length);
    }

    private static DomainModel Domain(params ImmutableArray<OwnKeyModel> keys) => new("acme-mail.example", null) { OwnKeys = keys };

    private static OwnKeyModel Key(string selector, DkimPrivateKey key)
    {
        Assert.True(DkimSigner.TryCreate(key, new DkimSignerOptions { Domain = "acme-mail.example", Selector = selector }, out var signer, out var error), error);
        return new OwnKeyModel(selector, key.Record, signer);
    }

    private static Task<string> RenderAsync(DomainModel domain, UpstreamModel? upstream = null)
    {
        var message = Samples.Message(Original);
        return RenderAsync(message, Samples.Freeze(message, domain: domain), domain, upstream);
    }

    private static async Task<(StoredMessage Message, FrozenRendering Frozen, string Text)> RenderFrozenAsync(DomainModel domain)
    {
        var message = Samples.Message(Original);
        var frozen = Samples.Freeze(message, domain: domain);
        return (message, frozen, await RenderAsync(message, frozen, domain));
    }

    private static async Task<string> RenderAsync(StoredMessage message, FrozenRendering frozen, DomainModel domain, UpstreamModel? upstream = null)
    {
        var keys = Signing.Choose(frozen, domain);
        var signing = keys.IsEmpty ? null : new Signing(keys, await new BodyHashes().OfAsync(message, default));
        var rendered = MessageRenderer.Render(message, frozen, upstream ?? Samples.Upstream, signing);
        return Encoding.Latin1.GetString([.. rendered.Head.Span, .. rendered.Body.Span]);
    }

    /// <summary>The results of all signatures, from the top.</summary>
    private async Task<string> VerifyAsync(string text, params (string Selector, DkimPrivateKey Key)[] others)
    {
        var keys = new Dictionary<string, DkimPrivateKey> { ["or1"] = _rsa, ["or2"] = _rsa, ["or1e"] = _ed25519, ["or2e"] = _ed25519 };
        foreach (var (selector, key) in others)
            keys[selector] = key;
        var octets = Encoding.Latin1.GetBytes(text);
        Assert.True(HeaderSection.TryRead(octets, HeaderLimits.Default, out var header, out _));
        using var verification = new DkimVerifier(new KeyBook(keys), new DkimOptions(), TimeProvider.System).Begin(header);
        verification.Append(octets.AsSpan(header.Length));
        return string.Join(' ', (await verification.CompleteAsync()).Signatures.Select(signature => signature.Result.ToWord()));
    }

    private static string Unsigned(string text) => text[text.IndexOf(Samples.Received, StringComparison.Ordinal)..];

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
