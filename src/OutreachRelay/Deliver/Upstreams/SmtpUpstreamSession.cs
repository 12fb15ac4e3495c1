using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>A session with a provider or smart host.</summary>
public sealed class SmtpUpstreamSession : IUpstreamSession
{
    private readonly SmtpClientSession _session;
    private readonly int _maxMessages;

    private SmtpUpstreamSession(SmtpClientSession session, string credential, int maxMessages)
    {
        _session = session;
        _maxMessages = maxMessages;
        Credential = credential;
    }

    public string Credential { get; }

    public bool HasCarried => _session.Transactions > 0;

    public bool IsUsable => _session.IsUsable && _session.Transactions < _maxMessages;

    /// <summary>Connects and logs in.</summary>
    public static async Task<(IUpstreamSession? Session, SmtpResult Result)> OpenAsync(
        UpstreamModel upstream, CredentialModel? credential, string hostname, TimeProvider time, CancellationToken cancel)
    {
        var (session, result) = await SmtpClientSession.OpenAsync(Options(upstream, credential, hostname), time, cancel);
        return (session is null ? null : new SmtpUpstreamSession(session, credential?.Id ?? "", upstream.MaxMessagesPerConnection), result);
    }

    /// <summary>Looks whether the upstream answers: connect, TLS, EHLO, QUIT. No login, so that a refused account is not hammered.</summary>
    public static async Task<SmtpResult> ProbeAsync(UpstreamModel upstream, string hostname, TimeProvider time, CancellationToken cancel)
    {
        var (session, result) = await SmtpClientSession.OpenAsync(Options(upstream, null, hostname), time, cancel);
        if (session is not null)
        {
            await session.QuitAsync();
            await session.DisposeAsync();
        }
        return result;
    }

    public async Task<SmtpResult> SendAsync(
        string reversePath, string recipient, RenderedMessage message, string queueId, CancellationToken cancel)
    {
        var utf8 = !Ascii.IsValid(reversePath) || !Ascii.IsValid(recipient);
        var envelope = new OutgoingEnvelope(reversePath, recipient, message.Has8Bit, utf8);
        if (message.BodyFile is null)
            return await _session.SendAsync(envelope, new OutgoingContent(message.Head, message.Body, null, message.Length), cancel);
        await using var rest = message.OpenBody();
        return await _session.SendAsync(envelope, new OutgoingContent(message.Head, message.Body, rest, message.Length), cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _session.QuitAsync();
        await _session.DisposeAsync();
    }

    private static SmtpClientOptions Options(UpstreamModel upstream, CredentialModel? credential, string hostname) => new()
    {
        Host = upstream.Host,
        Port = upstream.Port,
        LocalName = hostname,
        Tls = upstream.Tls switch
        {
            TlsMode.None => SmtpClientTls.None,
            TlsMode.StartTls => SmtpClientTls.StartTls,
            _ => SmtpClientTls.Implicit,
        },
        Credential = credential is null ? null : new SmtpClientCredential(credential.Username, credential.Password),
    };
}
