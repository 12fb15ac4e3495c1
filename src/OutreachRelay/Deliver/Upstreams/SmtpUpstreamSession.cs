using System.Text;
using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>A session with a provider or smart host.</summary>
public sealed class SmtpUpstreamSession : IUpstreamSession
{
    private readonly SmtpClientSession _session;
    private readonly RefusedParameters _refused;
    private readonly int _maxMessages;

    /// <param name="credential">The id of the credential it was opened with; empty for none.</param>
    /// <param name="refused">What is known of the host; shared by its sessions.</param>
    public SmtpUpstreamSession(SmtpClientSession session, string credential, RefusedParameters refused, int maxMessages)
    {
        (_session, _refused, _maxMessages) = (session, refused, maxMessages);
        Credential = credential;
        _session.UseMailParameters = !refused.Cover(session.Capabilities);
    }

    public string Credential { get; }

    /// <summary>Octets that the provider takes, where it does not say so in EHLO; <see langword="null"/> for no limit.</summary>
    public long? MaxSize { get; init; }

    public bool HasCarried => _session.Transactions > 0;

    public bool IsUsable => _session.IsUsable && _session.Transactions < _maxMessages;

    /// <inheritdoc/>
    /// <remarks>A host that answers 555 to SIZE or BODY gets the message once more without them: they are for its convenience.</remarks>
    public async Task<SmtpResult> SendAsync(
        string reversePath, string recipient, RenderedMessage message, string queueId, CancellationToken cancel)
    {
        if (message.Length > MaxSize)
        {
            return new SmtpResult
            {
                Stage = SmtpStage.Mail,
                Failure = SmtpFailureKind.TooLarge,
                Detail = $"5.3.4 {message.Length} octets, the provider takes {MaxSize}",
            };
        }
        var needsUtf8 = message.NeedsSmtpUtf8 || !Ascii.IsValid(reversePath) || !Ascii.IsValid(recipient);
        var envelope = new OutgoingEnvelope(reversePath, recipient, message.Has8Bit, needsUtf8);
        var boreParameters = _session.UseMailParameters && (_session.Capabilities.Size is not null || message.Has8Bit);
        var result = await SendAsync(envelope, message, cancel);
        if (!boreParameters || !_session.IsUsable || result is not { Stage: SmtpStage.Mail, Reply.Code: 555 })
            return result;
        _refused.Note(_session.Capabilities);
        return await SendAsync(envelope, message, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _session.QuitAsync();
        await _session.DisposeAsync();
    }

    private async Task<SmtpResult> SendAsync(OutgoingEnvelope envelope, RenderedMessage message, CancellationToken cancel)
    {
        if (message.BodyFile is null)
            return await _session.SendAsync(envelope, new OutgoingContent(message.Head, message.Body, null, message.Length), cancel);
        Stream body;
        try
        {
            body = message.OpenBody();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As a file that fails while it is read. Thrown, it would leave a mail in doubt of which nothing was sent.
            return new SmtpResult
            {
                Stage = SmtpStage.Content,
                Failure = SmtpFailureKind.Content,
                Detail = $"the content could not be read: {e.GetType().Name}",
            };
        }
        await using var rest = body;
        return await _session.SendAsync(envelope, new OutgoingContent(message.Head, message.Body, rest, message.Length), cancel);
    }
}
