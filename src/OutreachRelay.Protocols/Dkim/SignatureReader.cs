using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>Reads and checks one <c>DKIM-Signature</c> field by itself (RFC 6376 §6.1.1), tag by tag up to the first that is wrong.</summary>
internal ref struct SignatureReader(HeaderField field)
{
    /// <summary>RFC 1035 §2.3.4: a longer name can't be asked for.</summary>
    private const int MaxName = 253;

    private readonly HeaderField _field = field;
    private DkimSignature _read = new() { Offset = field.Offset };

    public DkimSignature Read()
    {
        if (!TagList.TryParse(Encoding.Latin1.GetString(_field.Value), out var tags))
            return _read with { Fault = DkimVerdict.Neutral("the signature is no list of tags") };
        var fault = ReadSigner(tags) ?? ReadVersion(tags) ?? ReadIdentity(tags) ?? ReadAlgorithm(tags) ?? ReadCanonicalization(tags)
            ?? ReadFields(tags) ?? ReadQuery(tags) ?? ReadLength(tags) ?? ReadTimes(tags) ?? ReadHashes(tags);
        return fault is null ? _read : _read with { Fault = fault };
    }

    private static DkimVerdict? ReadVersion(TagList tags) => tags.Find("v") switch
    {
        "1" => null,
        null => Missing('v'),
        _ => DkimVerdict.Neutral("v= is not 1"),
    };

    private DkimVerdict? ReadSigner(TagList tags)
    {
        if (tags.Find("d") is not { } domain)
            return Missing('d');
        if (tags.Find("s") is not { } selector)
            return Missing('s');
        if (TagValues.ReadName(domain, 2) is not { } signer)
            return DkimVerdict.Neutral("d= is no domain name");
        if (TagValues.ReadName(selector, 1) is not { } name)
            return DkimVerdict.Neutral("s= is no selector");
        _read = _read with { Domain = signer, Selector = name };
        return _read.KeyName.Length > MaxName ? DkimVerdict.Neutral("d= and s= are too long") : null;
    }

    private DkimVerdict? ReadIdentity(TagList tags)
    {
        var signer = _read.Domain;
        var identity = tags.Find("i") ?? "@" + signer;
        var at = identity.LastIndexOf('@');
        if (at < 0 || TagValues.ReadName(identity[(at + 1)..], 2) is not { } domain)
            return DkimVerdict.Neutral("i= is no address");
        _read = _read with { IdentityDomain = domain };
        return domain == signer || domain.EndsWith("." + signer, StringComparison.Ordinal)
            ? null
            : DkimVerdict.PermError("i= is not within d=");
    }

    private DkimVerdict? ReadAlgorithm(TagList tags)
    {
        DkimAlgorithm? algorithm = null;
        switch (tags.Find("a"))
        {
            case "rsa-sha256": algorithm = DkimAlgorithm.RsaSha256; break;
            case "ed25519-sha256": algorithm = DkimAlgorithm.Ed25519Sha256; break;
            case null: return Missing('a');
            // RFC 8301 §3.1: such signatures have permanently failed.
            case "rsa-sha1": return DkimVerdict.PermError("rsa-sha1 is no longer accepted");
        }
        _read = _read with { Algorithm = algorithm.GetValueOrDefault() };
        return algorithm is null ? DkimVerdict.Neutral("a= is an unknown algorithm") : null;
    }

    private DkimVerdict? ReadCanonicalization(TagList tags)
    {
        // RFC 6376 §3.5: both are simple by default, also the body's when only the header's is given.
        var value = tags.Find("c") ?? "simple";
        var slash = value.IndexOf('/');
        var header = ReadForm(slash < 0 ? value : value[..slash]);
        var body = ReadForm(slash < 0 ? "simple" : value[(slash + 1)..]);
        if (header is null || body is null)
            return DkimVerdict.Neutral("c= is an unknown canonicalization");
        _read = _read with { Header = header.Value, Body = body.Value };
        return null;
    }

    private static DkimCanonicalization? ReadForm(string word) => word switch
    {
        "simple" => DkimCanonicalization.Simple,
        "relaxed" => DkimCanonicalization.Relaxed,
        _ => null,
    };

    private DkimVerdict? ReadFields(TagList tags)
    {
        if (tags.Find("h") is not { } value)
            return Missing('h');
        var names = TagList.Split(value);
        foreach (var name in names)
        {
            if (name.Length == 0 || name.AsSpan().ContainsAnyExceptInRange('!', '~'))
                return DkimVerdict.Neutral("h= is no list of field names");
        }
        _read = _read with { Fields = names };
        // RFC 6376 §6.1.1: without From the signature says nothing of the author.
        return names.Contains("from", StringComparer.OrdinalIgnoreCase) ? null : DkimVerdict.PermError("From is not signed");
    }

    // RFC 6376 §3.5: methods that are not known are passed over.
    private static DkimVerdict? ReadQuery(TagList tags) =>
        TagList.Split(tags.Find("q") ?? "dns/txt").Contains("dns/txt") ? null : DkimVerdict.Neutral("q= names no known way to the key");

    private DkimVerdict? ReadLength(TagList tags)
    {
        if (tags.Find("l") is not { } value)
            return null;
        if (!TagValues.TryReadNumber(value, out var length))
            return DkimVerdict.Neutral("l= is no number");
        _read = _read with { BodyLength = length };
        return null;
    }

    private DkimVerdict? ReadTimes(TagList tags)
    {
        var (signed, expires) = (tags.Find("t"), tags.Find("x"));
        long signedAt = 0, expiresAt = long.MaxValue;
        if ((signed is not null && !TagValues.TryReadNumber(signed, out signedAt))
            || (expires is not null && !TagValues.TryReadNumber(expires, out expiresAt)))
            return DkimVerdict.Neutral("t= or x= is no number");
        _read = _read with { ExpiresAt = expiresAt };
        // RFC 6376 §3.5: x= must be greater. A t= in the future may be held against a signature, and is not: clocks are wrong more often than signers.
        return signed is not null && expires is not null && expiresAt <= signedAt ? DkimVerdict.Neutral("x= is not after t=") : null;
    }

    private DkimVerdict? ReadHashes(TagList tags)
    {
        if (tags.Find("bh") is not { } bodyHash)
            return DkimVerdict.Neutral("bh= is missing");
        if (tags.Find("b") is not { } value)
            return Missing('b');
        if (!TagValues.TryReadBase64(bodyHash, out var digest) || !TagValues.TryReadBase64(value, out var octets))
            return DkimVerdict.Neutral("b= or bh= is no base64");
        var (start, length) = tags.FindRange("b")!.Value.GetOffsetAndLength(_field.Value.Length);
        var valueStart = _field.Raw.IndexOf((byte)':') + 1;
        _read = _read with
        {
            BodyHash = digest,
            Value = octets,
            Unsigned = [.. _field.Raw[..(valueStart + start)], .. _field.Value[(start + length)..]],
        };
        return null;
    }

    private static DkimVerdict? Missing(char tag) => DkimVerdict.Neutral($"{tag}= is missing");
}
