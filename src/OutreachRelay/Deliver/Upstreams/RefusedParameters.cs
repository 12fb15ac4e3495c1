using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>Remembers that a host refused SIZE and BODY, which it offers (555, RFC 5321 §4.1.1.11), until it offers something else.</summary>
public sealed class RefusedParameters
{
    private volatile string? _offer;

    public void Note(SmtpCapabilities capabilities) => _offer = capabilities.Offer;

    public bool Cover(SmtpCapabilities capabilities) => _offer == capabilities.Offer;
}
