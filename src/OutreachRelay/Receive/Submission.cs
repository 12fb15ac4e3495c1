using System.Buffers;
using System.Net;
using System.Net.Sockets;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Receive;

/// <summary>A mail transaction as far as it has come: the envelope, who submits it, and the model it captured.</summary>
/// <param name="Model">Captured at MAIL: the message ends on it whatever is reloaded meanwhile.</param>
/// <param name="Remote">The client's address.</param>
/// <param name="HeloName">The name the client gave; untrusted.</param>
/// <param name="Protocol">The keyword of the <c>with</c> clause, such as <c>ESMTPA</c> (RFC 3848).</param>
public sealed record Submission(
    RelayModel Model, ClientModel Client, Mailbox? ReversePath, IPAddress Remote, string HeloName, string Protocol, bool SmtpUtf8)
{
    private const int MaxName = 128;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]");

    private readonly HashSet<string> _keys = [];

    public List<Mailbox> Recipients { get; } = [];

    /// <summary>Adds a recipient; one that is already there, in whatever case, is not added twice.</summary>
    public void Add(Mailbox recipient)
    {
        if (_keys.Add(recipient.Key))
            Recipients.Add(recipient);
    }

    /// <summary>The <c>from</c> clause of our trace field: what the client calls itself, as far as that can be shown, and its address (RFC 5321 §4.4).</summary>
    /// <returns><see langword="null"/> where clients are hidden: their names and addresses are of networks that are nobody's business.</returns>
    public string? TraceSource => Model.HidesClients ? null : $"{TraceName} ({AddressLiteral})";

    // RFC 5321 §4.1.3: an address literal, which has no zone.
    private string AddressLiteral =>
        Remote.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{new IPAddress(Remote.GetAddressBytes())}]" : $"[{Remote}]";

    private string TraceName => HeloName.Length is > 0 and <= MaxName && !HeloName.AsSpan().ContainsAnyExcept(NameCharacters) ? HeloName : "unknown";

    public bool Contains(Mailbox recipient) => _keys.Contains(recipient.Key);
}
