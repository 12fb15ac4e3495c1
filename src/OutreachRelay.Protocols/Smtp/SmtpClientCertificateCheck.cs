using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>Verifies a server's certificate and its name, and keeps in words what was wrong with them.</summary>
internal sealed class SmtpClientCertificateCheck(SmtpClientOptions options)
{
    /// <summary>Why the certificate was refused, or <see langword="null"/>.</summary>
    public string? Problem { get; private set; }

    public SslClientAuthenticationOptions ToAuthenticationOptions() => new()
    {
        TargetHost = options.Host.TrimEnd('.'),
        // RFC 8996: TLS 1.0 and 1.1 must not be used.
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateChainPolicy = ToPolicy(),
        RemoteCertificateValidationCallback = Check,
    };

    private X509ChainPolicy ToPolicy()
    {
        var policy = new X509ChainPolicy { RevocationMode = options.Revocation, RevocationFlag = X509RevocationFlag.ExcludeRoot };
        if (options.Roots is { } roots)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(roots);
        }
        return policy;
    }

    private bool Check(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
            return true;
        var states = chain?.ChainStatus.Select(status => status.Status.ToString()).Distinct() ?? [];
        Problem = $"the certificate is not valid: {string.Join(", ", states.Prepend(errors.ToString()))}";
        return false;
    }
}
