using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Loads the certificate chain and private key of a listener, and refuses what no client would take.</summary>
internal sealed class CertificateResolver(Resolution resolution)
{
    private const int LargestFile = 1 << 20;

    private readonly ProblemList _problems = resolution.Problems;

    /// <returns><see langword="null"/> when something is wrong, which has been reported.</returns>
    public SslStreamCertificateContext? Resolve(Setting<string> certificate, Setting<SecretReference>? key)
    {
        if (ReadChain(certificate) is not { } pem)
            return null;
        var keyPem = pem;
        if (key is null)
            resolution.WarnIfWorldReadable(certificate.Place, certificate.Value);
        else if (!resolution.TryRequirePem(key, out keyPem))
            return null;
        var keyPlace = key?.Place ?? certificate.Place;
        var chain = ParseChain(certificate, pem);
        return chain is null || ParseKey(chain[0], keyPem, keyPlace, isOwnFile: key is not null) is not { } leaf
            ? null
            // Offline: nothing is fetched, neither what is missing in the chain nor what a revocation list says.
            : SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }

    private string? ReadChain(Setting<string> certificate)
    {
        if (!BoundedFile.TryRead(resolution.FullPath(certificate.Value), LargestFile, out var content, out var error))
        {
            _problems.Error(certificate.Place, $"the file {Shown.Text(certificate.Value)} {error}");
            return null;
        }
        resolution.Digest.AddFile(content);
        return Encoding.Latin1.GetString(content);
    }

    private X509Certificate2Collection? ParseChain(Setting<string> certificate, string pem)
    {
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            _problems.Error(certificate.Place, $"the file {Shown.Text(certificate.Value)} holds a certificate that is not valid");
            return null;
        }
        if (chain.Count == 0)
        {
            _problems.Error(certificate.Place, $"the file {Shown.Text(certificate.Value)} holds no certificate in PEM form");
            return null;
        }
        return IsInForce(certificate, chain[0]) ? chain : null;
    }

    private bool IsInForce(Setting<string> certificate, X509Certificate2 leaf)
    {
        var now = resolution.Time.GetUtcNow().UtcDateTime;
        var (from, to) = (leaf.NotBefore.ToUniversalTime(), leaf.NotAfter.ToUniversalTime());
        var problem = now >= to ? $"expired on {to:yyyy-MM-dd}" : now < from ? $"is not valid before {from:yyyy-MM-dd}" : null;
        if (problem is not null)
            _problems.Error(certificate.Place, $"the certificate in {Shown.Text(certificate.Value)} {problem}");
        return problem is null;
    }

    // The reason is not quoted: it is about the octets of the key.
    private X509Certificate2? ParseKey(X509Certificate2 leaf, string keyPem, Place place, bool isOwnFile)
    {
        if (keyPem.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            _problems.Error(place, "the private key is encrypted; expected one without a passphrase, readable by the relay alone");
            return null;
        }
        try
        {
            return X509Certificate2.CreateFromPem(leaf.ExportCertificatePem(), keyPem);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            _problems.Error(place, keyPem.Contains("PRIVATE KEY-----", StringComparison.Ordinal)
                ? "the private key is not valid, or not that of the first certificate in the chain"
                : isOwnFile ? "there is no private key in PEM form"
                : "there is no private key in the file of the certificate; expected key = \"file:PATH\", or the key in the same file");
            return null;
        }
    }
}
