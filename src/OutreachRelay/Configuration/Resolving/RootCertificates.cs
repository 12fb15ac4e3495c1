using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Reads the file of root certificates that an upstream names.</summary>
internal static class RootCertificates
{
    private const int LargestFile = 1 << 20;

    /// <param name="path">A file in PEM; what is no certificate in it is passed over.</param>
    /// <param name="content">Its octets, for the version of the model.</param>
    /// <param name="error">Why there are no roots, for example <c>does not exist</c>.</param>
    public static TrustedRoots? Read(string path, out byte[] content, out string? error)
    {
        content = [];
        if (!BoundedFile.TryRead(path, LargestFile, out var octets, out error))
            return null;
        content = octets;
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(Encoding.Latin1.GetString(octets));
        }
        catch (CryptographicException)
        {
            error = "holds a certificate that is malformed";
            return null;
        }
        // A chain ends at a certificate that is its own issuer; with none of these nothing would ever be trusted.
        if (certificates.Any(certificate => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)))
            return new TrustedRoots(Convert.ToHexStringLower(SHA256.HashData(octets)), certificates);
        error = certificates.Count == 0 ? "holds no certificate in PEM" : "holds no root certificate, one that is its own issuer";
        return null;
    }
}
