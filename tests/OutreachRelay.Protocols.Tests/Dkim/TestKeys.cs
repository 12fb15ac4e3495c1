using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Tests.Dns;

namespace OutreachRelay.Protocols.Tests.Dkim;

/// <summary>Keys made once for all tests, and the zone that publishes them.</summary>
internal static class TestKeys
{
    public const string RsaName = "sel._domainkey.example.com";

    public static readonly DkimPrivateKey Rsa = DkimPrivateKey.GenerateRsa(2048);

    /// <summary>The largest that may sign; it can take seconds to make.</summary>
    public static readonly Lazy<DkimPrivateKey> LargestRsa = new(() => DkimPrivateKey.GenerateRsa(4096));

    public static readonly DkimPrivateKey Ed25519 = DkimPrivateKey.GenerateEd25519();

    /// <summary>The RSA key's <c>p=</c>.</summary>
    public static string RsaValue => Convert.ToBase64String(Rsa.Record.PublicKey.Span);

    /// <summary><c>sel</c> is the RSA key, <c>ed</c> the other.</summary>
    public static Zone Zone => new Zone()
        .Add(RsaName, DnsType.TXT, Rsa.Record.Text)
        .Add("ed._domainkey.example.com", DnsType.TXT, Ed25519.Record.Text);
}
