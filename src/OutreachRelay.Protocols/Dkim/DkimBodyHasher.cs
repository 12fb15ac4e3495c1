namespace OutreachRelay.Protocols.Dkim;

/// <summary>The digest of a body in canonical form: what <c>bh=</c> holds. It serves any number of signatures over the same body.</summary>
public sealed class DkimBodyHash
{
    internal DkimBodyHash(DkimCanonicalization canonicalization, byte[] digest)
    {
        Canonicalization = canonicalization;
        Digest = digest;
    }

    public DkimCanonicalization Canonicalization { get; }

    /// <summary>32 octets.</summary>
    public ReadOnlyMemory<byte> Digest { get; }
}

/// <summary>Computes the digest of a body that comes in pieces. Memory does not depend on the size of the body.</summary>
public sealed class DkimBodyHasher : IDisposable
{
    private readonly DkimCanonicalization _canonicalization;
    private readonly DigestWriter _digest;
    private readonly BodyCanonicalizer _body;

    public DkimBodyHasher(DkimCanonicalization canonicalization) : this(canonicalization, long.MaxValue) { }

    /// <param name="limit">Octets of the canonical form that count (the tag <c>l=</c>, RFC 6376 §3.5).</param>
    internal DkimBodyHasher(DkimCanonicalization canonicalization, long limit)
    {
        _canonicalization = canonicalization;
        _digest = new DigestWriter(limit);
        _body = new BodyCanonicalizer(canonicalization, _digest);
    }

    /// <summary>Octets of the canonical form; final once the hash is complete.</summary>
    internal long Length => _digest.Length;

    /// <summary>Takes the next octets of the body: CRLF line ends, not dot-stuffed, cut anywhere.</summary>
    public void Append(ReadOnlySpan<byte> body) => _body.Append(body);

    /// <summary>Ends the body. Nothing can be appended afterwards.</summary>
    public DkimBodyHash Complete()
    {
        _body.Complete();
        return new DkimBodyHash(_canonicalization, _digest.Finish());
    }

    public void Dispose() => _digest.Dispose();
}
