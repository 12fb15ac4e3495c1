using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>Opens a session with a provider or smart host: (1) the secret, (2) addresses that may be connected to, (3) connect, TLS, EHLO, AUTH.</summary>
internal sealed class SmtpUpstreamOpening(HostResolver resolve, TimeProvider time)
{
    private readonly UpstreamAddresses _addresses = new(resolve, time);

    /// <returns>The session, or why there is none.</returns>
    public async Task<(SmtpClientSession? Session, SmtpResult Result)> RunAsync(
        UpstreamModel upstream, CredentialModel? credential, string hostname, CancellationToken cancel)
    {
        if (!TryRead(credential, out var login, out var error))
            return (null, new SmtpResult { Stage = SmtpStage.Connect, Failure = SmtpFailureKind.RefusedLocally, Detail = error });
        var (addresses, failure) = await _addresses.FindAsync(upstream, cancel);
        if (failure is not null)
            return (null, failure);
        var options = new SmtpClientOptions
        {
            Host = upstream.Host,
            Port = upstream.Port,
            Addresses = addresses,
            LocalName = hostname,
            Tls = upstream.Tls switch
            {
                TlsMode.None => SmtpClientTls.None,
                TlsMode.StartTls => SmtpClientTls.StartTls,
                _ => SmtpClientTls.Implicit,
            },
            Roots = upstream.Roots?.Certificates,
            UseChunking = upstream.UseChunking,
            Credential = login,
        };
        return await SmtpClientSession.OpenAsync(options, time, cancel);
    }

    // A token lives for an hour or so, and something else renews its file: the one of the last reload may be over.
    private static bool TryRead(CredentialModel? credential, out SmtpClientCredential? login, out string error)
    {
        (login, error) = (null, "");
        if (credential is null)
            return true;
        var secret = credential.Password;
        if (credential.TokenFile is { } file && !SecretFile.TryRead(file, out secret, out var problem))
        {
            error = $"the token's file {problem}";
            return false;
        }
        if (secret.Length == 0)
            error = "the token's file is empty";
        login = new SmtpClientCredential(credential.Username, secret, credential.Auth == AuthMode.XOAuth2);
        return secret.Length > 0;
    }
}
