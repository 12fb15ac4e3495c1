using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>A <c>DKIM-Signature</c> field as read (RFC 6376 §3.5).</summary>
/// <remarks>Where there is a <see cref="Fault"/>, what stands behind it was not read; domain and selector are set if they are valid themselves.</remarks>
internal sealed record DkimSignature
{
    /// <summary>Why the signature can't verify, whatever the message and the key; <see langword="null"/> when it is well-formed.</summary>
    public DkimVerdict? Fault { get; init; }

    /// <summary>The tag <c>d=</c> in A-labels and lower case.</summary>
    public string Domain { get; init; } = "";

    /// <summary>The tag <c>s=</c> likewise.</summary>
    public string Selector { get; init; } = "";

    /// <summary>What is behind the "@" of <c>i=</c>: the domain, or a name below it.</summary>
    public string IdentityDomain { get; init; } = "";

    public DkimAlgorithm Algorithm { get; init; }

    public DkimCanonicalization Header { get; init; }

    public DkimCanonicalization Body { get; init; }

    /// <summary>The tag <c>l=</c>: how many octets of the canonical body are signed; <see langword="null"/> for all.</summary>
    public long? BodyLength { get; init; }

    /// <summary>The tag <c>h=</c>.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>The tag <c>x=</c>, Unix seconds.</summary>
    public long ExpiresAt { get; init; } = long.MaxValue;

    /// <summary>The tag <c>bh=</c>.</summary>
    public byte[] BodyHash { get; init; } = [];

    /// <summary>The tag <c>b=</c>.</summary>
    public byte[] Value { get; init; } = [];

    /// <summary>Where the field begins in the header section.</summary>
    public int Offset { get; init; }

    /// <summary>The field as it was signed: the value of <c>b=</c> and the line end cut out (RFC 6376 §3.7).</summary>
    public byte[] Unsigned { get; init; } = [];

    public string KeyName => $"{Selector}._domainkey.{Domain}";

    public static DkimSignature Read(HeaderField field) => new SignatureReader(field).Read();
}
