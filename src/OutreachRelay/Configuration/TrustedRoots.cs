using System.Security.Cryptography.X509Certificates;

namespace OutreachRelay.Configuration;

/// <summary>Root certificates that are trusted in place of the system's. Equal when their file is.</summary>
/// <param name="Digest">A hash of the file.</param>
public sealed record TrustedRoots(string Digest, X509Certificate2Collection Certificates)
{
    public bool Equals(TrustedRoots? other) => other?.Digest == Digest;

    public override int GetHashCode() => Digest.GetHashCode(StringComparison.Ordinal);
}
