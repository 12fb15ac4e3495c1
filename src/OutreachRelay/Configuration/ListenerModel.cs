using System.Collections.Immutable;
using System.Net;
using System.Net.Security;

namespace OutreachRelay.Configuration;

/// <summary>Whose mail a port takes.</summary>
public enum ListenerPurpose
{
    /// <summary>That of our clients, which is to be sent.</summary>
    Submission,

    /// <summary>What comes back of it, from anybody: mail to return paths that we made.</summary>
    Bounces,
}

/// <summary>A port that takes mail.</summary>
public sealed record ListenerModel
{
    public required IPEndPoint Address { get; init; }

    public ListenerPurpose Purpose { get; init; }

    /// <summary>How connections are protected.</summary>
    public TlsMode Tls { get; init; }

    /// <summary>What we show and sign with in a handshake; set unless <see cref="Tls"/> is <see cref="TlsMode.None"/>.</summary>
    public SslStreamCertificateContext? Certificate { get; init; }

    /// <summary>Load balancers whose PROXY header is believed. When there are any, nobody else is talked to.</summary>
    public ImmutableArray<IPNetwork> ProxyProtocolFrom { get; init; } = [];

    /// <summary>The largest message accepted, in octets after unstuffing (RFC 1870).</summary>
    public required long MaxMessageSize { get; init; }

    public required int MaxConnections { get; init; }
    public required int MaxConnectionsPerAddress { get; init; }
}

/// <summary>Where the HTTP side listens.</summary>
/// <param name="Address">Metrics, health, API and dashboard; loopback by default.</param>
/// <param name="PublicUrl">How recipients reach us, for example <c>https://relay.example.com</c>; without it no links are made.</param>
public sealed record HttpModel(IPEndPoint Address, Uri? PublicUrl)
{
    /// <summary>Serves what strangers may reach, and nothing else; without it <see cref="Address"/> serves that too.</summary>
    public IPEndPoint? PublicAddress { get; init; }

    /// <summary>What links for recipients begin with, without a final slash; <see langword="null"/> when none are made: they are https, and never to this machine alone.</summary>
    public string? LinkBase { get; } = LinkBaseOf(PublicUrl);

    /// <summary>Who may use the API over TCP; when empty, nobody may.</summary>
    public ImmutableArray<ApiTokenModel> Tokens { get; init; } = [];

    // In A-labels: what stands in a header field is ASCII.
    private static string? LinkBaseOf(Uri? url) => url is { IsLoopback: false } && url.Scheme == Uri.UriSchemeHttps
        ? new UriBuilder(url) { Host = url.IdnHost }.Uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/')
        : null;
}
