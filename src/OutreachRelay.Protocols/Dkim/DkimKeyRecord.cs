using System.Diagnostics.CodeAnalysis;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>A published key (RFC 6376 §3.6.1, RFC 8463 §4): the TXT record at <c>selector._domainkey.domain</c>.</summary>
public sealed record DkimKeyRecord
{
    /// <summary>RFC 1035 §3.3: a character-string holds no more.</summary>
    private const int MaxString = 255;

    private DkimKeyRecord(string text) => Text = text;

    /// <summary>The record as one text, as it was published or is to be.</summary>
    public string Text { get; }

    /// <summary>The same in pieces of at most 255 characters, as TXT records carry it and some DNS consoles want it.</summary>
    public IReadOnlyList<string> Strings => [.. Text.Chunk(MaxString).Select(piece => new string(piece))];

    /// <summary>The tag <c>k=</c>: <c>rsa</c>, <c>ed25519</c>, or a word that is not known here.</summary>
    public string KeyType { get; private init; } = "rsa";

    /// <summary>The tag <c>p=</c> decoded: for RSA a SubjectPublicKeyInfo or an RSAPublicKey, for Ed25519 the 32 octets. Not checked any further.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; private init; }

    /// <summary>Whether <c>p=</c> is empty.</summary>
    public bool IsRevoked => PublicKey.IsEmpty;

    /// <summary>Whether signatures with SHA-256 may use the key (the tag <c>h=</c>).</summary>
    public bool AllowsSha256 { get; private init; } = true;

    /// <summary>Whether the key is for mail (the tag <c>s=</c>).</summary>
    public bool AllowsEmail { get; private init; } = true;

    /// <summary>Whether <c>t=y</c>: the domain is testing, and a signature that fails says nothing against the message.</summary>
    public bool IsTesting { get; private init; }

    /// <summary>Whether <c>t=s</c>: the domain of <c>i=</c> must be that of <c>d=</c>, not one below it.</summary>
    public bool IsStrict { get; private init; }

    /// <summary>Reads the text of a TXT record, its strings joined. Tags that are not known are passed over.</summary>
    /// <param name="error">What is malformed.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out DkimKeyRecord? record, [NotNullWhen(false)] out string? error)
    {
        record = null;
        error = null;
        if (!TagList.TryParse(text, out var tags))
            error = "the key record is no list of tags";
        // RFC 6376 §3.6.1: the version may be missing, but nothing stands before it.
        else if (tags.Find("v") is { } version && (version != "DKIM1" || tags.FirstName is not "v"))
            error = "the key record is not of version DKIM1";
        else if (tags.Find("p") is not { } key)
            error = "the key record has no p=";
        else if (key.Length > 0 && !TagValues.TryReadBase64(key, out _))
            error = "p= of the key record is no base64";
        if (error is not null)
            return false;
        record = Read(text, tags!);
        return true;
    }

    /// <summary>Looks whether signatures with the key can verify at all (RFC 6376 §6.1.2, RFC 8301 §3.2, RFC 8463 §3).</summary>
    /// <returns>The size in bits, where the key could be read, and what is wrong with it; the latter is <see langword="null"/> when nothing is.</returns>
    public (int Size, string? Fault) Inspect() => PublicKeys.Inspect(this);

    /// <summary>Whether another record holds the same key, in whichever of the two forms in use.</summary>
    public bool HasSameKey(DkimKeyRecord other) => KeyType == other.KeyType && PublicKeys.Canonical(this).SequenceEqual(PublicKeys.Canonical(other));

    internal static DkimKeyRecord For(DkimAlgorithm algorithm, ReadOnlySpan<byte> publicKey)
    {
        var text = $"v=DKIM1; k={algorithm.ToKeyType()}; p={Convert.ToBase64String(publicKey)}";
        return TryParse(text, out var record, out var error) ? record : throw new InvalidOperationException(error);
    }

    private static DkimKeyRecord Read(string text, TagList tags)
    {
        var hashes = tags.Find("h");
        var services = TagList.Split(tags.Find("s") ?? "*");
        var flags = TagList.Split(tags.Find("t") ?? "");
        return new DkimKeyRecord(text)
        {
            KeyType = tags.Find("k") ?? "rsa",
            PublicKey = TagValues.TryReadBase64(tags.Find("p")!, out var key) ? key : default,
            AllowsSha256 = hashes is null || TagList.Split(hashes).Contains("sha256"),
            AllowsEmail = services.Contains("*") || services.Contains("email"),
            IsTesting = flags.Contains("y"),
            IsStrict = flags.Contains("s"),
        };
    }
}
