using System.Buffers;
using System.Text;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Tests;

namespace OutreachRelay.Protocols.Tests.Dkim;

/// <summary>Signs whole messages, one character per octet.</summary>
internal static class Signing
{
    /// <summary>The message with its signature on top.</summary>
    public static string Sign(
        string fields, string body, DkimSignerOptions? options = null, DkimPrivateKey? key = null,
        DkimCanonicalization form = DkimCanonicalization.Relaxed, params string[] replaced) =>
        Field(fields, body, options, key, form, replaced) + fields + "\r\n" + body;

    public static string Field(
        string fields, string body, DkimSignerOptions? options = null, DkimPrivateKey? key = null,
        DkimCanonicalization form = DkimCanonicalization.Relaxed, params string[] replaced)
    {
        options ??= new DkimSignerOptions { Domain = "example.com", Selector = "sel" };
        Assert.True(DkimSigner.TryCreate(key ?? TestKeys.Rsa, options, out var signer, out var error), error);
        return Field(signer, fields, body, form, replaced);
    }

    public static string Sign(DkimSigner signer, string fields, string body) =>
        Field(signer, fields, body, DkimCanonicalization.Relaxed, []) + fields + "\r\n" + body;

    public static string Unfold(string message) => message.Replace(":\r\n ", ":").Replace("\r\n ", " ");

    private static string Field(DkimSigner signer, string fields, string body, DkimCanonicalization form, string[] replaced)
    {
        using var hasher = new DkimBodyHasher(form);
        hasher.Append(Encoding.Latin1.GetBytes(body));
        Assert.True(HeaderSection.TryRead(Encoding.Latin1.GetBytes(fields), HeaderLimits.None, out var header, out _));
        var output = new ArrayBufferWriter<byte>();
        signer.Sign(header, hasher.Complete(), new FakeTime().GetUtcNow(), replaced, output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}
