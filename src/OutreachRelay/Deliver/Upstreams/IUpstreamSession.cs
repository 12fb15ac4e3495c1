using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>A session with an upstream that is ready to carry a message.</summary>
public interface IUpstreamSession : IAsyncDisposable
{
    /// <summary>The id of the credential it was opened with; empty for none.</summary>
    string Credential { get; }

    /// <summary>Whether it has carried a message before: its server may have closed it since.</summary>
    bool HasCarried { get; }

    /// <summary>Whether it may carry another message.</summary>
    bool IsUsable { get; }

    /// <summary>Sends one message to one recipient. What can happen is in the result; only cancellation of the process is not.</summary>
    Task<SmtpResult> SendAsync(string reversePath, string recipient, RenderedMessage message, string queueId, CancellationToken cancel);
}
